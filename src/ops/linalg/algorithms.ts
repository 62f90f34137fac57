import { copyMatrix, type Matrix, newMatrix } from "./batch.js"

// The classic algorithms, in float64, for the matrices of courses: they favour accuracy over speed.
// Source: Golub and Van Loan, "Matrix Computations", 4th edition.

const identity = (n: number): Matrix => {
  const out = newMatrix(n, n)
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1
  return out
}

/** P·A = L·U: L below the diagonal (ones on it), U on and above, the order of the rows, and the sign of that order. */
export interface LU {
  readonly lu: Float64Array
  readonly order: readonly number[]
  /** With which row each was exchanged. */
  readonly pivots: readonly number[]
  readonly sign: number
  readonly singular: boolean
}

/** Gauss's elimination with partial pivoting. */
export function luOf({ rows: m, columns: n, data }: Matrix): LU {
  const lu = data.slice()
  const order = Array.from({ length: m }, (_, i) => i)
  const pivots: number[] = []
  let sign = 1
  let singular = false
  const at = (i: number, j: number) => lu[i * n + j] as number
  for (let k = 0; k < Math.min(m, n); k++) {
    let pivot = k
    for (let i = k + 1; i < m; i++) if (Math.abs(at(i, k)) > Math.abs(at(pivot, k))) pivot = i
    pivots.push(pivot)
    if (pivot !== k) {
      for (let j = 0; j < n; j++) [lu[k * n + j], lu[pivot * n + j]] = [at(pivot, j), at(k, j)]
      ;[order[k], order[pivot]] = [order[pivot] as number, order[k] as number]
      sign = -sign
    }
    const divisor = at(k, k)
    if (divisor === 0) {
      singular = true
      continue
    }
    for (let i = k + 1; i < m; i++) {
      const factor = at(i, k) / divisor
      lu[i * n + k] = factor
      for (let j = k + 1; j < n; j++) lu[i * n + j] = at(i, j) - factor * at(k, j)
    }
  }
  return { lu, order, pivots, sign, singular }
}

/** The X with A·X = B, from the LU parts of A. */
export function solveLU({ lu, order }: Pick<LU, "lu" | "order">, n: number, b: Matrix): Matrix {
  const out = newMatrix(n, b.columns)
  const x = out.data
  const m = b.columns
  for (let c = 0; c < m; c++) {
    for (let i = 0; i < n; i++) {
      let sum = b.data[(order[i] as number) * m + c] as number
      for (let k = 0; k < i; k++) sum -= (lu[i * n + k] as number) * (x[k * m + c] as number)
      x[i * m + c] = sum
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i * m + c] as number
      for (let k = i + 1; k < n; k++) sum -= (lu[i * n + k] as number) * (x[k * m + c] as number)
      x[i * m + c] = sum / (lu[i * n + i] as number)
    }
  }
  return out
}

/** The inverse, from the LU parts. */
export function inverseLU(parts: LU, n: number): Matrix {
  return solveLU(parts, n, identity(n))
}

/** The lower triangle L with L·Lᵀ = A, from the lower triangle of A; or the order of the minor that is not positive. */
export function choleskyOf({ rows: n, data }: Matrix): Matrix | number {
  const out = newMatrix(n, n)
  const l = out.data
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = data[i * n + j] as number
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number)
      if (i === j) {
        if (!(sum > 0)) return j + 1
        l[j * n + j] = Math.sqrt(sum)
      } else l[i * n + j] = sum / (l[j * n + j] as number)
    }
  }
  return out
}

/** A = Q·R by Householder's reflections, with LAPACK's signs. Q has `width` columns. */
export function qrOf(a: Matrix, width: number): { q: Matrix; r: Matrix } {
  const { rows: m, columns: n } = a
  const work = copyMatrix(a).data
  const steps = Math.min(m, n)
  const vectors: Float64Array[] = []
  const taus: number[] = []
  for (let k = 0; k < steps; k++) {
    let below = 0
    for (let i = k + 1; i < m; i++) below += (work[i * n + k] as number) ** 2
    const alpha = work[k * n + k] as number
    const v = new Float64Array(m)
    v[k] = 1
    let tau = 0
    if (below > 0) {
      const beta = alpha >= 0 ? -Math.sqrt(alpha * alpha + below) : Math.sqrt(alpha * alpha + below)
      tau = (beta - alpha) / beta
      for (let i = k + 1; i < m; i++) v[i] = (work[i * n + k] as number) / (alpha - beta)
    }
    reflect(work, m, n, k, v, tau, k)
    vectors.push(v)
    taus.push(tau)
  }
  const q = newMatrix(m, width)
  for (let i = 0; i < Math.min(m, width); i++) q.data[i * width + i] = 1
  for (let k = steps - 1; k >= 0; k--) reflect(q.data, m, width, k, vectors[k] as Float64Array, taus[k] as number, 0)
  const r = newMatrix(width, n)
  for (let i = 0; i < width; i++) for (let j = i; j < n; j++) r.data[i * n + j] = work[i * n + j] as number
  return { q, r }
}

