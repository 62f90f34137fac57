import { tensor } from "../ops/creation.js"
import { multinomial } from "../ops/random.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { badArgument, noRows } from "./messages.js"

/** An order in which samples are taken: anything iterable over their numbers. */
export interface Sampler extends Iterable<number> {
  /** How many numbers it gives, where that is known. */
  readonly length?: number
}

/** Options of the samplers that draw random numbers. */
export interface SamplerOptions {
  /** Gives the sampler a random stream of its own; without one `manualSeed` decides. */
  seed?: number
  /** The same with a generator. */
  generator?: Generator
}

/** The numbers from 0 on, in order. */
export class SequentialSampler implements Sampler {
  /** @param dataset what is sampled, of which only the length counts */
  constructor(readonly dataset: { readonly length: number }) {}

  get length(): number {
    return this.dataset.length
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.length; i++) yield i
  }
}

/**
 * The numbers of all samples in another random order each time; with `replacement`, each drawn from all of them anew.
 *
 * The order is that of PyTorch's RandomSampler for the same seed.
 *
 * @example [...new RandomSampler({ length: 3 }, { seed: 1 })].sort() // [0, 1, 2]
 */
export class RandomSampler implements Sampler {
  readonly length: number
  readonly replacement: boolean
  readonly #generator: Generator | undefined

  constructor(
    readonly dataset: { readonly length: number },
    {
      replacement = false,
      numSamples = dataset.length,
      ...options
    }: SamplerOptions & {
      /** Whether a sample may come more than once. Default: false. */
      replacement?: boolean
      /** How many samples are drawn. Default: as many as there are. */
      numSamples?: number
    } = {},
  ) {
    if (!(dataset.length > 0)) throw noRows("RandomSampler")
    this.length = checkedCount("RandomSampler", "numSamples", numSamples)
    this.replacement = replacement
    this.#generator = ownGenerator(options)
  }

  *[Symbol.iterator](): Iterator<number> {
    const generator = this.#generator ?? new Generator(defaultGenerator.seed())
    const count = this.dataset.length
    if (this.replacement) {
      for (let start = 0; start < this.length; start += 32) {
        const drawn = new Int32Array(Math.min(32, this.length - start))
        generator.randint(drawn, 0, count)
        yield* drawn
      }
      return
    }
    const order = new Int32Array(count)
    for (let start = 0; start + count <= this.length; start += count) {
      generator.permutation(order)
      yield* order
    }
    // One more permutation gives the rest, and is drawn even when there is none, as PyTorch does.
    generator.permutation(order)
    yield* order.subarray(0, this.length % count)
  }
}

/** The given numbers in another random order each time. */
export class SubsetRandomSampler implements Sampler {
  readonly #generator: Generator | undefined

  constructor(
    readonly indices: ArrayLike<number>,
    options: SamplerOptions = {},
  ) {
    this.#generator = ownGenerator(options)
  }

  get length(): number {
    return this.indices.length
  }

  *[Symbol.iterator](): Iterator<number> {
    const order = new Int32Array(this.indices.length)
    ;(this.#generator ?? defaultGenerator).permutation(order)
    for (const i of order) yield this.indices[i] as number
  }
}

/**
 * Numbers drawn with given chances: a rare class can be made as frequent as a common one.
 *
 * `p(i) = weights[i] / Σ weights`. The numbers are those of PyTorch's WeightedRandomSampler
 * for the same seed. Without `replacement`, each is drawn from what is left.
 *
 * Errors: weights that are negative, not finite or all 0; without replacement, fewer weights above 0 than samples.
 *
 * @example [...new WeightedRandomSampler([0, 1, 0], 2)] // [1, 1]
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number
  readonly replacement: boolean
  readonly #weights: Tensor
  readonly #generator: Generator | undefined

  constructor(
    weights: ArrayLike<number> | Tensor,
    numSamples: number,
    { replacement = true, ...options }: SamplerOptions & { replacement?: boolean } = {},
  ) {
    const list = Float64Array.from(isTensor(weights) ? weights.toTypedArray() : weights)
    this.#weights = tensor(list, { dtype: "float64" })
    this.length = checkedCount("WeightedRandomSampler", "numSamples", numSamples)
    this.replacement = replacement
    this.#generator = ownGenerator(options)
    const faulty = list.find((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
    if (faulty !== undefined)
      throw badArgument("WeightedRandomSampler", "weight", faulty, "A weight is a finite number of at least 0.")
    const usable = list.filter((weight) => weight > 0).length
    if (usable === 0) throw badArgument("WeightedRandomSampler", "weights", [...list], "At least one must be above 0.")
    if (!replacement && usable < numSamples)
      throw badArgument(
        "WeightedRandomSampler",
        "numSamples",
        numSamples,
        `Without replacement, only the ${usable} samples of a weight above 0 can be drawn, once each.`,
      )
  }

  *[Symbol.iterator](): Iterator<number> {
    const generator = this.#generator ?? defaultGenerator
    yield* multinomial(this.#weights, this.length, { replacement: this.replacement, generator }).toTypedArray()
  }
}

/**
 * The numbers of another sampler in batches.
 *
 * @example [...new BatchSampler([4, 2, 7], 2)] // [[4, 2], [7]]
 */
export class BatchSampler implements Iterable<number[]> {
  constructor(
    readonly sampler: Sampler,
    readonly batchSize: number,
    readonly dropLast = false,
  ) {
    checkedCount("BatchSampler", "batchSize", batchSize)
  }

  /** How many batches there are; NaN when the sampler does not say how many numbers it gives. */
  get length(): number {
    const batches = (this.sampler.length ?? Number.NaN) / this.batchSize
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches)
  }

  *[Symbol.iterator](): Iterator<number[]> {
    let batch: number[] = []
    for (const index of this.sampler) {
      batch.push(index)
      if (batch.length < this.batchSize) continue
      yield batch
      batch = []
    }
    if (batch.length > 0 && !this.dropLast) yield batch
  }
}

function ownGenerator({ seed, generator }: SamplerOptions): Generator | undefined {
  return generator ?? (seed === undefined ? undefined : new Generator(seed))
}

function checkedCount(call: string, name: string, count: number): number {
  if (!Number.isInteger(count) || count < 1) throw badArgument(call, name, count, "It is a whole number of at least 1.")
  return count
}
