import { expect, test } from "vitest"
import { pca } from "../../src/display/projection/pca.js"
import { tsne } from "../../src/display/projection/tsne.js"
import { noise } from "./chart-samples.js"

const random = noise(5)

/** `groups` clouds of `size` points around corners that lie 10 apart. */
function clouds(groups: number, size: number, columns: number) {
  const rows = Array.from({ length: groups * size }, (_, i) =>
    Array.from({ length: columns }, (_, c) => (Math.floor(i / size) === c ? 10 : 0) + random()),
  )
  return { rows: rows.length, columns, data: rows.flat() }
}

test("the first component is the line that points lie along, and the shares are those of the variance", () => {
  const t = Array.from({ length: 50 }, () => 6 * random() - 3)
  const s = Array.from({ length: 50 }, () => random() - 0.5)
  const turned = t.flatMap((along, i) => [0.6 * along - 0.8 * (s[i] ?? 0) + 7, 0.8 * along + 0.6 * (s[i] ?? 0) - 2])
  const { x, explained } = pca({ rows: 50, columns: 2, data: turned })
  expect((explained[0] ?? 0) + (explained[1] ?? 0)).toBeCloseTo(1, 9)
  expect(explained[0]).toBeGreaterThan(0.95)
  const mean = t.reduce((a, b) => a + b) / 50
  const largest = Math.max(...t.map((along, i) => Math.abs(along - mean - (x[i] ?? 0))))
  expect(largest).toBeLessThan(0.3)
})

test("points on a line have no second component, and points in one place none", () => {
  const { y, explained } = pca({ rows: 4, columns: 3, data: [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3] })
  expect(explained[0]).toBeCloseTo(1, 12)
  expect(Math.max(...y.map(Math.abs))).toBeLessThan(1e-9)
  expect([...pca({ rows: 3, columns: 2, data: [5, 5, 5, 5, 5, 5] }).x]).toEqual([0, 0, 0])
})

test("t-SNE keeps every point's nearest neighbours in its own cloud, the same at every run", () => {
  const size = 25
  const points = clouds(4, size, 6)
  const { x, y } = tsne(points, { iterations: 300 })
  for (let i = 0; i < points.rows; i++) {
    const distance = (j: number) => Math.hypot((x[i] ?? 0) - (x[j] ?? 0), (y[i] ?? 0) - (y[j] ?? 0))
    const others = Array.from({ length: points.rows }, (_, j) => j).filter((j) => j !== i)
    const nearest = others.sort((a, b) => distance(a) - distance(b)).slice(0, 5)
    expect(nearest.every((j) => Math.floor(j / size) === Math.floor(i / size))).toBe(true)
  }
  expect(tsne(points, { iterations: 20 }).x).toEqual(tsne(points, { iterations: 20 }).x)
  expect(tsne(points, { iterations: 20, seed: 1 }).x).not.toEqual(tsne(points, { iterations: 20 }).x)
})

test("t-SNE takes equal points and very few points", () => {
  const { x } = tsne({ rows: 4, columns: 2, data: [1, 1, 1, 1, 1, 1, 1, 1] }, { iterations: 50 })
  expect(x.every(Number.isFinite)).toBe(true)
  expect(tsne({ rows: 3, columns: 1, data: [0, 1, 9] }, { iterations: 50 }).y.every(Number.isFinite)).toBe(true)
})
