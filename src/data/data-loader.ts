import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { type BatchedDataset, type Collated, collate, type Dataset, gather, Subset } from "./dataset.js"
import { IterableDataset } from "./iterable-dataset.js"
import { asyncSamples, badArgument, noOrderToChoose, noRows, notADataset } from "./messages.js"
import { readAhead } from "./read-ahead.js"
import { BatchSampler, type Sampler } from "./samplers.js"

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
  /** The numbers of the samples in the order in which they are taken, in place of `shuffle`. */
  sampler?: Sampler
  /** The numbers of the samples of each batch, in place of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: Iterable<readonly number[]> & { readonly length?: number }
  /** With `for await`: how many batches are being made while the loop works on one. Default: 2. */
  prefetch?: number
}

/** What a loader takes its batches from. */
export type LoaderSource<Sample, Batch = Collated<Awaited<Sample>>> =
  | BatchedDataset<Sample, Batch>
  | Dataset<Sample>
  | IterableDataset<Sample>

/**
 * Walks through a dataset in batches, as often as it is asked to: `for (const [x, y] of loader)`.
 *
 * The order is that of PyTorch's DataLoader after the same `manualSeed`, and the loader draws as many random numbers.
 *
 * With `for await`, samples may be promises (files to read, pictures to fetch), and the next batches are made while the loop
 * works on one.
 */
