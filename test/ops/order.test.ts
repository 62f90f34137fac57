import { expect, it } from "vitest"
import { max, tensor, zeros } from "../../src/index.js"

it("sorts along any dimension, keeps equals in place, and puts NaN last", () => {
  const x = tensor([
    [3, 1, 3],
    [NaN, 0, -1],
  ])
  const { values, indices } = x.sort(1)
  expect(values.tolist()).toEqual([
    [1, 3, 3],
    [-1, 0, NaN],
  ])
  expect(indices.tolist()).toEqual([
    [1, 0, 2],
    [2, 1, 0],
  ])
  expect(x.argsort(1, { descending: true }).tolist()).toEqual([
    [0, 2, 1],
    [0, 1, 2],
  ])
  expect(
    tensor([
      [3, 1],
      [2, 5],
    ])
      .sort(0)
      .values.tolist(),
  ).toEqual([
    [2, 1],
    [3, 5],
  ])
})

it("takes the largest", () => {
  const { values, indices } = tensor([
    [3, 1, 2],
    [4, 9, 5],
  ]).topk(2)
  expect([values.tolist(), indices.tolist()]).toEqual([
    [
      [3, 2],
      [9, 5],
    ],
    [
      [0, 2],
      [1, 2],
    ],
  ])
  expect(() => tensor([1]).topk(2)).toThrow(/k must be a whole number up to 1/)
})

it("adds up along a dimension", () => {
  expect(
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
      .cumsum(0)
      .tolist(),
  ).toEqual([
    [1, 2],
    [4, 6],
    [9, 12],
  ])
  expect(
    tensor([
      [1, 2],
      [3, 4],
    ])
      .cumsum(1)
      .tolist(),
  ).toEqual([
    [1, 3],
    [3, 7],
  ])
  expect(tensor([true, true]).cumsum(0).dtype).toBe("int32")
})

it("gives the largest of each line with its position, to be taken apart as in PyTorch", () => {
  const scores = tensor([
    [0.1, 2, 0.3],
    [4, 0, 4],
  ])
  const [values, predicted] = max(scores, 1)
  expect([values?.tolist(), predicted?.tolist()]).toEqual([
    [2, 4],
    [1, 0],
  ])
  expect([...scores.min(0)].map((x) => x.tolist())).toEqual([[0.1, 0, 0.3].map(Math.fround), [0, 1, 0]])
  expect(scores.max(zeros([3])).tolist()).toEqual(scores.maximum(0).tolist())
  expect([...scores.topk(1)].map(({ shape }) => shape)).toEqual([
    [2, 1],
    [2, 1],
  ])
})
