import { notIterable } from "./messages.js"

/**
 * Samples that come one after the other and cannot be asked for by number: lines of a large file, a generator, a stream.
 *
 * @example [...new DataLoader(new IterableDataset(() => [1, 2, 3]), { batchSize: 2 })].map((x) => x.tolist()) // [[1, 2], [3]]
 */
export class IterableDataset<Sample> {
  readonly #start: () => Iterable<Sample> | AsyncIterable<Sample>

  /**
   * @param start called each time someone goes through the samples; a generator function, for example
   * @param length how many samples there will be, where that is known
   */
  constructor(
    start: () => Iterable<Sample> | AsyncIterable<Sample>,
    readonly length: number = Number.NaN,
  ) {
    if (typeof start !== "function") throw notIterable(start)
    this.#start = start
  }

  *[Symbol.iterator](): Iterator<Sample> {
    const source = this.#start()
    if (typeof source !== "object" || source === null || !(Symbol.iterator in source)) throw notIterable(source)
    yield* source
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Awaited<Sample>> {
    for await (const sample of this.#start()) yield sample as Awaited<Sample>
  }
}

/**
 * Several streams of samples one after the other.
 *
 * @example [...new ChainDataset([new IterableDataset(() => [1, 2]), new IterableDataset(() => [3])])] // [1, 2, 3]
 */
export class ChainDataset<Sample> extends IterableDataset<Sample> {
  constructor(readonly datasets: readonly IterableDataset<Sample>[]) {
    // Streams that are gone through asynchronously can only be chained so.
    const chained = {
      *[Symbol.iterator]() {
        for (const dataset of datasets) yield* dataset
      },
      async *[Symbol.asyncIterator]() {
        for (const dataset of datasets) for await (const sample of dataset) yield sample as Sample
      },
    }
    super(
      () => chained,
      datasets.reduce((sum, dataset) => sum + dataset.length, 0),
    )
  }
}
