import { Generator } from "../../tensor/random.js"

/** Points as rows of equal length, row by row. */
export interface Points {
  readonly rows: number
  readonly columns: number
  readonly data: ArrayLike<number>
}

/** Coordinates of each point in the plane, and the share of the variance that each axis holds. */
export interface PcaResult {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly explained: readonly [number, number]
}

const iterations = 300
const tolerance = 1e-12

/**
 * The two directions in which points vary most, and the points as seen along them (principal component analysis).
 *
 * Formula: the two eigenvectors of `XᵀX` (X centred) with the largest eigenvalues, found by orthogonal iteration; each is turned so
 * that its largest component is positive.
 *
 * Source: Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", 1901.
 */
export function pca(points: Points): PcaResult {
  const { rows, columns } = points
  const centred = centre(points)
  const start = new Float64Array(columns * 2)
  new Generator(0).normalFloat64(start)
  let directions = [start.slice(0, columns), start.slice(columns)] as [Float64Array, Float64Array]
  orthonormalize(directions)
  let before = [0, 0]
  for (let k = 0; k < iterations; k++) {
    const next = directions.map((v) => timesTransposed(centred, times(centred, v, rows, columns), rows, columns))
    const sizes = next.map(norm)
    directions = next as [Float64Array, Float64Array]
    orthonormalize(directions)
    const change = Math.max(...sizes.map((size, i) => Math.abs(size - (before[i] ?? 0)) / (size || 1)))
    before = sizes
    if (change < tolerance) break
  }
  for (const v of directions) turn(v)
  const [x, y] = directions.map((v) => times(centred, v, rows, columns)) as [Float64Array, Float64Array]
  const total = centred.reduce((sum, value) => sum + value * value, 0) || 1
  const share = (scores: Float64Array) => scores.reduce((sum, value) => sum + value * value, 0) / total
  return { x, y, explained: [share(x), share(y)] }
}

function centre({ rows, columns, data }: Points): Float64Array {
  const centred = Float64Array.from(data)
  for (let c = 0; c < columns; c++) {
    let sum = 0
    for (let r = 0; r < rows; r++) sum += centred[r * columns + c] as number
    const mean = sum / rows
    for (let r = 0; r < rows; r++) centred[r * columns + c] = (centred[r * columns + c] as number) - mean
  }
  return centred
}

/** X v. */
function times(x: Float64Array, v: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    let sum = 0
    for (let c = 0; c < columns; c++) sum += (x[r * columns + c] as number) * (v[c] as number)
    out[r] = sum
  }
  return out
}

/** Xᵀ u. */
function timesTransposed(x: Float64Array, u: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(columns)
  for (let r = 0; r < rows; r++) {
    const factor = u[r] as number
    for (let c = 0; c < columns; c++) out[c] = (out[c] as number) + factor * (x[r * columns + c] as number)
  }
  return out
}

function norm(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
}

/** Gram and Schmidt. A direction of no size (points on a line, or all in one place) stays zero. */
function orthonormalize([a, b]: [Float64Array, Float64Array]): void {
  scale(a, 1 / (norm(a) || 1))
  const along = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
  const size = norm(b)
  for (let i = 0; i < b.length; i++) b[i] = (b[i] as number) - along * (a[i] as number)
  const left = norm(b)
  scale(b, left > 1e-10 * size ? 1 / left : 0)
}

function scale(v: Float64Array, factor: number): void {
  for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) * factor
}

/** Eigenvectors have no sign of their own: the largest component shall be positive. */
function turn(v: Float64Array): void {
  let at = 0
  for (let i = 1; i < v.length; i++) if (Math.abs(v[i] as number) > Math.abs(v[at] as number)) at = i
  if ((v[at] ?? 0) < 0) scale(v, -1)
}
