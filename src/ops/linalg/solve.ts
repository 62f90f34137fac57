import { needsGradient, record } from "../../autograd/node.js"
import { checkTensor } from "../../tensor/check.js"
import { badNumber, notATensor, wrongDType } from "../../tensor/messages.js"
import { broadcastShapes } from "../../tensor/shape.js"
import { Tensor } from "../../tensor/tensor.js"
import { diagEmbed } from "../arrange.js"
import { eye } from "../creation.js"
import { cat } from "../join.js"
import * as messages from "../messages.js"
import { choleskyOf, inverseLU, luOf, solveLU } from "./algorithms.js"
import { checkSquare, gathered, matricesOf } from "./batch.js"

// Systems of linear equations, and what comes from eliminating.

/**
 * The inverse of a square matrix, or of each in a batch.
 *
 * Errors: a singular matrix.
 *
 * @example linalg.inv(tensor([[2, 0], [0, 4]])) // tensor([[0.5000, 0.0000],\n        [0.0000, 0.2500]])
 */
export function inv(a: Tensor): Tensor {
  checkSquare("linalg.inv", a)
  const n = a.shape[a.shape.length - 1] as number
  const inverses = matricesOf(a).map((matrix) => {
    const parts = luOf(matrix)
    if (parts.singular) throw messages.singularMatrix("linalg.inv", a.shape)
    return inverseLU(parts, n).data
  })
  const out = gathered(a, [n, n], inverses)
  if (!needsGradient(a)) return out
  return record("inv", out, [a], (dy) => {
    const transposed = inv(a).mT()
    return [transposed.matmul(dy).matmul(transposed).neg()]
  })
}

/**
 * The X for which `a @ X = b`. `b` is a matrix of columns, or a vector.
 *
 * Shape: `[..., N, N]` and `[..., N, K]`, or `[N, N]` and `[N]`; X has the shape of b.
 *
 * Errors: a singular matrix.
 *
 * @example linalg.solve(tensor([[2, 0], [0, 4]]), tensor([2, 4])) // tensor([1., 1.])
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  checkSquare("linalg.solve", a)
  if (!(b instanceof Tensor)) throw notATensor("linalg.solve", b, "a tensor")
  if (b.dtype !== a.dtype) throw wrongDType("linalg.solve", b, `a right side of the matrix's type, ${a.dtype}`)
  const n = a.shape[a.shape.length - 1] as number
  const vector =
    b.shape.length === 1 || (b.shape.length === a.shape.length - 1 && b.shape.join() === a.shape.slice(0, -1).join())
  if (vector) return solve(a, b.unsqueeze(-1)).squeeze(-1)
  if (b.shape[b.shape.length - 2] !== n) throw messages.rightSideRows("linalg.solve", a.shape, b.shape)
  const batch = broadcastShapes("linalg.solve", a.shape.slice(0, -2), b.shape.slice(0, -2))
  const columns = b.shape[b.shape.length - 1] as number
  const left = a.expand([...batch, n, n])
  const right = b.expand([...batch, n, columns])
  const sides = matricesOf(right.detach())
  const answers = matricesOf(left.detach()).map((matrix, i) => {
    const parts = luOf(matrix)
    if (parts.singular) throw messages.singularMatrix("linalg.solve", a.shape)
    return solveLU(parts, n, sides[i] as (typeof sides)[number]).data
  })
  const out = gathered(right, [n, columns], answers)
  if (!needsGradient(left, right)) return out
  return record(
    "solve",
    out,
    [left, right],
    (dy) => {
      const towardsRight = solve(left.mT(), dy)
      return [
        left.requiresGrad ? towardsRight.matmul(solve(left, right).mT()).neg() : null,
        right.requiresGrad ? towardsRight : null,
      ]
    },
    [left, right],
  )
}

/**
 * The determinant of a square matrix, or of each in a batch. Its gradient is right for singular matrices too.
 *
 * @example linalg.det(tensor([[1, 2], [3, 4]])) // tensor(-2.)
 */
