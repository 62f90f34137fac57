import { needsGradient, record } from "../../autograd/node.js"
import { checkTensor } from "../../tensor/check.js"
import { badOption, notATensor, wrongDType } from "../../tensor/messages.js"
import { Tensor } from "../../tensor/tensor.js"
import { diagEmbed } from "../arrange.js"
import { matmul } from "../matmul.js"
import * as messages from "../messages.js"
import { qrOf, svdOf, symmetricEigen, transposed } from "./algorithms.js"
import { checkMatrices, checkSquare, gathered, matricesOf } from "./batch.js"
import { inv } from "./solve.js"

/** A = Q·R: orthonormal columns, and an upper triangle. */
export interface QR {
  readonly Q: Tensor
  readonly R: Tensor
}

/** Options of `qr`. */
export interface QROptions {
  /** `"reduced"` gives Q as many columns as needed, `"complete"` makes it square. Default: `"reduced"`. */
  mode?: "reduced" | "complete"
}

/**
 * A matrix as the product of orthonormal columns and an upper triangle: `a = Q @ R`.
 *
 * Shape: `[..., M, N]` gives Q `[..., M, K]` and R `[..., K, N]` with K the smaller of M and N.
 *
 * Errors: a gradient of the complete form, or through a matrix wider than tall, is not defined here.
 *
 * @example linalg.qr(tensor([[3, 1], [4, 2]])).R.abs() // tensor([[5.0000, 2.2000],\n        [0.0000, 0.4000]])
 */
export function qr(a: Tensor, { mode = "reduced" }: QROptions = {}): QR {
  checkMatrices("linalg.qr", a)
  if (mode !== "reduced" && mode !== "complete") throw badOption("linalg.qr", "mode", mode, ["reduced", "complete"])
  const [m, n] = a.shape.slice(-2) as [number, number]
  const k = mode === "complete" ? m : Math.min(m, n)
  const parts = matricesOf(a).map((matrix) => qrOf(matrix, k))
  const Q = gathered(
    a,
    [m, k],
    parts.map(({ q }) => q.data),
  )
  const R = gathered(
    a,
    [k, n],
    parts.map(({ r }) => r.data),
  )
  if (!needsGradient(a)) return { Q, R }
  // Both outputs come from one node each; the gradient is linear in them, so it may be computed for one at a time.
  const back = (dQ: Tensor | null, dR: Tensor | null) => {
    if (k !== n)
      throw messages.noGradient("linalg.qr", a.shape, "a reduced decomposition of a matrix at least as tall as wide")
    return qrGradient(qr(a), dQ, dR)
  }
  return {
    Q: record("qr", Q, [a], (dQ) => [back(dQ, null)], [a]),
    R: record("qr", R, [a], (dR) => [back(null, dR)], [a]),
  }
}

/** Source: Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010. */
function qrGradient({ Q, R }: QR, dQ: Tensor | null, dR: Tensor | null): Tensor {
  const fromR = dR === null ? null : matmul(R, dR.mT())
  const fromQ = dQ === null ? null : matmul(dQ.mT(), Q).neg()
  const m = fromR === null ? (fromQ as Tensor) : fromQ === null ? fromR : fromR.add(fromQ)
  const mirrored = m.tril().add(m.tril(-1).mT()) // the lower triangle on both sides
  const sum = matmul(Q, mirrored)
  const inner = dQ === null ? sum : dQ.add(sum)
  return solveRight(inner, R)
}

/** inner · R⁻ᵀ. */
function solveRight(inner: Tensor, R: Tensor): Tensor {
  return matmul(inner, inv(R).mT())
}

/** Eigenvalues in ascending order, and eigenvectors as columns. */
export interface Eigen {
  readonly eigenvalues: Tensor
  readonly eigenvectors: Tensor
}

/**
 * The eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, or of each in a batch. The lower triangle
 * counts. The sign of an eigenvector is arbitrary: here its largest element is positive.
 *
 * @example linalg.eigh(tensor([[2, 1], [1, 2]])).eigenvalues // tensor([1., 3.])
 */
export function eigh(a: Tensor): Eigen {
  checkSquare("linalg.eigh", a)
  const n = a.shape[a.shape.length - 1] as number
  const parts = matricesOf(a).map(symmetricEigen)
  for (const { vectors } of parts) pointUp(vectors.data, n, n)
  const values = gathered(
    a,
    [n],
    parts.map((part) => part.values),
  )
  const vectors = gathered(
    a,
    [n, n],
    parts.map((part) => part.vectors.data),
  )
  if (!needsGradient(a)) return { eigenvalues: values, eigenvectors: vectors }
  const back = (dValues: Tensor | null, dVectors: Tensor | null) => {
    const { eigenvalues, eigenvectors } = eigh(a)
    const v = eigenvectors
    if (dVectors === null) return matmul(v.mul((dValues as Tensor).unsqueeze(-2)), v.mT())
    const gaps = eigenvalues.unsqueeze(-2).sub(eigenvalues.unsqueeze(-1)) // λⱼ - λᵢ
    return matmul(matmul(v, matmul(v.mT(), dVectors).mul(inverseGaps(gaps))), v.mT())
  }
  return {
    eigenvalues: record("eigh", values, [a], (dy) => [back(dy, null)], [a]),
    eigenvectors: record("eigh", vectors, [a], (dy) => [back(null, dy)], [a]),
  }
}

