import { stack } from "../ops/join.js"
import { indexSelect } from "../ops/select.js"
import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { noSuchSample, notCollatable, sampleCounts, splitLengths, stackedLengths } from "./messages.js"

/** Samples by number: anything with a `length` and an `at` is a dataset. */
export interface Dataset<Sample> {
  /** How many samples there are. */
  readonly length: number
  /** One sample. */
  at(index: number): Sample
}

/** A dataset that can gather many samples at once, faster than one by one. */
export interface BatchedDataset<Sample, Batch> extends Dataset<Sample> {
  /** The samples with these numbers (int32, one dimension), already put together. */
  batch(indices: Tensor): Batch
}

/** What samples become together: tensors are stacked, numbers become one, texts a list, tuples and objects go part by part. */
export type Collated<Sample> = Sample extends Tensor | number | boolean
  ? Tensor
  : Sample extends string
    ? string[]
    : { -readonly [K in keyof Sample]: Collated<Sample[K]> }

/** One tensor or several that are indexed together along their first dimension: inputs and targets. */
export class TensorDataset<Tensors extends readonly Tensor[]> implements BatchedDataset<Tensors, Tensors> {
  readonly tensors: Tensors
  readonly length: number

  constructor(...tensors: Tensors) {
    const count = tensors[0]?.shape[0]
    if (count === undefined || tensors.some((tensor) => tensor.shape[0] !== count))
      throw sampleCounts(tensors.map((tensor) => tensor.shape))
    this.tensors = tensors
    this.length = count
  }

  at(index: number): Tensors {
    checkIndex("at", index, this.length)
    return this.tensors.map((tensor) => tensor.select(0, index)) as readonly Tensor[] as Tensors
  }

  batch(indices: Tensor): Tensors {
    return this.tensors.map((tensor) => indexSelect(tensor, 0, indices)) as readonly Tensor[] as Tensors
  }
}

/** Some samples of a dataset, by their numbers. */
export class Subset<Sample> implements Dataset<Sample> {
  constructor(
    readonly dataset: Dataset<Sample>,
    readonly indices: ArrayLike<number>,
  ) {}

  get length(): number {
    return this.indices.length
  }

  at(index: number): Sample {
    checkIndex("at", index, this.length)
    return this.dataset.at(this.indices[index] as number)
  }

  /** @internal Gathers through the dataset below, when that one can. */
  batch(indices: Tensor): Collated<Awaited<Sample>> {
    const numbers = indices.toTypedArray()
    const below = uninitialized([numbers.length], "int32")
    for (let i = 0; i < numbers.length; i++) below.storage.data[i] = this.indices[numbers[i] as number] as number
    return gather(this.dataset, below) as Collated<Awaited<Sample>>
  }
}

/**
 * Several datasets one after the other.
 *
 * @example new ConcatDataset([new TensorDataset(zeros([2])), new TensorDataset(ones([3]))]).length // 5
 */
export class ConcatDataset<Sample> implements Dataset<Sample> {
  readonly length: number
  readonly #ends: readonly number[]

  constructor(readonly datasets: readonly Dataset<Sample>[]) {
    let end = 0
    this.#ends = datasets.map((dataset) => (end += dataset.length))
    this.length = end
  }