/** x ← (1 - τ v vᵀ) x, for the columns from `first` on. */
function reflect(x: Float64Array, m: number, n: number, k: number, v: Float64Array, tau: number, first: number): void {
  if (tau === 0) return
  for (let j = first; j < n; j++) {
    let sum = 0
    for (let i = k; i < m; i++) sum += (v[i] as number) * (x[i * n + j] as number)
    for (let i = k; i < m; i++) x[i * n + j] = (x[i * n + j] as number) - tau * sum * (v[i] as number)
  }
}

/** Eigenvalues in ascending order and eigenvectors (the columns) of a symmetric matrix: Jacobi's rotations. */
export function symmetricEigen({ rows: n, data }: Matrix): { values: Float64Array; vectors: Matrix } {
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      a[i * n + j] = data[i * n + j] as number // the lower triangle counts
      a[j * n + i] = data[i * n + j] as number
    }
  }
  const v = identity(n).data
  const at = (i: number, j: number) => a[i * n + j] as number
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    let size = 0
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i !== j) off += at(i, j) ** 2
        size += at(i, j) ** 2
      }
    if (off <= 1e-32 * size || size === 0) break
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q))
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        rotate(a, n, p, q, c, s, "columns")
        rotate(a, n, p, q, c, s, "rows")
        rotate(v, n, p, q, c, s, "columns")
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(i, i) - at(j, j))
  const vectors = newMatrix(n, n)
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors.data[i * n + to] = v[i * n + from] as number
  })
  return { values: Float64Array.from(order, (i) => at(i, i)), vectors }
}

function rotate(
  x: Float64Array,
  n: number,
  p: number,
  q: number,
  c: number,
  s: number,
  what: "rows" | "columns",
): void {
  const [step, line] = what === "rows" ? [1, n] : [n, 1]
  for (let i = 0; i < n; i++) {
    const left = x[i * step + p * line] as number
    const right = x[i * step + q * line] as number
    x[i * step + p * line] = c * left - s * right
    x[i * step + q * line] = s * left + c * right
  }
}

/** A = U·diag(S)·Vᵀ with S in descending order: one-sided rotations (Hestenes) on the columns of the tall matrix. */
export function svdOf(a: Matrix): { u: Matrix; s: Float64Array; v: Matrix } {
  if (a.rows < a.columns) {
    const { u, s, v } = svdOf(transposed(a))
    return { u: v, s, v: u }
  }
  const { rows: m, columns: n } = a
  const w = copyMatrix(a).data
  const v = identity(n).data
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        let [pp, qq, pq] = [0, 0, 0]
        for (let i = 0; i < m; i++) {
          const left = w[i * n + p] as number
          const right = w[i * n + q] as number
          pp += left * left
          qq += right * right
          pq += left * right
        }
        if (Math.abs(pq) <= 1e-16 * Math.sqrt(pp * qq) || pq === 0) continue
        rotated = true
        const zeta = (qq - pp) / (2 * pq)
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        const s = c * t
        turn(w, m, n, p, q, c, s)
        turn(v, n, n, p, q, c, s)
      }
    }
    if (!rotated) break
  }
  const lengths = Float64Array.from({ length: n }, (_, j) => {
    let sum = 0
    for (let i = 0; i < m; i++) sum += (w[i * n + j] as number) ** 2
    return Math.sqrt(sum)
  })
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => (lengths[j] as number) - (lengths[i] as number))
  const u = newMatrix(m, n)
  const right = newMatrix(n, n)
  order.forEach((from, to) => {
    const length = lengths[from] as number
    for (let i = 0; i < m; i++) u.data[i * n + to] = length === 0 ? 0 : (w[i * n + from] as number) / length
    for (let i = 0; i < n; i++) right.data[i * n + to] = v[i * n + from] as number
  })
  completeBasis(u, lengths, order)
  return { u, s: Float64Array.from(order, (i) => lengths[i] as number), v: right }
}

/** Columns that belong to a singular value of 0 are any unit vectors at right angles to the others. */
function completeBasis(u: Matrix, lengths: Float64Array, order: readonly number[]): void {
  const { rows: m, columns: n, data } = u
  order.forEach((from, column) => {
    if (lengths[from] !== 0) return
    for (let axis = 0; axis < m; axis++) {
      const candidate = new Float64Array(m)
      candidate[axis] = 1
      for (let pass = 0; pass < 2; pass++) {
        for (let j = 0; j < column; j++) {
          let sum = 0
          for (let i = 0; i < m; i++) sum += (candidate[i] as number) * (data[i * n + j] as number)
          for (let i = 0; i < m; i++) candidate[i] = (candidate[i] as number) - sum * (data[i * n + j] as number)
        }
      }
      const length = Math.hypot(...candidate)
      if (length < 1e-8) continue
      for (let i = 0; i < m; i++) data[i * n + column] = (candidate[i] as number) / length
      return
    }
  })
}

function turn(x: Float64Array, rows: number, n: number, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < rows; i++) {
    const left = x[i * n + p] as number
    const right = x[i * n + q] as number
    x[i * n + p] = c * left - s * right
    x[i * n + q] = s * left + c * right
  }
}

/** The rows as columns. */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  const out = newMatrix(columns, rows)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out.data[j * rows + i] = data[i * columns + j] as number
  return out
}