export function det(a: Tensor): Tensor {
  checkSquare("linalg.det", a)
  const n = a.shape[a.shape.length - 1] as number
  const values = matricesOf(a).map((matrix) => {
    const { lu, sign } = luOf(matrix)
    let product = sign
    for (let i = 0; i < n; i++) product *= lu[i * n + i] as number
    return Float64Array.of(product)
  })
  const out = gathered(a, [], values)
  if (!needsGradient(a)) return out
  return record("det", out, [a], (dy) => [cofactors(a).mul(dy.unsqueeze(-1).unsqueeze(-1))], [a])
}

/** The matrix of cofactors, `det(a) · a⁻ᵀ` where there is an inverse. */
function cofactors(a: Tensor): Tensor {
  const n = a.shape[a.shape.length - 1] as number
  if (n === 0) return a.mul(0)
  if (n === 1) return a.mul(0).add(1)
  if (det(a.detach()).eq(0).any().item() === 0) return inv(a).mT().mul(det(a).unsqueeze(-1).unsqueeze(-1))
  const without = (x: Tensor, dim: number, i: number) =>
    cat([x.narrow(dim, 0, i), x.narrow(dim, i + 1, n - i - 1)], dim)
  const rows = Array.from({ length: n }, (_, i) =>
    cat(
      Array.from({ length: n }, (_, j) =>
        det(without(without(a, -2, i), -1, j))
          .mul((i + j) % 2 === 0 ? 1 : -1)
          .unsqueeze(-1)
          .unsqueeze(-1),
      ),
      -1,
    ),
  )
  return cat(rows, -2)
}

/** The sign of a determinant and the logarithm of its size. */
export interface SignLogDet {
  readonly sign: Tensor
  readonly logabsdet: Tensor
}

/**
 * The sign of the determinant and the logarithm of its absolute value, for determinants that would overflow.
 *
 * @example linalg.slogdet(tensor([[1, 2], [3, 4]])).logabsdet // tensor(0.6931)
 */
export function slogdet(a: Tensor): SignLogDet {
  checkSquare("linalg.slogdet", a)
  const n = a.shape[a.shape.length - 1] as number
  const parts = matricesOf(a).map(luOf)
  const diagonal = (lu: Float64Array) => Array.from({ length: n }, (_, i) => lu[i * n + i] as number)
  const signs = parts.map(({ lu, sign }) => Float64Array.of(diagonal(lu).reduce((s, d) => s * Math.sign(d), sign)))
  const logs = parts.map(({ lu }) => Float64Array.of(diagonal(lu).reduce((sum, d) => sum + Math.log(Math.abs(d)), 0)))
  const logabsdet = gathered(a, [], logs)
  const sign = gathered(a, [], signs)
  if (!needsGradient(a)) return { sign, logabsdet }
  const rule = (dy: Tensor) => [inv(a).mT().mul(dy.unsqueeze(-1).unsqueeze(-1))]
  return { sign, logabsdet: record("slogdet", logabsdet, [a], rule, [a]) }
}

/**
 * The lower triangle L with `L @ Lᵀ = a`, for a symmetric positive definite matrix, or each in a batch.
 *
 * Errors: a matrix that is not positive definite.
 *
 * @example linalg.cholesky(tensor([[4, 2], [2, 5]])) // tensor([[2., 0.],\n        [1., 2.]])
 */
export function cholesky(a: Tensor): Tensor {
  checkSquare("linalg.cholesky", a)
  const n = a.shape[a.shape.length - 1] as number
  const triangles = matricesOf(a).map((matrix) => {
    const triangle = choleskyOf(matrix)
    if (typeof triangle === "number") throw messages.notPositiveDefinite(a.shape, triangle)
    return triangle.data
  })
  const out = gathered(a, [n, n], triangles)
  if (!needsGradient(a)) return out
  // Source: Murray, "Differentiation of the Cholesky decomposition", 2016.
  return record(
    "cholesky",
    out,
    [a],
    (dy) => {
      const l = cholesky(a)
      const inverse = inv(l)
      const product = l.mT().matmul(dy).tril()
      const halved = product.sub(diagEmbed(product.diagonal(0, -2, -1).mul(0.5)))
      const da = inverse.mT().matmul(halved).matmul(inverse)
      return [da.add(da.mT()).mul(0.5)]
    },
    [a],
  )
}

