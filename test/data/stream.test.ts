import { describe, expect, test } from "vitest"
import {
  arange,
  ChainDataset,
  ConcatDataset,
  DataLoader,
  type Dataset,
  dataLoader,
  IterableDataset,
  MappedDataset,
  manualSeed,
  progress,
  rand,
  SequentialSampler,
  StackDataset,
  Subset,
  Table,
  type Tensor,
  TensorDataset,
  tensor,
  WeightedRandomSampler,
} from "../../src/index.js"

const values = (batches: Iterable<Tensor>) => [...batches].map((batch) => batch.tolist())

/** A dataset whose samples take a turn of the event loop, like files that are read; it counts how many are under way. */
function slowDataset(length: number) {
  const log = { started: 0, mostUnderway: 0, underway: 0 }
  const dataset: Dataset<Promise<{ x: Tensor; label: number }>> = {
    length,
    async at(index) {
      log.started++
      log.mostUnderway = Math.max(log.mostUnderway, ++log.underway)
      await new Promise((resolve) => setTimeout(resolve, 1))
      log.underway--
      return { x: tensor([index, index]), label: index }
    },
  }
  return { dataset, log }
}

describe("streams of samples", () => {
  function* countTo(end: number) {
    for (let i = 0; i < end; i++) yield i
  }

  test("come in batches, as often as asked, without a length or with one", () => {
    const loader = new DataLoader(new IterableDataset(() => countTo(5)), { batchSize: 2 })
    expect(values(loader)).toEqual([[0, 1], [2, 3], [4]])
    expect(values(loader)).toEqual([[0, 1], [2, 3], [4]])
    expect(loader.first().tolist()).toEqual([0, 1])
    expect(loader.length).toBeNaN()
    expect(String(loader)).toBe("DataLoader(an unknown number of batches of 2, an unknown number of samples)")
    const known = new DataLoader(new IterableDataset(() => countTo(5), 5), { batchSize: 2, dropLast: true })
    expect([known.length, values(known).length]).toEqual([2, 2])
  })

  test("may have no end", () => {
    const endless = new IterableDataset(function* () {
      for (;;) yield 1
    })
    for (const batch of new DataLoader(endless, { batchSize: 3 })) {
      expect(batch.tolist()).toEqual([1, 1, 1])
      break
    }
  })

  test("may come asynchronously", async () => {
    const lines = new IterableDataset(async function* () {
      for (const i of countTo(5)) yield await Promise.resolve({ i })
    })
    const found: unknown[] = []
    for await (const batch of new DataLoader(lines, { batchSize: 2 })) found.push(batch.i.tolist())
    expect(found).toEqual([[0, 1], [2, 3], [4]])
    expect(() => [...new DataLoader(lines)]).toThrow("go through them with for await")
  })

  test("have an order of their own", () => {
    const stream = new IterableDataset(() => [1, 2])
    expect(() => new DataLoader(stream, { shuffle: true })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: DataLoader: shuffle with an IterableDataset
      These samples come one after the other in an order of their own.
      hint: gather them in an array first, or mix them where they are made.]
    `)
    expect(() => new IterableDataset([1] as never)).toThrow("such as a generator function")
    expect(() => [...new IterableDataset(() => 5 as never)]).toThrow("IterableDataset: 5")
  })
})

describe("for await", () => {
  test("gives the batches of the plain loop, in its order", async () => {
    const loader = new DataLoader(new TensorDataset(arange(10)), { batchSize: 3, shuffle: true })
    manualSeed(5)
    const plain = [...loader].map(([x]) => x.tolist())
    const next = rand([1]).item()
    manualSeed(5)
    const found: unknown[] = []
    for await (const [x] of loader) found.push(x.tolist())
    expect(found).toEqual(plain)
    expect(rand([1]).item()).toBe(next)
  })

  test("waits for samples that are promises, and makes the next batches meanwhile", async () => {
    const { dataset, log } = slowDataset(8)
    const loader = new DataLoader(dataset, { batchSize: 2, prefetch: 2 })
    const found: unknown[] = []
    for await (const { x, label } of loader) {
      found.push([x.shape, label.tolist()])
      expect(log.started).toBeGreaterThanOrEqual(Math.min(8, 2 * found.length + 2))
    }
    expect(found).toEqual(
      [0, 2, 4, 6].map((i) => [
        [2, 2],
        [i, i + 1],
      ]),
    )
    expect(log.mostUnderway).toBeGreaterThan(2)
    expect(log.mostUnderway).toBeLessThanOrEqual(6)
  })

  test("works through a subset", async () => {
    const { dataset } = slowDataset(8)
    const part = new Subset(new Subset(dataset, [7, 5, 3]), [0, 2])
    for await (const { label } of new DataLoader(part, { batchSize: 2 })) expect(label.tolist()).toEqual([7, 3])
  })

  test("stops reading when the loop ends", async () => {
    const { dataset, log } = slowDataset(1000)
    for await (const _ of new DataLoader(dataset, { batchSize: 2 })) break
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(log.started).toBeLessThanOrEqual(8)
  })

  test("throws a sample's error where its batch would have come", async () => {
    const failing = { length: 4, at: async (i: number) => (i < 2 ? i : Promise.reject(new Error(`no sample ${i}`))) }
    const found: unknown[] = []
    const run = async () => {
      for await (const batch of new DataLoader(failing, { batchSize: 1, prefetch: 3 })) found.push(batch.tolist())
    }
    await expect(run()).rejects.toThrow("no sample 2")
    expect(found).toEqual([[0], [1]])
  })

  test("is what a plain loop over promises is sent to", () => {
    const { dataset } = slowDataset(2)
    expect(() => [...new DataLoader(dataset)]).toThrow("come with for await (const batch of loader)")
    expect(() => [...new DataLoader(dataset, { collate: (samples) => samples })]).toThrow("a sample is a promise")
  })

  test("can be watched by a progress bar", async () => {
    const { dataset } = slowDataset(4)
    const bar = progress(new DataLoader(dataset, { batchSize: 2 }))
    for await (const _ of bar);
    expect([bar.done, bar.total]).toEqual([2, 2])
    const open = progress(new DataLoader(new IterableDataset(() => [1, 2, 3])))
    expect([...open].length).toBe(3)
    expect(open.total).toBeUndefined()
  })
})

describe("datasets made of others", () => {
  test("stand side by side", () => {
    const pairs = new StackDataset(new TensorDataset(arange(3)), { length: 3, at: (i: number) => ({ label: 10 * i }) })
    const [[x], { label }] = new DataLoader(pairs, { batchSize: 3 }).first()
    expect([x?.tolist(), label.tolist()]).toEqual([
      [0, 1, 2],
      [0, 10, 20],
    ])
    expect(() => new StackDataset(new TensorDataset(arange(3)), new TensorDataset(arange(2)))).toThrow("3, 2 samples")
  })

  test("come one stream after the other, asynchronously too", async () => {
    const streams = [new IterableDataset(() => [1, 2], 2), new IterableDataset(() => [3], 1)]
    const loader = new DataLoader(new ChainDataset(streams), { batchSize: 2 })
    expect([loader.length, values(loader)]).toEqual([2, [[1, 2], [3]]])
    const slow = new IterableDataset(async function* () {
      yield await Promise.resolve(4)
    })
    const found: unknown[] = []
    for await (const batch of new DataLoader(new ChainDataset([...streams, slow]), { batchSize: 4 }))
      found.push(batch.tolist())
    expect(found).toEqual([[1, 2, 3, 4]])
  })

  test("stand one after the other", () => {
    const all = new ConcatDataset([new TensorDataset(arange(3)), new TensorDataset(arange(2))])
    expect(all.length).toBe(5)
    expect([0, 2, 3, 4].map((i) => all.at(i)[0].item())).toEqual([0, 2, 0, 1])
    expect([...new DataLoader(all, { batchSize: 5 })][0]?.[0]?.tolist()).toEqual([0, 1, 2, 0, 1])
    expect(() => all.at(5)).toThrow("from 0 to 4")
  })

  test("are made of samples as they are asked for", () => {
    const doubled = new MappedDataset(new TensorDataset(arange(3)), ([x], i) => ({ x: x.mul(2), i }))
    const batch = new DataLoader(doubled, { batchSize: 3 }).first()
    expect([batch.x.tolist(), batch.i.tolist()]).toEqual([
      [0, 2, 4],
      [0, 1, 2],
    ])
  })
})

describe("samplers", () => {
  test("draw by weight", () => {
    const sampler = new WeightedRandomSampler([1, 0, 3], 4000, { seed: 2 })
    const drawn = [...sampler]
    expect(drawn.filter((i) => i === 1).length).toBe(0)
    expect(drawn.filter((i) => i === 2).length / 4000).toBeCloseTo(0.75, 1)
    const without = [...new WeightedRandomSampler([1, 5, 0, 2, 8], 4, { replacement: false, seed: 1 })]
    expect([...without].sort()).toEqual([0, 1, 3, 4])
  })

  test("say what they cannot do", () => {
    expect(() => new WeightedRandomSampler([1, -1], 2)).toThrow("at least 0")
    expect(() => new WeightedRandomSampler([0, 0], 2)).toThrow("At least one must be above 0")
    expect(() => new WeightedRandomSampler([1, 0], 2, { replacement: false })).toThrow("only the 1 samples")
    const dataset = new TensorDataset(arange(4))
    expect(() => new DataLoader(dataset, { sampler: new SequentialSampler(dataset), shuffle: true })).toThrow(
      "give one",
    )
    expect(() => [...new DataLoader(dataset, { sampler: [7] })]).toThrow()
    expect(() => new DataLoader(dataset, { prefetch: 0 })).toThrow("prefetch")
  })
})

describe("classes in a table", () => {
  test("become class numbers, in the order of the training rows", () => {
    const table = new Table({ x: [1, 2, 3], kind: ["cat", "ant", "cat"] })
    const loader = dataLoader(table, "kind", { batchSize: 3, classes: true })
    expect(loader.first()[1].tolist()).toEqual([1, 0, 1])
    expect(loader.first()[1].dtype).toBe("int32")
    expect(loader.dataset.classes).toEqual(["ant", "cat"])
    const later = dataLoader(new Table({ x: [5], kind: ["cat"] }), "kind", { classes: ["ant", "cat"] })
    expect(later.first()[1].tolist()).toEqual([1])
    expect(() => dataLoader(table, "kind", { classes: ["ant"] })).toThrow('column "kind" holds "cat"')
    expect(() => dataLoader(table, ["kind", "x"], { classes: true, features: ["x"] })).toThrow("one column")
    expect(() => dataLoader(table, "kind")).toThrow("{ classes: true }")
  })
})
