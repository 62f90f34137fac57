import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { type BatchedDataset, type Collated, type Dataset, gather } from "./dataset.js"
import { badArgument, noRows, notADataset } from "./messages.js"

/** Options of a loader. */
export interface DataLoaderOptions {
  /** How many samples stand in a batch. Default: 1. */
  batchSize?: number
  /** Whether the samples come in another random order each time. Default: false. */
  shuffle?: boolean
  /** Whether a last batch that is not full is left out. Default: false. */
  dropLast?: boolean
  /** Gives the loader a random stream of its own; without one `manualSeed` decides. */
  seed?: number
  /** The same with a generator. */
  generator?: Generator
}

/**
 * Walks through a dataset in batches, as often as it is asked to: `for (const [x, y] of loader)`.
 *
 * The order is that of PyTorch's DataLoader after the same `manualSeed`, and the loader draws as many random numbers.
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements Iterable<Batch> {
  readonly batchSize: number
  readonly shuffle: boolean
  readonly dropLast: boolean
  readonly #generator: Generator | undefined
  readonly #collate: ((samples: readonly Sample[]) => Batch) | undefined

  constructor(
    /** What the batches are taken from. */
    readonly dataset: BatchedDataset<Sample, Batch> | Dataset<Sample>,
    options: DataLoaderOptions & {
      /** Puts samples together in another way. */
      collate?: (samples: readonly Sample[]) => Batch
    } = {},
  ) {
    const { batchSize = 1, shuffle = false, dropLast = false, seed, generator, collate } = options
    if (typeof dataset?.at !== "function" || typeof dataset.length !== "number") throw notADataset(dataset)
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw badArgument("DataLoader", "batchSize", batchSize, "It is a whole number of at least 1.")
    if (dataset.length === 0) throw noRows("DataLoader")
    this.batchSize = batchSize
    this.shuffle = shuffle
    this.dropLast = dropLast
    this.#generator = generator ?? (seed === undefined ? undefined : new Generator(seed))
    this.#collate = collate
  }

  /** How many batches there are. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches)
  }

  /** The batch of the first samples in the dataset's own order: a look that draws no random numbers. */
  first(): Batch {
    return this.#gather(countedUp(Math.min(this.batchSize, this.dataset.length)))
  }

  [Symbol.iterator](): IterableIterator<Batch> {
    // PyTorch draws a seed for its worker processes here, whether there are any or not.
    ;(this.#generator ?? defaultGenerator).seed()
    return this.#batches()
  }

  *#batches(): IterableIterator<Batch> {
    const count = this.dataset.length
    const order = countedUp(count)
    const positions = order.storage.data as Int32Array
    // With a generator of its own, PyTorch's sampler permutes with it; else it seeds one from the default stream.
    const generator = this.#generator ?? (this.shuffle ? new Generator(defaultGenerator.seed()) : defaultGenerator)
    if (this.shuffle) generator.permutation(positions)
    for (let start = 0; start < count; start += this.batchSize) {
      const size = Math.min(this.batchSize, count - start)
      if (size < this.batchSize && this.dropLast) break
      yield this.#gather(order.narrow(0, start, size))
    }
    // The sampler draws one more permutation at the end, of which it takes nothing.
    if (this.shuffle && this.#generator !== undefined) generator.permutation(new Int32Array(count))
  }

  #gather(indices: Tensor): Batch {
    if (this.#collate === undefined) return gather(this.dataset, indices) as Batch
    return this.#collate(Array.from(indices.toTypedArray(), (index) => this.dataset.at(index)))
  }

  toString(): string {
    const order = this.shuffle ? ", shuffled" : ""
    return `DataLoader(${this.length} batches of ${this.batchSize}, ${this.dataset.length} samples${order})`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** 0, 1, 2, … */
function countedUp(count: number): Tensor {
  const out = uninitialized([count], "int32")
  for (let i = 0; i < count; i++) out.storage.data[i] = i
  return out
}