/** Options of `solveTriangular`. */
export interface TriangularOptions {
  /** Whether the triangle is the upper one. */
  upper: boolean
  /** Whether the diagonal counts as ones. Default: false. */
  unitriangular?: boolean
}

/**
 * The X for which `a @ X = b`, where only one triangle of `a` counts.
 *
 * @example linalg.solveTriangular(tensor([[2, 9], [1, 4]]), tensor([[2], [5]]), { upper: false }) // tensor([[1.],\n        [1.]])
 */
export function solveTriangular(a: Tensor, b: Tensor, { upper, unitriangular = false }: TriangularOptions): Tensor {
  checkSquare("linalg.solveTriangular", a)
  const triangle = upper ? a.triu() : a.tril()
  if (!unitriangular) return solve(triangle, b)
  const ones = a.diagonal(0, -2, -1).mul(0).add(1)
  return solve(triangle.sub(diagEmbed(triangle.diagonal(0, -2, -1))).add(diagEmbed(ones)), b)
}

/**
 * A square matrix multiplied by itself `n` times; the inverse for negative n.
 *
 * @example linalg.matrixPower(tensor([[1, 1], [0, 1]]), 3) // tensor([[1., 3.],\n        [0., 1.]])
 */
export function matrixPower(a: Tensor, n: number): Tensor {
  checkSquare("linalg.matrixPower", a)
  if (!Number.isInteger(n)) throw badNumber("linalg.matrixPower", "n", n, "a whole number")
  if (n < 0) return matrixPower(inv(a), -n)
  if (n === 0) return diagEmbed(a.diagonal(0, -2, -1).mul(0).add(1))
  if (n === 1) return a
  const half = matrixPower(a, Math.floor(n / 2))
  const square = half.matmul(half)
  return n % 2 === 0 ? square : square.matmul(a)
}

/**
 * The exponential of a square matrix, `Σ aᵏ / k!`: its Taylor series on a matrix made small, squared back.
 *
 * @example linalg.matrixExp(tensor([[0, 1], [0, 0]])) // tensor([[1., 1.],\n        [0., 1.]])
 */
export function matrixExp(a: Tensor): Tensor {
  checkSquare("linalg.matrixExp", a)
  const wide = a.to("float64")
  if (a.count === 0) return a.mul(1)
  const size = wide.detach().abs().sum(-1).max().item()
  const halvings = Number.isFinite(size) ? Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-300))) + 2) : 0
  const small = wide.mul(2 ** -halvings) // norm at most 1/4, for which 14 terms are exact
  let sum = diagEmbed(wide.diagonal(0, -2, -1).mul(0).add(1))
  let term = sum
  for (let k = 1; k <= 14; k++) {
    term = term.matmul(small).mul(1 / k)
    sum = sum.add(term)
  }
  for (let i = 0; i < halvings; i++) sum = sum.matmul(sum)
  return sum.to(a.dtype)
}

/**
 * The product of several matrices, in the order that needs the fewest multiplications. The first may be a row, the last
 * a column, given as vectors.
 *
 * @example linalg.multiDot([ones([2, 3]), ones([3, 4]), ones([4, 1])]) // tensor([[12.],\n        [12.]])
 */
