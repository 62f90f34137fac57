import { badNumber } from "./messages.js"
import { normalBlockFloat32 } from "./normal-float32.js"

const stateSize = 624
const shiftSize = 397
const matrix = 0x9908b0df
/** PyTorch fills from this many numbers on with pairs that stand eight apart; below, one pair after the other. */
const normalBlock = 16
/** From this range on PyTorch draws 64 bits for an integer, so that the remainder's bias stays small. */
const wideRange = 2 ** 28

const fround = Math.fround

/** Where the stream of a generator stands. */
export interface GeneratorState {
  readonly words: Uint32Array
  readonly position: number
  readonly nextNormal: number | undefined
}

/**
 * A stream of random numbers: the Mersenne twister (mt19937), read the way PyTorch's CPU generator reads it, so that the
 * same seed gives the same numbers as `torch.manual_seed`.
 *
 * Each method consumes exactly as much of the stream as its PyTorch counterpart (`uniform_`, `normal_`, `random_`,
 * `randperm`), which is what keeps whole programs in step: initial weights, then shuffles, then the next epoch's.
 *
 * Source: M. Matsumoto and T. Nishimura, Mersenne Twister (1998); PyTorch `aten/src/ATen/core/DistributionsHelper.h`,
 * `aten/src/ATen/native/cpu/DistributionTemplates.h`.
 */
export class Generator {
  readonly #state = new Uint32Array(stateSize)
  #position = stateSize
  /** Box and Muller's method gives two normal numbers at a time; the second waits here. */
  #nextNormal: number | undefined

  constructor(seed = 5489) {
    this.manualSeed(seed)
  }

