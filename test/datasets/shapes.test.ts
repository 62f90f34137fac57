import { expect, test } from "vitest"
import { datasets } from "../../src/index.js"

const { blobs, moons, spirals, xor } = datasets

test.each([
  ["moons", moons, 2],
  ["blobs", blobs, 3],
  ["spirals", spirals, 3],
  ["xor", xor, 2],
] as const)("%s: points and balanced classes, the same for the same seed", (_name, make, classes) => {
  const { x, y } = make(120, { seed: 5 })
  expect(x.shape).toEqual([120, 2])
  expect(y.dtype).toBe("int32")
  for (let label = 0; label < classes; label++) expect(y.eq(label).sum().item()).toBe(120 / classes)
  expect(make(120, { seed: 5 }).x.equal(x)).toBe(true)
  expect(make(120, { seed: 6 }).x.equal(x)).toBe(false)
  expect(x.isfinite().all().item()).toBe(1)
  expect(() => make(0)).toThrow("whole number of at least 1")
  expect(() => make(10, { noise: -1 })).toThrow("at least 0")
  expect(make(1).x.shape).toEqual([1, 2])
})

test("without noise, xor stands on the corners of a square", () => {
  const { x, y } = xor(8, { noise: 0 })
  const [points, labels] = [x.tolist() as number[][], y.tolist() as number[]]
  points.forEach(([a, b], i) => {
    expect(labels[i]).toBe((a as number) * (b as number) > 0 ? 0 : 1)
  })
})