export class DataLoader<Sample, Batch = Collated<Awaited<Sample>>> implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly batchSize: number
  readonly shuffle: boolean
  readonly dropLast: boolean
  readonly #prefetch: number
  readonly #generator: Generator | undefined
  readonly #batchSampler: DataLoaderOptions["batchSampler"]
  readonly #collate: ((samples: readonly Awaited<Sample>[]) => Batch) | undefined

  constructor(
    /** What the batches are taken from. */
    readonly dataset: LoaderSource<Sample, Batch>,
    options: DataLoaderOptions & {
      /** Puts samples together in another way. */
      collate?: (samples: readonly Awaited<Sample>[]) => Batch
    } = {},
  ) {
    const { batchSize = 1, shuffle = false, dropLast = false, seed, generator, prefetch = 2 } = options
    const { sampler, batchSampler } = options
    const stream = dataset instanceof IterableDataset
    if (!stream && (typeof dataset?.at !== "function" || typeof dataset.length !== "number")) throw notADataset(dataset)
    for (const [name, value] of Object.entries({ batchSize, prefetch }))
      if (!Number.isInteger(value) || value < 1)
        throw badArgument("DataLoader", name, value, "It is a whole number of at least 1.")
    if (dataset.length === 0) throw noRows("DataLoader")
    const chosen = [shuffle && "shuffle", sampler && "sampler", batchSampler && "batchSampler"].filter(Boolean)
    if (chosen.length > 1)
      throw badArgument("DataLoader", "options", chosen, "Each of them says in which order samples come; give one.")
    if (stream && chosen.length > 0) throw noOrderToChoose(String(chosen[0]))
    this.batchSize = batchSize
    this.shuffle = shuffle
    this.dropLast = dropLast
    this.#prefetch = prefetch
    this.#generator = generator ?? (seed === undefined ? undefined : new Generator(seed))
    this.#batchSampler = batchSampler ?? (sampler && new BatchSampler(sampler, batchSize, dropLast))
    this.#collate = options.collate
  }

  /** How many batches there are; NaN for a stream or a sampler that does not say how long it is. */
  get length(): number {
    if (this.#batchSampler !== undefined) return this.#batchSampler.length ?? Number.NaN
    const batches = this.dataset.length / this.batchSize
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches)
  }

  /** The batch of the first samples in the dataset's own order: a look that draws no random numbers. */
  first(): Batch {
    const { dataset } = this
    if (!(dataset instanceof IterableDataset))
      return this.#gather(dataset, countedUp(Math.min(this.batchSize, dataset.length)))
    for (const batch of this.#streamed(dataset)) return batch
    throw noRows("first")
  }

  [Symbol.iterator](): IterableIterator<Batch> {
    this.#drawWorkerSeed()
    const { dataset } = this
    return dataset instanceof IterableDataset ? this.#streamed(dataset) : this.#batches(dataset)
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    this.#drawWorkerSeed()
    const { dataset } = this
    if (dataset instanceof IterableDataset) return readAhead(this.#streamedAsync(dataset), this.#prefetch)
    return readAhead(this.#awaited(dataset), this.#prefetch)
  }

  /** PyTorch draws a seed for its worker processes at the start of each round, whether there are any or not. */
  #drawWorkerSeed(): void {
    ;(this.#generator ?? defaultGenerator).seed()
  }

  *#batches(dataset: Dataset<Sample>): IterableIterator<Batch> {
    for (const indices of this.#order(dataset.length)) yield this.#gather(dataset, indices)
  }

  /** The batches as promises: a batch that has been asked for makes its way while the one before is used. */
  *#awaited(dataset: Dataset<Sample>): IterableIterator<Promise<Batch>> {
    for (const indices of this.#order(dataset.length)) yield this.#gatherAsync(dataset, indices)
  }

  /** The numbers of the samples, batch by batch: int32, one dimension. */
  *#order(count: number): IterableIterator<Tensor> {
    if (this.#batchSampler !== undefined) {
      for (const batch of this.#batchSampler) yield indexTensor(batch)
      return
    }
    const order = countedUp(count)
    const positions = order.storage.data as Int32Array
    // With a generator of its own, PyTorch's sampler permutes with it; else it seeds one from the default stream.
    const generator = this.#generator ?? (this.shuffle ? new Generator(defaultGenerator.seed()) : defaultGenerator)
    if (this.shuffle) generator.permutation(positions)
    for (let start = 0; start < count; start += this.batchSize) {
      const size = Math.min(this.batchSize, count - start)
      if (size < this.batchSize && this.dropLast) break
      yield order.narrow(0, start, size)
    }
    // The sampler draws one more permutation at the end, of which it takes nothing.
    if (this.shuffle && this.#generator !== undefined) generator.permutation(new Int32Array(count))
  }

  #gather(dataset: Dataset<Sample>, indices: Tensor): Batch {
    if (this.#collate === undefined) return gather(dataset, indices) as Batch
    return this.#together(Array.from(indices.toTypedArray(), (index) => dataset.at(index)))
  }

  async #gatherAsync(dataset: Dataset<Sample>, indices: Tensor): Promise<Batch> {
    const [source, numbers] = withoutSubsets(dataset, indices.toTypedArray())
    if (this.#collate === undefined && "batch" in source) return this.#gather(source, indexTensor(numbers))
    return this.#together(await Promise.all(Array.from(numbers, (index) => source.at(index))))
  }

  #together(samples: readonly (Sample | Awaited<Sample>)[]): Batch {
    if (samples[0] instanceof Promise) {
      for (const sample of samples) if (sample instanceof Promise) sample.catch(() => {}) // nobody waits for them
      throw asyncSamples()
    }
    const ready = samples as readonly Awaited<Sample>[]
    return this.#collate === undefined ? (collate(ready) as Batch) : this.#collate(ready)
  }

  *#streamed(dataset: IterableDataset<Sample>): IterableIterator<Batch> {
    let samples: Sample[] = []
    for (const sample of dataset) {
      samples.push(sample)
      if (samples.length < this.batchSize) continue
      yield this.#together(samples)
      samples = []
    }
    if (samples.length > 0 && !this.dropLast) yield this.#together(samples)
  }

  async *#streamedAsync(dataset: IterableDataset<Sample>): AsyncGenerator<Batch> {
    let samples: Awaited<Sample>[] = []
    for await (const sample of dataset) {
      samples.push(sample)
      if (samples.length < this.batchSize) continue
      yield this.#together(samples)
      samples = []
    }
    if (samples.length > 0 && !this.dropLast) yield this.#together(samples)
  }

  toString(): string {
    const order = this.shuffle ? ", shuffled" : ""
    const known = (count: number) => (Number.isNaN(count) ? "an unknown number of" : String(count))
    const size = this.#batchSampler instanceof BatchSampler ? this.#batchSampler.batchSize : this.batchSize
    return `DataLoader(${known(this.length)} batches of ${size}, ${known(this.dataset.length)} samples${order})`
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

function indexTensor(indices: ArrayLike<number>): Tensor {
  const out = uninitialized([indices.length], "int32")
  out.storage.data.set(indices)
  return out
}

/** The dataset that a subset, or a subset of one, takes its samples from, and their numbers there. */
function withoutSubsets<Sample>(
  dataset: Dataset<Sample>,
  numbers: ArrayLike<number>,
): [Dataset<Sample>, ArrayLike<number>] {
  if (!(dataset instanceof Subset)) return [dataset, numbers]
  const { dataset: below, indices }: Subset<Sample> = dataset
  return withoutSubsets(
    below,
    Array.from(numbers, (number) => indices[number] as number),
  )
}
