import { expect, expectTypeOf, test } from "vitest"
import {
  ConcatDataset,
  DataLoader,
  dataLoader,
  randn,
  randomSplit,
  Subset,
  Table,
  type Tensor,
  TensorDataset,
  tensor,
} from "../../src/index.js"

// What a loop over batches knows of them without a word: the compiler checks the types, the test that they are what comes.

const pictures = { length: 3, at: (i: number) => ({ image: randn([2]), label: i, name: String(i) }) }
type Pictures = { image: Tensor; label: Tensor; name: string[] }

test("of a table", () => {
  const people = new Table({ age: [1, 2], size: [3, 4], ill: [0, 1] })
  for (const [x, y] of dataLoader(people, "ill", { batchSize: 2 })) {
    expectTypeOf(x).toEqualTypeOf<Tensor>()
    expectTypeOf(y).toEqualTypeOf<Tensor>()
    expect([x.shape, y.shape]).toEqual([
      [2, 2],
      [2, 1],
    ])
  }
  // @ts-expect-error the table has no such column
  expect(() => dataLoader(people, "target", { batchSize: 2 })).toThrow("target")
})

test("of tensors, as many as there are", () => {
  const three = new TensorDataset(randn([4, 2]), tensor([1, 2, 3, 4]), randn([4]))
  for (const batch of new DataLoader(three, { batchSize: 4 })) {
    expectTypeOf(batch.length).toEqualTypeOf<3>()
    const [a, b, c] = batch
    expectTypeOf(a).toEqualTypeOf<Tensor>()
    expect([a.shape, b.shape, c.shape]).toEqual([[4, 2], [4], [4]])
  }
})

test("of objects, and of what splits and joins them", async () => {
  const check = (batch: Pictures) => expect([batch.image.ndim, batch.label.ndim, batch.name.length]).toEqual([2, 1, 1])
  const [first] = randomSplit(pictures, [2, 1])
  const sets = [
    pictures,
    first as Subset<ReturnType<typeof pictures.at>>,
    new Subset(pictures, [0]),
    new ConcatDataset([pictures, pictures]),
  ]
  for (const set of sets) {
    for (const batch of new DataLoader(set, { batchSize: 1 })) {
      expectTypeOf(batch.image).toEqualTypeOf<Tensor>()
      expectTypeOf(batch.label).toEqualTypeOf<Tensor>()
      expectTypeOf(batch.name).toEqualTypeOf<string[]>()
      check(batch)
    }
  }
  for await (const batch of new DataLoader(pictures, { batchSize: 1 })) check(batch)
  // @ts-expect-error there is no such field
  for (const batch of new DataLoader(pictures, { batchSize: 1 })) expect(batch.pixels).toBeUndefined()
})

test("of a collate of one's own", () => {
  const loader = new DataLoader(pictures, { batchSize: 3, collate: (items) => items.map(({ label }) => label + 1) })
  for (const batch of loader) {
    expectTypeOf(batch).toEqualTypeOf<number[]>()
    expect(batch).toEqual([1, 2, 3])
  }
})