/**
 * The eigenvalues of a symmetric matrix in ascending order.
 *
 * @example linalg.eigvalsh(tensor([[2, 1], [1, 2]])) // tensor([1., 3.])
 */
export function eigvalsh(a: Tensor): Tensor {
  return eigh(a).eigenvalues
}

/** 1 / x off the diagonal, 0 on it. */
function inverseGaps(gaps: Tensor): Tensor {
  const diagonal = diagEmbed(gaps.diagonal(0, -2, -1).detach().mul(0).add(1))
  return diagonal.neg().add(1).div(gaps.add(diagonal))
}

/** Turns columns so that their largest element is positive; `also` turns the columns of another matrix with them. */
function pointUp(data: Float64Array, rows: number, columns: number, also?: { data: Float64Array; rows: number }): void {
  for (let j = 0; j < columns; j++) {
    let largest = 0
    for (let i = 0; i < rows; i++) {
      const value = data[i * columns + j] as number
      if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value
    }
    if (largest >= 0) continue
    for (let i = 0; i < rows; i++) data[i * columns + j] = -(data[i * columns + j] as number)
    if (also === undefined) continue
    for (let i = 0; i < also.rows; i++) also.data[i * columns + j] = -(also.data[i * columns + j] as number)
  }
}

/** A = U·diag(S)·Vᵀ. */
export interface SVD {
  readonly U: Tensor
  /** The singular values, descending. */
  readonly S: Tensor
  /** V transposed: its rows are the right singular vectors. */
  readonly Vh: Tensor
}

/**
 * The singular value decomposition of a matrix, or of each in a batch: `a = U @ diag(S) @ Vh`, in its reduced form.
 *
 * Shape: `[..., M, N]` gives U `[..., M, K]`, S `[..., K]` and Vh `[..., K, N]` with K the smaller of M and N.
 *
 * @example linalg.svd(tensor([[3, 0], [0, 4]])).S // tensor([4., 3.])
 */
export function svd(a: Tensor): SVD {
  checkMatrices("linalg.svd", a)
  const [m, n] = a.shape.slice(-2) as [number, number]
  const k = Math.min(m, n)
  const parts = matricesOf(a).map(svdOf)
  for (const { u, v } of parts) pointUp(u.data, m, k, { data: v.data, rows: n })
  const U = gathered(
    a,
    [m, k],
    parts.map((part) => part.u.data),
  )
  const S = gathered(
    a,
    [k],
    parts.map((part) => part.s),
  )
  const Vh = gathered(
    a,
    [k, n],
    parts.map((part) => transposed(part.v).data),
  )
  if (!needsGradient(a)) return { U, S, Vh }
  return {
    U: record("svd", U, [a], (dy) => [svdGradient(svd(a), dy, null, null)], [a]),
    S: record("svd", S, [a], (dy) => [svdGradient(svd(a), null, dy, null)], [a]),
    Vh: record("svd", Vh, [a], (dy) => [svdGradient(svd(a), null, null, dy)], [a]),
  }
}

/** Source: Giles, "An extended collection of matrix derivative results", 2008. */
function svdGradient({ U, S, Vh }: SVD, dU: Tensor | null, dS: Tensor | null, dVh: Tensor | null): Tensor {
  if (dS !== null) return matmul(U.mul(dS.unsqueeze(-2)), Vh)
  const squares = S.square()
  const factors = inverseGaps(squares.unsqueeze(-2).sub(squares.unsqueeze(-1))) // 1 / (sⱼ² - sᵢ²)
  if (dU !== null) {
    const inner = matmul(U.mT(), dU)
    const turned = inner.sub(inner.mT()).mul(factors).mul(S.unsqueeze(-2))
    const outside = dU.sub(matmul(U, inner)).div(S.unsqueeze(-2)) // what of dU stands at right angles to U
    return matmul(matmul(U, turned).add(outside), Vh)
  }
  const dV = (dVh as Tensor).mT()
  const V = Vh.mT()
  const inner = matmul(V.mT(), dV)
  const turned = inner.sub(inner.mT()).mul(factors).mul(S.unsqueeze(-1))
  const outside = dV.sub(matmul(V, inner)).div(S.unsqueeze(-2)).mT()
  return matmul(U, matmul(turned, Vh).add(outside))
}

