/**
 * The error function, `2/√π ∫₀ˣ exp(-t²) dt`, to about 1e-15: its Taylor series near zero, and the continued fraction of
 * the complement further out.
 *
 * Source: Abramowitz & Stegun, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  return Math.sign(x) * (size < 2.5 ? series(size) : 1 - complement(size))
}

/** The complement `1 - erf(x)`, without the cancellation that this has for large x. */
export function erfc(x: number): number {
  return x >= 2.5 ? complement(x) : 1 - erf(x)
}

function series(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

function complement(x: number): number {
  let fraction = x
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction)
}
