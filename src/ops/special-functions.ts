/** The logarithm of |Γ(x)|: Lanczos' approximation, and the reflection formula below 1/2. */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (!Number.isFinite(x)) return Infinity
  if (x <= 0 && Number.isInteger(x)) return Infinity
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x)
  if (x > 15) return stirling(x)
  // Up to where Stirling's series holds: Γ(x) = Γ(x + n) / (x (x + 1) …). Near 1 and 2 the difference would cancel.
  let product = 1
  let z = x
  while (z < 15) product *= z++
  const value = stirling(z) - Math.log(product)
  return Math.abs(x - 1) < 0.2 ? nearOne(x - 1) : Math.abs(x - 2) < 0.2 ? nearOne(x - 2) + Math.log(x - 1) : value
}

/** Stirling's series of log Γ. */
function stirling(x: number): number {
  const r = 1 / (x * x)
  const series = 1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x
}

const eulerGamma = 0.5772156649015329
/** ζ(k) - 1 for k from 2 on. */
const zetaMinusOne = Array.from({ length: 40 }, (_, i) => {
  const k = i + 2
  let sum = 0
  for (let n = 2; n < 30; n++) sum += n ** -k
  // Euler and Maclaurin's rest from 30 on.
  const n = 30
  return (
    sum +
    n ** (1 - k) / (k - 1) +
    n ** -k / 2 +
    (k * n ** (-k - 1)) / 12 -
    (k * (k + 1) * (k + 2) * n ** (-k - 3)) / 720
  )
})

/** log Γ(1 + z) for small z, from its series: no cancellation near the zeros. */
function nearOne(z: number): number {
  // log Γ(1 + z) = -log(1 + z) + z (1 - γ) + Σ (-1)^k (ζ(k) - 1) z^k / k
  let sum = -Math.log1p(z) + z * (1 - eulerGamma)
  let power = -z
  zetaMinusOne.forEach((zeta, i) => {
    power *= -z
    sum += (zeta * power * (i % 2 === 0 ? 1 : 1)) / (i + 2)
  })
  return sum
}

/** The derivative of order n of the digamma function; 0 is digamma itself. */
export function polyGamma(n: number, x: number): number {
  if (n === 0) return digammaOf(x)
  // ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x)
  if (x <= 0 && Number.isInteger(x)) return n % 2 === 1 ? Infinity : Number.NaN
  let factorial = 1
  for (let k = 2; k <= n; k++) factorial *= k
  return (n % 2 === 0 ? -1 : 1) * factorial * hurwitz(n + 1, x)
}

/** ζ(s, x) = Σ (x + k)⁻ˢ: the first terms one by one, the rest by Euler and Maclaurin. */
function hurwitz(s: number, x: number): number {
  let sum = 0
  let z = x
  for (; z < 12; z++) sum += z ** -s
  const r = 1 / (z * z)
  let rest = z ** (1 - s) / (s - 1) + 0.5 * z ** -s
  let term = (s * z ** (-s - 1)) / 2
  const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
  bernoulli.forEach((b, i) => {
    rest += term * b
    const k = 2 * i + 1
    term *= (r * (s + k) * (s + k + 1)) / ((k + 2) * (k + 3))
  })
  return sum + rest
}

function digammaOf(x: number): number {
  if (Number.isNaN(x) || x === -Infinity) return Number.NaN
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity
  if (x < 0 && Number.isInteger(x)) return Number.NaN
  if (x < 0) return digammaOf(1 - x) - Math.PI / Math.tan(Math.PI * x)
  let sum = 0
  let z = x
  for (; z < 12; z++) sum -= 1 / z
  const r = 1 / (z * z)
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - (r * 691) / 32760)))))
  return sum + Math.log(z) - 0.5 / z - series
}

/** The inverse of the error function: a rational start (Giles, 2012) and Newton's steps on erf. */
export function inverseErf(y: number, erf: (x: number) => number): number {
  if (!(y >= -1 && y <= 1)) return Number.NaN
  if (Math.abs(y) === 1) return y * Infinity
  const w = -Math.log((1 - y) * (1 + y))
  const polynomial = (at: number, coefficients: readonly number[]) => coefficients.reduce((sum, c) => sum * at + c)
  let x =
    y *
    (w < 5
      ? polynomial(
          w - 2.5,
          [
            2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
            0.246640727, 1.50140941,
          ],
        )
      : polynomial(
          Math.sqrt(w) - 3,
          [
            -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
            1.00167406, 2.83297682,
          ],
        ))
  for (let i = 0; i < 2; i++) {
    const error = erf(x) - y
    const step = error / ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x))
    if (Number.isFinite(step)) x -= step / (1 + x * step) // Halley
  }
  return x
}

/** The modified Bessel function of the first kind and order 0: its series, from 30 on its expansion for large numbers. */
export function besselI0(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x)) return Number.NaN
  if (size > 30) {
    // e^x / √(2πx) · Σ ((1 · 3 · 5 …)² / (k! (8x)^k))
    let [sum, term] = [1, 1]
    for (let k = 1; k < 30; k++) {
      const next = (term * (2 * k - 1) ** 2) / (8 * k * size)
      if (next >= term) break
      term = next
      sum += term
    }
    return (Math.exp(size / 2) * sum * Math.exp(size / 2)) / Math.sqrt(2 * Math.PI * size)
  }
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (size / (2 * k)) ** 2
    sum += term
  }
  return sum
}

/** The same of order 1, the derivative of `besselI0`. */
export function besselI1(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x) || x === 0) return x
  if (size > 30) {
    // The same with (4 - 1²)(4 - 3²) … / (k! (8x)^k) and signs.
    let [sum, term] = [1, 1]
    for (let k = 1; k < 30; k++) {
      const next = (-term * (4 - (2 * k - 1) ** 2)) / (8 * k * size)
      if (Math.abs(next) >= Math.abs(term)) break
      term = next
      sum += term
    }
    return (Math.sign(x) * (Math.exp(size / 2) * sum * Math.exp(size / 2))) / Math.sqrt(2 * Math.PI * size)
  }
  let term = size / 2
  let sum = term
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (size / 2) ** 2 / (k * (k + 1))
    sum += term
  }
  return Math.sign(x) * sum
}

/** The regularised incomplete gamma functions: a series below a + 1, a continued fraction (Lentz) above. */
export function lowerGamma(a: number, x: number): { lower: number; upper: number } {
  if (Number.isNaN(a) || Number.isNaN(x) || a < 0 || x < 0 || (a === 0 && x === 0))
    return { lower: Number.NaN, upper: Number.NaN }
  if (a === 0 || x === Infinity) return { lower: 1, upper: 0 }
  if (x === 0 || a === Infinity) return { lower: 0, upper: 1 }
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let [sum, term] = [1 / a, 1 / a]
    for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= x / (a + n)
      sum += term
    }
    return { lower: sum * front, upper: 1 - sum * front }
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 10_000; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / (Math.abs(step * d + b) < tiny ? tiny : step * d + b)
    c = Math.abs(b + step / c) < tiny ? tiny : b + step / c
    const factor = c * d
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return { lower: 1 - fraction * front, upper: fraction * front }
}