/**
 * The singular values of a matrix, descending.
 *
 * @example linalg.svdvals(tensor([[3, 0], [0, 4]])) // tensor([4., 3.])
 */
export function svdvals(a: Tensor): Tensor {
  return svd(a).S
}

/** Options of `pinv` and `matrixRank`. */
export interface RankOptions {
  /** Singular values below this share of the largest count as 0. Default: the dtype's precision times the larger size. */
  rtol?: number
}

/** Below this a singular value counts as 0. */
function threshold(a: Tensor, rtol: number | undefined): number {
  const epsilon = a.dtype === "float32" ? 2 ** -23 : 2 ** -52
  return rtol ?? epsilon * Math.max(...(a.shape.slice(-2) as number[]))
}

/**
 * The pseudoinverse (Moore and Penrose) of a matrix, or of each in a batch: what solves least squares.
 *
 * @example linalg.pinv(tensor([[2], [0]])) // tensor([[0.5000, 0.0000]])
 */
export function pinv(a: Tensor, { rtol }: RankOptions = {}): Tensor {
  checkMatrices("linalg.pinv", a)
  const [m, n] = a.shape.slice(-2) as [number, number]
  const share = threshold(a, rtol)
  const inverses = matricesOf(a).map((matrix) => {
    const { u, s, v } = svdOf(matrix)
    const out = new Float64Array(n * m)
    const k = s.length
    for (let l = 0; l < k; l++) {
      const value = s[l] as number
      if (!(value > share * (s[0] as number))) continue
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          out[i * m + j] =
            (out[i * m + j] as number) + ((v.data[i * k + l] as number) * (u.data[j * k + l] as number)) / value
        }
      }
    }
    return out
  })
  const out = gathered(a, [n, m], inverses)
  if (!needsGradient(a)) return out
  // Source: Golub and Pereyra, "The differentiation of pseudo-inverses", 1973.
  return record(
    "pinv",
    out,
    [a],
    (dy) => {
      const p = pinv(a, rtol === undefined ? {} : { rtol })
      const k = dy.mT().matmul(p) // [M, M]
      const l = p.matmul(dy.mT()) // [N, N]
      const ways = [
        p.matmul(k).mT().neg(),
        k.matmul(p.mT()).sub(a.matmul(p).matmul(k).matmul(p.mT())),
        p.mT().matmul(l).sub(p.mT().matmul(l).matmul(p).matmul(a)),
      ]
      return [ways.reduce((sum, way) => sum.add(way))]
    },
    [a],
  )
}

/**
 * The number of singular values that are not 0.
 *
 * @example linalg.matrixRank(tensor([[1, 2], [2, 4]])) // tensor(1, dtype=int32)
 */
export function matrixRank(a: Tensor, { rtol }: RankOptions = {}): Tensor {
  checkTensor("linalg.matrixRank", a)
  const values = svdvals(a.detach())
  if (values.shape[values.shape.length - 1] === 0) return values.sum(-1).int()
  return values.gt(values.amax(-1, { keepdim: true }).mul(threshold(a, rtol))).sum(-1)
}

/** The answer of a least-squares problem. */
export interface LeastSquares {
  readonly solution: Tensor
  /** The squared distance of each column, where there are more equations than unknowns and the rank is full. */
  readonly residuals: Tensor
  readonly rank: Tensor
  readonly singularValues: Tensor
}

/**
 * The X for which `a @ X` is closest to `b`: least squares.
 *
 * Shape: `[..., M, N]` and `[..., M, K]` give `[..., N, K]`.
 *
 * @example linalg.lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([[1], [3], [5]])).solution // tensor([[1.],\n        [2.]])
 */
export function lstsq(a: Tensor, b: Tensor): LeastSquares {
  checkMatrices("linalg.lstsq", a)
  if (!(b instanceof Tensor)) throw notATensor("linalg.lstsq", b, "a tensor")
  if (b.dtype !== a.dtype) throw wrongDType("linalg.lstsq", b, `a right side of the matrix's type, ${a.dtype}`)
  if (b.shape.length === 1) {
    const { solution, ...rest } = lstsq(a, b.unsqueeze(1))
    return { solution: solution.squeeze(-1), ...rest }
  }
  const [m, n] = a.shape.slice(-2) as [number, number]
  if (b.shape[b.shape.length - 2] !== m) throw messages.rightSideRows("linalg.lstsq", a.shape, b.shape)
  const solution = pinv(a).matmul(b)
  const rank = matrixRank(a)
  const full = m > n && rank.ne(n).any().item() === 0
  const residuals = b.sub(a.matmul(solution)).square().sum(-2)
  return {
    solution,
    residuals: full ? residuals : residuals.reshape([-1]).narrow(0, 0, 0),
    rank,
    singularValues: svdvals(a),
  }
}