export function multiDot(matrices: readonly Tensor[]): Tensor {
  if (!Array.isArray(matrices) || matrices.length < 2)
    throw badNumber("linalg.multiDot", "matrices", matrices, "a list of at least two")
  for (const matrix of matrices) checkTensor("linalg.multiDot", matrix)
  if (matrices.length === 2) return (matrices[0] as Tensor).matmul(matrices[1] as Tensor)
  const sizes = matrices.map((matrix, i) => (i === 0 && matrix.shape.length === 1 ? 1 : (matrix.shape[0] as number)))
  const last = matrices[matrices.length - 1] as Tensor
  sizes.push(last.shape.length === 1 ? 1 : (last.shape[1] as number))
  const best = new Map<string, { cost: number; at: number }>()
  const cost = (from: number, to: number): number => {
    if (from === to) return 0
    const known = best.get(`${from} ${to}`)
    if (known !== undefined) return known.cost
    let found = { cost: Infinity, at: from }
    for (let at = from; at < to; at++) {
      const own = (sizes[from] as number) * (sizes[at + 1] as number) * (sizes[to + 1] as number)
      const total = cost(from, at) + cost(at + 1, to) + own
      if (total < found.cost) found = { cost: total, at }
    }
    best.set(`${from} ${to}`, found)
    return found.cost
  }
  cost(0, matrices.length - 1)
  const product = (from: number, to: number): Tensor => {
    if (from === to) return matrices[from] as Tensor
    const { at } = best.get(`${from} ${to}`) as { at: number }
    return product(from, at).matmul(product(at + 1, to))
  }
  return product(0, matrices.length - 1)
}

/**
 * The X for which `a @ X = b`, from the Cholesky factor of `a`.
 *
 * @example linalg.choleskySolve(tensor([[4]]), tensor([[2]])) // tensor([[1.]])
 */
export function choleskySolve(b: Tensor, factor: Tensor): Tensor {
  checkTensor("linalg.choleskySolve", b)
  const y = solveTriangular(factor, b, { upper: false })
  return solveTriangular(factor.mT(), y, { upper: true })
}

/**
 * The inverse of a tensor as a linear map from its last dimensions to its first `ind` ones.
 *
 * @example linalg.tensorinv(eye(4).reshape(2, 2, 4)).shape // [4, 2, 2]
 */
export function tensorinv(a: Tensor, ind = 2): Tensor {
  checkTensor("linalg.tensorinv", a)
  if (!Number.isInteger(ind) || ind < 1 || ind >= a.shape.length)
    throw badNumber("linalg.tensorinv", "ind", ind, `a whole number from 1 to ${a.shape.length - 1}`)
  const [first, last] = [a.shape.slice(0, ind), a.shape.slice(ind)]
  const rows = first.reduce((n, size) => n * size, 1)
  return inv(a.reshape([rows, -1])).reshape([...last, ...first])
}

/**
 * The X with `tensordot(a, X, X.ndim) = b`.
 *
 * @example linalg.tensorsolve(eye(4).reshape(2, 2, 4), ones([2, 2])) // tensor([1., 1., 1., 1.])
 */
export function tensorsolve(a: Tensor, b: Tensor): Tensor {
  checkTensor("linalg.tensorsolve", a)
  checkTensor("linalg.tensorsolve", b)
  const shape = a.shape.slice(b.shape.length)
  return solve(a.reshape([b.count, -1]), b.reshape([-1])).reshape(shape)
}

/** Options of `choleskyInverse`. */
export interface CholeskyInverseOptions {
  /** Whether the triangle is an upper one, `a = Rᵀ @ R`. Default: false. */
  upper?: boolean
}

/**
 * The inverse of a symmetric positive definite matrix, from its triangle of `cholesky`.
 *
 * @example linalg.choleskyInverse(tensor([[2, 0], [0, 4]])) // tensor([[0.2500, 0.0000],\n        [0.0000, 0.0625]])
 */
export function choleskyInverse(l: Tensor, { upper = false }: CholeskyInverseOptions = {}): Tensor {
  checkSquare("linalg.choleskyInverse", l)
  const triangle = upper ? l.triu().mT() : l.tril()
  const inverse = solveTriangular(triangle, eye(l.shape[l.shape.length - 1] as number, { dtype: l.dtype }), {
    upper: false,
  })
  return inverse.mT().matmul(inverse)
}