  at(index: number): Sample {
    checkIndex("at", index, this.length)
    const which = this.#ends.findIndex((end) => index < end)
    return (this.datasets[which] as Dataset<Sample>).at(index - (this.#ends[which - 1] ?? 0))
  }
}

/**
 * Several datasets of the same length side by side: sample `i` is the tuple of their samples `i`.
 *
 * @example new StackDataset(new TensorDataset(arange(3)), { length: 3, at: (i) => 10 * i }).at(2)[1] // 20
 */
export class StackDataset<Samples extends readonly unknown[]> implements Dataset<Samples> {
  readonly datasets: { readonly [I in keyof Samples]: Dataset<Samples[I]> }
  readonly length: number

  constructor(...datasets: { readonly [I in keyof Samples]: Dataset<Samples[I]> }) {
    const lengths = datasets.map((dataset) => dataset.length)
    if (lengths.some((length) => length !== lengths[0])) throw stackedLengths(lengths)
    this.datasets = datasets
    this.length = lengths[0] ?? 0
  }

  at(index: number): Samples {
    checkIndex("at", index, this.length)
    return this.datasets.map((dataset) => dataset.at(index)) as readonly unknown[] as Samples
  }
}

/** A dataset whose samples are made of those of another when they are asked for: pictures that are turned at random, say. */
export class MappedDataset<From, To> implements Dataset<To> {
  constructor(
    readonly dataset: Dataset<From>,
    readonly make: (sample: From, index: number) => To,
  ) {}

  get length(): number {
    return this.dataset.length
  }

  at(index: number): To {
    checkIndex("at", index, this.length)
    return this.make(this.dataset.at(index), index)
  }
}

/**
 * Splits a dataset at random into parts: `randomSplit(dataset, [0.8, 0.2])`.
 *
 * @param lengths how many samples go into each part, or which fraction of them; fractions are rounded down and what is
 * left over goes to the first parts, one each
 */
export function randomSplit<Sample>(
  dataset: Dataset<Sample>,
  lengths: readonly number[],
  {
    seed,
    generator = seed === undefined ? defaultGenerator : new Generator(seed),
  }: { seed?: number; generator?: Generator } = {},
): Subset<Sample>[] {
  const count = dataset.length
  const sum = lengths.reduce((a, b) => a + b, 0)
  const isFractions = Math.abs(sum - 1) < 1e-9 && lengths.every((part) => part >= 0 && part <= 1)
  let counts = lengths
  if (isFractions && count !== 1) {
    const floors = lengths.map((part) => Math.floor(part * count))
    const rest = count - floors.reduce((a, b) => a + b, 0)
    counts = floors.map((part, i) => part + Math.floor(rest / floors.length) + (i < rest % floors.length ? 1 : 0))
  }
  if (counts.some((part) => !Number.isInteger(part) || part < 0) || counts.reduce((a, b) => a + b, 0) !== count)
    throw splitLengths(lengths, count)
  const order = new Int32Array(count)
  generator.permutation(order)
  let start = 0
  return counts.map((part) => {
    const indices = order.subarray(start, start + part)
    start += part
    return new Subset(dataset, indices)
  })
}

/** The samples with these numbers as one batch. */
export function gather(dataset: Dataset<unknown>, indices: Tensor): unknown {
  if ("batch" in dataset && typeof dataset.batch === "function") return dataset.batch(indices)
  return collate(Array.from(indices.toTypedArray(), (index) => dataset.at(index)))
}

/**
 * Puts samples together: tensors are stacked, numbers become a tensor, texts a list, tuples and objects go part by part.
 */
export function collate<Sample>(samples: readonly Sample[]): Collated<Sample>
export function collate(samples: readonly unknown[]): unknown {
  const first = samples[0]
  if (isTensor(first)) return stack(samples as readonly Tensor[])
  if (typeof first === "number" || typeof first === "boolean") {
    const out = uninitialized([samples.length], typeof first === "number" ? "float32" : "bool")
    for (let i = 0; i < samples.length; i++) out.storage.data[i] = Number(samples[i])
    return out
  }
  if (typeof first === "string") return samples
  if (Array.isArray(first))
    return first.map((_, i) => collate((samples as readonly unknown[][]).map((sample) => sample[i])))
  if (typeof first !== "object" || first === null || first instanceof Promise) throw notCollatable(first)
  const rows = samples as readonly Record<string, unknown>[]
  return Object.fromEntries(Object.keys(first).map((key) => [key, collate(rows.map((row) => row[key]))]))
}

function checkIndex(call: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) throw noSuchSample(call, index, count)
}
