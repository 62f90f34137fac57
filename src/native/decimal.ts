/** The powers of ten that a float64 holds exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** Cuts a float64 into two halves of 26 bits, whose products are exact (Veltkamp). */
const splitter = 2 ** 27 + 1
/** How far off the correction below may be, and then some. */
const slack = 2 ** -48
/** Up to this, whole numbers are exact. */
const exact = 2 ** 53

/**
 * The float64 nearest to `(head · 10^tailDigits + tail) / 10^scale`: what `Number` makes of those digits. NaN where the
 * arithmetic here cannot tell which of two neighbours is nearer, and `Number` has to be asked.
 *
 * `head` and `tail` are whole numbers of at most nine digits. Where their sum is exact, one division rounds it rightly;
 * else the numerator is kept as a sum of two float64, and the quotient gets one correction.
 *
 * Source: W. D. Clinger, How to read floating point numbers accurately (1990); T. J. Dekker, A floating-point technique
 * for extending the available precision (1971).
 */
export function decimal(head: number, tail: number, tailDigits: number, scale: number): number {
  if (scale > 22 || scale < -22) return Number.NaN
  const shift = powersOfTen[tailDigits] as number
  const product = head * shift
  if (product < exact - 1e9) {
    const digits = product + tail
    return scale >= 0 ? digits / (powersOfTen[scale] as number) : digits * (powersOfTen[-scale] as number)
  }
  const rest = productError(head, shift, product) + tail
  const high = product + rest
  if (scale === 0) return high
  if (scale < 0) return Number.NaN
  const low = rest - (high - product)
  const divisor = powersOfTen[scale] as number
  const quotient = high / divisor
  const back = quotient * divisor
  const correction = (high - back - productError(quotient, divisor, back) + low) / divisor
  const sum = quotient + correction
  const certain = quotient + correction * (1 + slack) === sum && quotient + correction * (1 - slack) === sum
  return certain ? sum : Number.NaN
}

/** What `a * b` lost when it was rounded to `product`. */
function productError(a: number, b: number, product: number): number {
  const aShifted = splitter * a
  const bShifted = splitter * b
  const aHigh = aShifted - (aShifted - a)
  const bHigh = bShifted - (bShifted - b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}
