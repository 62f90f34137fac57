import { checkTensor } from "../tensor/check.js"
import { badNumber, wrongRank } from "../tensor/messages.js"
import { broadcastShapes, normalizeDim, normalizeDims } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { triuIndices } from "./creation.js"
import { stack } from "./join.js"
import { bmm, matmul, outer } from "./matmul.js"
import * as messages from "./messages.js"
import { indexSelect } from "./select.js"
import { unbind } from "./shape.js"

/**
 * The cross product of vectors of three elements along a dimension.
 *
 * @example tensor([1, 0, 0]).cross(tensor([0, 1, 0])) // tensor([0., 0., 1.])
 */
export function cross(a: Tensor, b: Tensor, dim = -1): Tensor {
  checkTensor("cross", a)
  const shape = broadcastShapes("cross", a.shape, b.shape)
  const d = normalizeDim("cross", dim, shape)
  if (a.shape.length !== b.shape.length || shape[d] !== 3)
    throw wrongRank("cross", shape, "two tensors of one rank with 3 elements along the dimension")
  const [a0, a1, a2] = a.expand(shape).unbind(d) as [Tensor, Tensor, Tensor]
  const [b0, b1, b2] = b.expand(shape).unbind(d) as [Tensor, Tensor, Tensor]
  return stack([a1.mul(b2).sub(a2.mul(b1)), a2.mul(b0).sub(a0.mul(b2)), a0.mul(b1).sub(a1.mul(b0))], d)
}

/**
 * The Kronecker product: every element of `a` times all of `b`, as blocks.
 *
 * @example tensor([1, 10]).kron(tensor([1, 2])) // tensor([ 1.,  2., 10., 20.])
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  checkTensor("kron", a)
  const rank = Math.max(a.shape.length, b.shape.length)
  const filled = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape]
  const rows = filled(a.shape)
  const blocks = filled(b.shape)
  const left = a.reshape(rows.flatMap((size) => [size, 1])) // [a0, 1, a1, 1, ...]
  const right = b.reshape(blocks.flatMap((size) => [1, size])) // [1, b0, 1, b1, ...]
  return left.mul(right).reshape(rows.map((size, d) => size * (blocks[d] as number)))
}

/**
 * The product summed over dimensions: over the last `dims` of `a` and the first of `b`, or over the dimensions named.
 *
 * Shape: what is left of `a`, then what is left of `b`.
 *
 * @example ones([2, 3]).tensordot(ones([3, 4]), 1).shape // [2, 4]
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  checkTensor("tensordot", a)
  if (typeof dims === "number") {
    const most = Math.min(a.shape.length, b.shape.length)
    if (!Number.isInteger(dims) || dims < 0 || dims > most)
      throw badNumber("tensordot", "dims", dims, `a whole number up to ${most}`)
    const last = Array.from({ length: dims }, (_, i) => a.shape.length - dims + i)
    return tensordot(a, b, [last, last.map((_, i) => i)])
  }
  const over = normalizeDims("tensordot", dims[0], a.shape)
  const with_ = normalizeDims("tensordot", dims[1], b.shape)
  const sizes = (shape: readonly number[], list: readonly number[]) => list.map((d) => shape[d] as number)
  const summed = sizes(a.shape, over)
  if (summed.join() !== sizes(b.shape, with_).join())
    throw messages.shapesDiffer("tensordot", ["sizes of a", "sizes of b"], summed, sizes(b.shape, with_))
  const left = a.shape.map((_, d) => d).filter((d) => !over.includes(d))
  const right = b.shape.map((_, d) => d).filter((d) => !with_.includes(d))
  const count = summed.reduce((n, size) => n * size, 1)
  const size = (shape: readonly number[], list: readonly number[]) => sizes(shape, list).reduce((n, s) => n * s, 1)
  const rows = a.permute([...left, ...over]).reshape([size(a.shape, left), count])
  const columns = b.permute([...with_, ...right]).reshape([count, size(b.shape, right)])
  return matmul(rows, columns).reshape([...sizes(a.shape, left), ...sizes(b.shape, right)])
}

/**
 * `beta · x + alpha · (a @ b)` of matrices.
 *
 * @example zeros([1, 1]).addmm(tensor([[1, 2]]), tensor([[3], [4]])) // tensor([[11.]])
 */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: SumOptions = {}): Tensor {
  checkTensor("addmm", x)
  if (a.shape.length !== 2) throw wrongRank("addmm", a.shape, "two matrices")
  if (b.shape.length !== 2) throw wrongRank("addmm", b.shape, "two matrices")
  return scaledSum(x, matmul(a, b), options)
}

