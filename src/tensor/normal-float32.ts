// PyTorch's x86 build turns uniform float32 numbers into normal ones eight at a time with AVX2, and takes logarithm, sine
// and cosine from short polynomials (Cephes, through avx_mathfun.h) rather than from the C library. Their last bits differ
// from Math.log and Math.cos, and an initial weight that differs in its last bit is another training run. So the same
// polynomials stand here, with the same roundings: `fround(a * b + c)` is the processor's fused multiply-add, since the
// product of two float32 is exact in a double.

const fround = Math.fround

const floatBits = new Float32Array(1)
const integerBits = new Int32Array(floatBits.buffer)

const twoPi = fround(2 * Math.PI)

const sqrtHalf = fround(0.7071067811865475)
const ln2Low = fround(-2.1219444e-4)
const ln2High = fround(0.693359375)
const logP0 = fround(7.0376836292e-2)
const logP1 = fround(-1.151461031e-1)
const logP2 = fround(1.167699874e-1)
const logP3 = fround(-1.2420140846e-1)
const logP4 = fround(1.4249322787e-1)
const logP5 = fround(-1.6668057665e-1)
const logP6 = fround(2.0000714765e-1)
const logP7 = fround(-2.4999993993e-1)
const logP8 = fround(3.3333331174e-1)

const fourOverPi = fround(1.27323954473516)
// π/4 in three parts, so that a multiple of it is taken off without losing bits.
const piFourth1 = fround(-0.78515625)
const piFourth2 = fround(-2.4187564849853516e-4)
const piFourth3 = fround(-3.774894977445941e-8)
const cosP0 = fround(2.443315711809948e-5)
const cosP1 = fround(-1.388731625493765e-3)
const cosP2 = fround(4.166664568298827e-2)
const sinP0 = fround(-1.9515295891e-4)
const sinP1 = fround(8.3321608736e-3)
const sinP2 = fround(-1.6666654611e-1)

/**
 * Turns the sixteen numbers from `start` on, uniform in [0, 1), into sixteen normal ones by Box and Muller's method:
 * number j and number j + 8 give radius and angle.
 *
 * Source: PyTorch `aten/src/ATen/native/cpu/DistributionTemplates.h` (normal_fill_16_AVX2) and `avx_mathfun.h`.
 */
export function normalBlockFloat32(data: Float32Array, start: number, mean: number, std: number): void {
  const scale = fround(std)
  const shift = fround(mean)
  for (let j = start; j < start + 8; j++) {
    const radius = fround(Math.sqrt(-2 * logarithm(1 - (data[j] as number))))
    const angle = fround(twoPi * (data[j + 8] as number))

    // The angle as a number of eighths of a circle, rounded up to an even one, and what is left of it.
    const octant = (fround(angle * fourOverPi) + 1) & ~1
    let x = fround(octant * piFourth1 + angle)
    x = fround(octant * piFourth2 + x)
    x = fround(octant * piFourth3 + x)
    const z = fround(x * x)

    let cosine = fround(cosP0 * z + cosP1)
    cosine = fround(cosine * z + cosP2)
    cosine = fround(fround(cosine * z) * z - fround(z * 0.5))
    cosine = fround(cosine + 1)

    let sine = fround(sinP0 * z + sinP1)
    sine = fround(sine * z + sinP2)
    sine = fround(fround(sine * z) * x + x)

    // Each quarter of the circle swaps the two or changes a sign.
    const swapped = (octant & 2) !== 0
    const cosOfAngle = (swapped ? sine : cosine) * ((octant + 2) & 4 ? -1 : 1)
    const sinOfAngle = (swapped ? cosine : sine) * (octant & 4 ? -1 : 1)
    data[j] = fround(radius * cosOfAngle) * scale + shift
    data[j + 8] = fround(radius * sinOfAngle) * scale + shift
  }
}

/** The natural logarithm of a positive, normal float32. */
function logarithm(value: number): number {
  floatBits[0] = value
  const bits = integerBits[0] as number
  let exponent = (bits >>> 23) - 126
  integerBits[0] = (bits & 0x007fffff) | 0x3f000000 // the mantissa, in [0.5, 1)
  const mantissa = floatBits[0]
  let x = fround(mantissa - 1)
  if (mantissa < sqrtHalf) {
    exponent -= 1
    x = fround(x + mantissa)
  }
  const z = fround(x * x)
  let y = fround(logP0 * x + logP1)
  y = fround(y * x + logP2)
  y = fround(y * x + logP3)
  y = fround(y * x + logP4)
  y = fround(y * x + logP5)
  y = fround(y * x + logP6)
  y = fround(y * x + logP7)
  y = fround(y * x + logP8)
  y = fround(fround(y * x) * z + fround(exponent * ln2Low))
  y = fround(y - z * 0.5)
  return fround(exponent * ln2High + fround(x + y))
}