  /** Starts the stream anew; of the seed, the lowest 32 bits count. */
  manualSeed(seed: number): this {
    if (!Number.isInteger(seed)) throw badNumber("manualSeed", "seed", seed, "a whole number")
    const state = this.#state
    let value = seed >>> 0
    state[0] = value
    for (let i = 1; i < stateSize; i++) {
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + i) >>> 0
      state[i] = value
    }
    this.#position = stateSize
    this.#nextNormal = undefined
    return this
  }

  /** Where the stream stands, for `setState` to come back to. */
  getState(): GeneratorState {
    return { words: this.#state.slice(), position: this.#position, nextNormal: this.#nextNormal }
  }

  /** Goes back to where the stream stood when `getState` was called, on this generator or another. */
  setState({ words, position, nextNormal }: GeneratorState): this {
    this.#state.set(words)
    this.#position = position
    this.#nextNormal = nextNormal
    return this
  }

  /** The next 32 bits, as an integer from 0 to 2³² - 1. */
  random32(): number {
    if (this.#position === stateSize) this.#twist()
    let y = this.#state[this.#position++] as number
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  /**
   * A seed for another generator, as `int(torch.empty((), dtype=torch.int64).random_())` gives it: 64 bits are drawn, of
   * which a seed uses the lower half.
   */
  seed(): number {
    this.random32()
    return this.random32()
  }

  /** Fills with numbers spread evenly over [low, high): PyTorch's `uniform_` on float32. */
  uniformFloat32(out: Float32Array, low = 0, high = 1): void {
    const from = fround(low)
    const range = fround(fround(high) - from)
    for (let i = 0; i < out.length; i++) out[i] = this.#float24() * range + from
  }

  /** Fills with numbers spread evenly over [low, high): PyTorch's `uniform_` on float64. */
  uniformFloat64(out: Float64Array, low = 0, high = 1): void {
    const range = high - low
    for (let i = 0; i < out.length; i++) out[i] = this.#float53() * range + low
  }

  /** Fills with numbers of a normal distribution: PyTorch's `normal_` on float32. */
  normalFloat32(out: Float32Array, mean = 0, std = 1): void {
    if (out.length < normalBlock) {
      this.#normalPairs(out, mean, std)
      return
    }
    this.uniformFloat32(out)
    let start = 0
    for (; start + normalBlock <= out.length; start += normalBlock) normalBlockFloat32(out, start, mean, std)
    if (start === out.length) return
    // A rest of fewer than sixteen: the last sixteen are drawn again.
    start = out.length - normalBlock
    for (let i = start; i < out.length; i++) out[i] = this.#float24()
    normalBlockFloat32(out, start, mean, std)
  }

  /** Fills with numbers of a normal distribution: PyTorch's `normal_` on float64. */
  normalFloat64(out: Float64Array, mean = 0, std = 1): void {
    if (out.length < normalBlock) {
      this.#normalPairs(out, mean, std)
      return
    }
    this.uniformFloat64(out)
    let start = 0
    for (; start + normalBlock <= out.length; start += normalBlock) normalBlockFloat64(out, start, mean, std)
    if (start === out.length) return
    start = out.length - normalBlock
    for (let i = start; i < out.length; i++) out[i] = this.#float53()
    normalBlockFloat64(out, start, mean, std)
  }

  /** Fills with integers from low up to, but without, high: PyTorch's `randint`. */
  randint(out: Int32Array, low: number, high: number): void {
    const range = high - low
    if (range < wideRange) {
      for (let i = 0; i < out.length; i++) out[i] = (this.random32() % range) + low
      return
    }
    for (let i = 0; i < out.length; i++) {
      // 64 bits modulo the range, in pieces whose products stay exact: range <= 2³², so a remainder · 2¹⁶ < 2⁴⁸.
      let remainder = this.random32() % range
      const lowBits = this.random32()
      remainder = (remainder * 65536 + (lowBits >>> 16)) % range
      remainder = (remainder * 65536 + (lowBits & 0xffff)) % range
      out[i] = remainder + low
    }
  }

  /** Fills with the numbers from 0 to out.length - 1 in random order: PyTorch's `randperm`. */
  permutation(out: Int32Array): void {
    const count = out.length
    for (let i = 0; i < count; i++) out[i] = i
    for (let i = 0; i < count - 1; i++) {
      const j = i + (this.random32() % (count - i))
      const swapped = out[i] as number
      out[i] = out[j] as number
      out[j] = swapped
    }
  }

  /** A float32 in [0, 1): the lowest 24 bits of 32. */
  #float24(): number {
    return (this.random32() & 0xffffff) * 2 ** -24
  }

  /** A float64 in [0, 1): the lowest 53 bits of 64, of which the upper half is drawn first. */
  #float53(): number {
    const upper = this.random32() & 0x1fffff
    return (upper * 2 ** 32 + this.random32()) * 2 ** -53
  }

  #normalPairs(out: Float32Array | Float64Array, mean: number, std: number): void {
    for (let i = 0; i < out.length; i++) out[i] = this.#normal() * std + mean
  }

  #normal(): number {
    const waiting = this.#nextNormal
    if (waiting !== undefined) {
      this.#nextNormal = undefined
      return waiting
    }
    const angle = 2 * Math.PI * this.#float53()
    const radius = Math.sqrt(-2 * Math.log1p(-this.#float53()))
    this.#nextNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Makes the next 624 numbers of the state; three loops instead of indices modulo 624, for speed. */
  #twist(): void {
    const state = this.#state
    const mix = (k: number, next: number, far: number) => {
      const y = ((state[k] as number) & 0x80000000) | ((state[next] as number) & 0x7fffffff)
      state[k] = (state[far] as number) ^ (y >>> 1) ^ (y & 1 ? matrix : 0)
    }
    let k = 0
    for (; k < stateSize - shiftSize; k++) mix(k, k + 1, k + shiftSize)
    for (; k < stateSize - 1; k++) mix(k, k + 1, k + shiftSize - stateSize)
    mix(k, 0, shiftSize - 1)
    this.#position = 0
  }
}

/** Turns sixteen uniform numbers into sixteen normal ones by Box and Muller's method. */
function normalBlockFloat64(data: Float64Array, start: number, mean: number, std: number): void {
  for (let j = start; j < start + 8; j++) {
    const u1 = 1 - (data[j] as number)
    const u2 = data[j + 8] as number
    const radius = Math.sqrt(-2 * Math.log(u1))
    const angle = 2 * Math.PI * u2
    data[j] = radius * Math.cos(angle) * std + mean
    data[j + 8] = radius * Math.sin(angle) * std + mean
  }
}

/** The generator that everything random draws from unless it is given another. */
export const defaultGenerator = new Generator(Math.floor(Math.random() * 2 ** 32))

/**
 * Starts the random numbers anew, so that what follows can be repeated: `torch.manual_seed` with the same numbers.
 *
 * @example manualSeed(42); rand([3]) // tensor([0.8823, 0.9150, 0.3829])
 */
export function manualSeed(seed: number): Generator {
  return defaultGenerator.manualSeed(seed)
}
