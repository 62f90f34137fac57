import type { ArrayView } from "./backend.js"
import type { TypedArray } from "./dtype.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

/** out[..., M, N] = a[..., M, K] @ b[..., K, N] (+ out if accumulate). */
export function matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void {
  const rank = out.shape.length
  const rows = out.shape[rank - 2] as number
  const columns = out.shape[rank - 1] as number
  const inner = a.shape[rank - 1] as number
  const left = readElements(a)
  const right = readElements(b)
  const before = accumulate ? readElements(out) : null
  const to = elementsToWrite(out)
  const sums = new Float64Array(columns)
  const batches = rows * columns === 0 ? 0 : to.length / (rows * columns)
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < rows; i++) {
      const target = (batch * rows + i) * columns
      sums.fill(0)
      for (let k = 0; k < inner; k++) {
        addRow(left[(batch * rows + i) * inner + k] as number, right, (batch * inner + k) * columns, sums)
      }
      for (let j = 0; j < columns; j++)
        to[target + j] = (sums[j] as number) + (before ? (before[target + j] as number) : 0)
    }
  }
  writeElements(to, out)
}

/** sums += factor · row: the inner loop, over elements side by side. */
function addRow(factor: number, matrix: TypedArray, start: number, sums: Float64Array): void {
  for (let j = 0; j < sums.length; j++) sums[j] = (sums[j] as number) + factor * (matrix[start + j] as number)
}
