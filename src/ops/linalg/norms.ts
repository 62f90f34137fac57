import { checkTensor } from "../../tensor/check.js"
import { badOption } from "../../tensor/messages.js"
import type { Tensor } from "../../tensor/tensor.js"
import { type Dims, norm, type ReduceOptions } from "../reduce.js"
import { checkMatrices } from "./batch.js"
import { svdvals } from "./decompose.js"
import { inv } from "./solve.js"

/**
 * The norm of vectors over some dimensions, or of all elements: `(Σ |x|ᵖ)^(1/p)`; 0 counts the elements that are not 0,
 * ±Infinity is the largest or smallest size.
 *
 * @example linalg.vectorNorm(tensor([3, -4]), 1) // tensor(7.)
 */
export function vectorNorm(x: Tensor, ord = 2, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("linalg.vectorNorm", x)
  if (ord === 0) return x.detach().ne(0).to(x.dtype).sum(dim, options)
  if (ord === -Infinity) return x.abs().amin(dim, options)
  return norm(x, ord, dim, options)
}

/** Which norm of a matrix. */
export type MatrixOrder = "fro" | "nuc" | 1 | -1 | 2 | -2 | number

/**
 * The norm of a matrix, or of each in a batch: `"fro"` (Frobenius), `"nuc"` (the sum of the singular values), 1 and -1
 * (the largest and smallest column sum), ±Infinity (row sum), 2 and -2 (singular value).
 *
 * @example linalg.matrixNorm(tensor([[1, 2], [3, 4]]), 1) // tensor(6.)
 */
export function matrixNorm(a: Tensor, ord: MatrixOrder = "fro", { keepdim = false }: ReduceOptions = {}): Tensor {
  checkMatrices("linalg.matrixNorm", a)
  const kept = (x: Tensor) => (keepdim ? x.unsqueeze(-1).unsqueeze(-1) : x)
  if (ord === "fro") return norm(a, 2, [-2, -1], { keepdim })
  if (ord === "nuc") return kept(svdvals(a).sum(-1))
  if (ord === 2) return kept(svdvals(a).amax(-1))
  if (ord === -2) return kept(svdvals(a).amin(-1))
  if (ord === 1) return kept(a.abs().sum(-2).amax(-1))
  if (ord === -1) return kept(a.abs().sum(-2).amin(-1))
  if (ord === Infinity) return kept(a.abs().sum(-1).amax(-1))
  if (ord === -Infinity) return kept(a.abs().sum(-1).amin(-1))
  throw badOption("linalg.matrixNorm", "ord", ord, ["fro", "nuc", "1", "-1", "2", "-2", "Infinity", "-Infinity"])
}

/**
 * The condition number of a matrix: how much it can magnify an error. With an order, the product of the norms of the
 * matrix and its inverse.
 *
 * @example linalg.cond(tensor([[2, 0], [0, 4]])) // tensor(2.)
 */
export function cond(a: Tensor, ord?: MatrixOrder): Tensor {
  checkMatrices("linalg.cond", a)
  if (ord === undefined || ord === 2) {
    const values = svdvals(a)
    return values.amax(-1).div(values.amin(-1))
  }
  return matrixNorm(a, ord).mul(matrixNorm(inv(a), ord))
}

/**
 * The dot products of vectors along a dimension; everything else broadcasts.
 *
 * @example linalg.vecdot(tensor([[1, 2], [3, 4]]), tensor([1, 10])) // tensor([21., 43.])
 */
export function vecdot(a: Tensor, b: Tensor, dim = -1): Tensor {
  checkTensor("linalg.vecdot", a)
  return a.mul(b).sum(dim)
}