/**
 * The Euclidean (or p-) distance between every row of `a` and every row of `b`.
 *
 * Shape: `[..., M, K]` and `[..., N, K]` give `[..., M, N]`.
 *
 * @example cdist(tensor([[0, 0]]), tensor([[3, 4], [0, 1]])) // tensor([[5., 1.]])
 */
export function cdist(a: Tensor, b: Tensor, p = 2): Tensor {
  checkTensor("cdist", a)
  if (a.shape.length < 2) throw wrongRank("cdist", a.shape, "rows of points, [..., M, K]")
  if (b.shape.length < 2) throw wrongRank("cdist", b.shape, "rows of points, [..., N, K]")
  return a.unsqueeze(-2).sub(b.unsqueeze(-3)).norm(p, -1) // [..., M, N]
}

/**
 * The Euclidean (or p-) distances between the rows of a matrix, each pair once: `(0, 1), (0, 2), …, (1, 2), …`.
 *
 * Shape: `[N, K]` gives `[N (N - 1) / 2]`.
 *
 * @example pdist(tensor([[0, 0], [3, 4], [0, 1]])) // tensor([5.0000, 1.0000, 4.2426])
 */
export function pdist(x: Tensor, p = 2): Tensor {
  checkTensor("pdist", x)
  if (x.shape.length !== 2) throw wrongRank("pdist", x.shape, "rows of points, [N, K]")
  const [above, below] = unbind(triuIndices(x.size(0), x.size(0), 1), 0) as [Tensor, Tensor]
  return indexSelect(x, 0, above)
    .sub(indexSelect(x, 0, below))
    .norm(p, -1)
}

/** Factors of a sum of products: `beta` of what is there, `alpha` of the product. */
export interface SumOptions {
  /** Default: 1. */
  beta?: number
  /** Default: 1. */
  alpha?: number
}

function scaledSum(x: Tensor, product: Tensor, { beta = 1, alpha = 1 }: SumOptions): Tensor {
  return x.mul(beta).add(alpha === 1 ? product : product.mul(alpha))
}

/**
 * `beta · x + alpha · (a @ b)` of a matrix and a vector.
 *
 * @example zeros([1]).addmv(tensor([[1, 2]]), tensor([3, 4])) // tensor([11.])
 */
export function addmv(x: Tensor, a: Tensor, b: Tensor, options: SumOptions = {}): Tensor {
  checkTensor("addmv", x)
  if (a.shape.length !== 2) throw wrongRank("addmv", a.shape, "a matrix and a vector")
  if (b.shape.length !== 1) throw wrongRank("addmv", b.shape, "a matrix and a vector")
  return scaledSum(x, matmul(a, b), options)
}

/**
 * `beta · x + alpha · (a ⊗ b)` of two vectors: their outer product added to a matrix.
 *
 * @example zeros([2, 2]).addr(tensor([1, 2]), tensor([3, 4])) // tensor([[3., 4.],\n        [6., 8.]])
 */
export function addr(x: Tensor, a: Tensor, b: Tensor, options: SumOptions = {}): Tensor {
  checkTensor("addr", x)
  return scaledSum(x, outer(a, b), options)
}

/**
 * `beta · x + alpha · (a @ b)` of batches of matrices.
 *
 * @example zeros([2, 1, 1]).baddbmm(ones([2, 1, 3]), ones([2, 3, 1])).tolist() // [[[3]], [[3]]]
 */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: SumOptions = {}): Tensor {
  checkTensor("baddbmm", x)
  return scaledSum(x, bmm(a, b), options)
}

/**
 * `beta · x + alpha · Σ (a @ b)` of batches of matrices, summed over the batch.
 *
 * @example zeros([1, 1]).addbmm(ones([2, 1, 3]), ones([2, 3, 1])) // tensor([[6.]])
 */
export function addbmm(x: Tensor, a: Tensor, b: Tensor, options: SumOptions = {}): Tensor {
  checkTensor("addbmm", x)
  return scaledSum(x, bmm(a, b).sum(0), options)
}

/**
 * The p-norm of the difference of two tensors.
 *
 * @example tensor([0, 3]).dist(tensor([4, 0])) // tensor(5.)
 */
export function dist(a: Tensor, b: Tensor, p = 2): Tensor {
  checkTensor("dist", a)
  return a.sub(b).norm(p)
}
