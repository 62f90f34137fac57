import { describe, expect, test } from "vitest"
import { collate, DataLoader, dataLoader, randomSplit, Subset, Table, TensorDataset } from "../../src/data/index.js"
import { arange, manualSeed, type Tensor, tensor } from "../../src/index.js"

const table = new Table({ a: [1, 2, 3, 4, 5], b: [10, 20, 30, 40, 50], y: [0, 1, 0, 1, 0] })

describe("dataLoader", () => {
  test("gives inputs and targets in batches, as often as it is asked", () => {
    const loader = dataLoader(table, "y", { batchSize: 2 })
    expect(loader.length).toBe(3)
    expect(loader.dataset.features).toEqual(["a", "b"])
    for (let round = 0; round < 2; round++) {
      const shapes: (readonly number[])[][] = []
      for (const [x, y] of loader) shapes.push([x.shape, y.shape])
      expect(shapes).toEqual([
        [
          [2, 2],
          [2, 1],
        ],
        [
          [2, 2],
          [2, 1],
        ],
        [
          [1, 2],
          [1, 1],
        ],
      ])
    }
    expect(loader.first()[0].tolist()).toEqual([
      [1, 10],
      [2, 20],
    ])
  })

  test("takes several targets, chosen features, rows of others, and tensors", () => {
    const [x, y] = dataLoader(table, ["y", "a"], { batchSize: 5 }).first()
    expect([x.shape, y.shape]).toEqual([
      [5, 1],
      [5, 2],
    ])
    expect(
      dataLoader(table, "y", { features: ["b"] })
        .first()[0]
        .tolist(),
    ).toEqual([[10]])
    expect(dataLoader(table.rows(), "y").dataset.length).toBe(5)
    expect(dataLoader(arange(6), arange(6), { batchSize: 4 }).first()[1].tolist()).toEqual([0, 1, 2, 3])
  })

  test("shuffles anew each time, pairs together, the same after the same seed", () => {
    const wide = new Table({ x: Array.from({ length: 100 }, (_, i) => i) }).withColumn("y", (row) => 2 * row.x)
    const order = (loader: Iterable<readonly [Tensor, Tensor]>) => {
      const seen: number[] = []
      for (const [x, y] of loader) {
        expect(y.sub(x.mul(2)).abs().max().item()).toBe(0)
        seen.push(...Array.from(x.toTypedArray()))
      }
      return seen
    }
    const loader = dataLoader(wide, "y", { batchSize: 32, shuffle: true })
    manualSeed(1)
    const [first, second] = [order(loader), order(loader)]
    expect(first).not.toEqual(second)
    expect([...first].sort((a, b) => a - b)).toEqual(wide.column("x"))
    manualSeed(1)
    expect(order(loader)).toEqual(first)
    const seeded = () => order(dataLoader(wide, "y", { batchSize: 32, shuffle: true, seed: 9 }))
    expect(seeded()).toEqual(seeded())
  })

  test("a look at the first batch draws no random number", () => {
    const loader = dataLoader(table, "y", { shuffle: true, batchSize: 5 })
    const afterwards = (look: boolean) => {
      manualSeed(3)
      if (look) loader.first()
      return [...loader].map(([x]) => x.tolist())
    }
    expect(afterwards(true)).toEqual(afterwards(false))
  })

  test("names the column that is wrong", () => {
    expect(() => dataLoader(table.rows(), "z")).toThrow('dataLoader: no column "z"')
    // @ts-expect-error no such column
    expect(() => dataLoader(table, "yy")).toThrow('did you mean "y"?')
    // @ts-expect-error no such column
    expect(() => dataLoader(table, "y", { features: ["c"] })).toThrow('no column "c"')
    expect(() => dataLoader(table.withColumn("city", ["a", "b", "c", "d", "e"]), "y")).toThrow(
      'column "city" holds text',
    )
    expect(() => dataLoader(table.withColumn("b", [1, null, 2, 3, 4]), "y")).toThrow('column "b" has missing values')
    expect(() => dataLoader(table.select("y"), "y")).toThrow("at least one input column")
    expect(() => dataLoader(table.slice(0, 0), "y")).toThrow("0 rows")
    expect(() => dataLoader(table, "y", { batchSize: 0 })).toThrow("batchSize")
  })
})

describe("datasets", () => {
  test("of any shape are collated part by part", () => {
    const dataset = { length: 3, at: (i: number) => ({ x: tensor([i, i]), label: i, pair: [i, i > 0] as const }) }
    const batches = [...new DataLoader(dataset, { batchSize: 2 })]
    expect(batches[0]?.x.tolist()).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect(batches[1]?.label.tolist()).toEqual([2])
    expect(batches[0]?.pair[1].tolist()).toEqual([false, true])
    expect(collate(["a", "b"])).toEqual(["a", "b"])
    expect(() => collate([null])).toThrow("a sample holds null")
    const lengths = new DataLoader(dataset, { batchSize: 3, collate: (samples) => samples.length })
    expect([...lengths]).toEqual([3])
  })

  test("must agree in their number of samples", () => {
    expect(() => new TensorDataset(arange(3), arange(4))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: TensorDataset: [3], [4]
        tensor 0  [3]  3 samples
        tensor 1  [4]  4 samples
      The first dimension counts the samples and must be the same in all tensors.]
    `)
    expect(() => new TensorDataset(tensor(1))).toThrow("no dimensions")
    expect(() => new DataLoader(table as never)).toThrow("for a table use dataLoader")
  })

  test("are split without losing a sample", () => {
    const dataset = new TensorDataset(arange(10))
    const parts = randomSplit(dataset, [0.5, 0.3, 0.2], { seed: 1 })
    expect(parts.map((part) => part.length)).toEqual([5, 3, 2])
    expect(parts.flatMap((part) => Array.from(part.indices)).sort((a, b) => a - b)).toEqual([...Array(10).keys()])
    expect(() => randomSplit(dataset, [5, 6])).toThrow("add up to 10")
  })

  test("a part of a part is gathered from the tensors below", () => {
    const part = new Subset(new Subset(new TensorDataset(arange(10)), [9, 8, 7, 6]), [3, 0])
    const [batch] = [...new DataLoader(part, { batchSize: 2 })]
    expect(batch?.[0]?.tolist()).toEqual([6, 9])
    expect(part.at(1)[0]?.item()).toBe(9)
  })
})
