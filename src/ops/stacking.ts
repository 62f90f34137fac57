import { checkTensor } from "../tensor/check.js"
import { badNumber, wrongRank } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import { diagEmbed, tensorSplit } from "./arrange.js"
import { cat, checkList } from "./join.js"
import { pad } from "./pad.js"

// Tensors beside, on top of and behind each other, and apart again, with the ranks that this needs.

/**
 * A scalar as a vector of one element; everything else as it is.
 *
 * @example atleast1d(tensor(5)) // tensor([5.])
 */
export function atleast1d(x: Tensor): Tensor {
  checkTensor("atleast1d", x)
  return x.shape.length === 0 ? x.reshape([1]) : x
}

/**
 * At least a matrix: a vector becomes a row.
 *
 * @example atleast2d(tensor([1, 2])) // tensor([[1., 2.]])
 */
export function atleast2d(x: Tensor): Tensor {
  checkTensor("atleast2d", x)
  return x.shape.length < 2 ? x.reshape([1, x.count]) : x
}

/**
 * At least three dimensions: a matrix gets a last dimension of 1, a vector one on either side.
 *
 * @example atleast3d(zeros([2, 3])).shape // [2, 3, 1]
 */
export function atleast3d(x: Tensor): Tensor {
  checkTensor("atleast3d", x)
  return x.shape.length < 2 ? x.reshape([1, x.count, 1]) : x.shape.length === 2 ? x.unsqueeze(-1) : x
}

/**
 * Tensors behind each other, along the third dimension.
 *
 * @example dstack([tensor([1, 2]), tensor([3, 4])]) // tensor([[[1., 3.],\n         [2., 4.]]])
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  checkList("dstack", tensors)
  return cat(tensors.map(atleast3d), 2)
}

function splitAlong(
  name: string,
  x: Tensor,
  sections: number | readonly number[],
  dim: number,
  least: number,
): Tensor[] {
  if (x.shape.length < least) throw wrongRank(name, x.shape, `at least ${least} dimension${least === 1 ? "" : "s"}`)
  const size = x.shape[dim] as number
  if (typeof sections === "number" && size % sections !== 0)
    throw badNumber(name, "sections", sections, `a divisor of ${size}, the size of the dimension`)
  return tensorSplit(x, sections, dim)
}

/**
 * The tensor cut side by side: a vector along its only dimension, everything else along the second.
 *
 * @example tensor([1, 2, 3, 4]).hsplit(2).map(String) // ["tensor([1., 2.])", "tensor([3., 4.])"]
 */
export function hsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  checkTensor("hsplit", x)
  return splitAlong("hsplit", x, sections, x.shape.length === 1 ? 0 : 1, 1)
}

/**
 * The tensor cut into rows.
 *
 * @example tensor([[1, 2], [3, 4]]).vsplit(2).map(String) // ["tensor([[1., 2.]])", "tensor([[3., 4.]])"]
 */
export function vsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  checkTensor("vsplit", x)
  return splitAlong("vsplit", x, sections, 0, 2)
}

/**
 * The tensor cut along the third dimension.
 *
 * @example zeros([1, 2, 4]).dsplit(2).map((part) => part.shape) // [[1, 2, 2], [1, 2, 2]]
 */
export function dsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  checkTensor("dsplit", x)
  return splitAlong("dsplit", x, sections, 2, 3)
}

/**
 * A matrix with the given matrices along its diagonal, and zeros elsewhere. Vectors count as rows.
 *
 * @example blockDiag(tensor([[1, 2]]), tensor([[3], [4]])) // tensor([[1., 2., 0.],\n        [0., 0., 3.],\n        [0., 0., 4.]])
 */
export function blockDiag(...tensors: Tensor[]): Tensor {
  checkList("blockDiag", tensors)
  const blocks = tensors.map(atleast2d)
  for (const block of blocks) if (block.shape.length > 2) throw wrongRank("blockDiag", block.shape, "matrices")
  const width = blocks.reduce((sum, block) => sum + (block.shape[1] as number), 0)
  let left = 0
  return cat(
    blocks.map((block) => {
      const columns = block.shape[1] as number
      const row = pad(block, [left, width - left - columns])
      left += columns
      return row
    }),
  )
}

/**
 * Any tensor as the diagonal of a matrix: `diag` of its elements in order.
 *
 * @example tensor([[1, 2]]).diagflat() // tensor([[1., 0.],\n        [0., 2.]])
 */
export function diagflat(x: Tensor, offset = 0): Tensor {
  checkTensor("diagflat", x)
  return diagEmbed(x.reshape([-1]), offset)
}

/** Options of `vander`. */
export interface VanderOptions {
  /** Whether the powers grow from left to right. Default: false. */
  increasing?: boolean
}

/**
 * Vandermonde's matrix: the powers of each element of a vector in a row, as many as the vector has elements or `columns`.
 *
 * @example vander(tensor([1, 2, 3])) // tensor([[1., 1., 1.],\n        [4., 2., 1.],\n        [9., 3., 1.]])
 */
export function vander(x: Tensor, columns?: number, { increasing = false }: VanderOptions = {}): Tensor {
  checkTensor("vander", x)
  if (x.shape.length !== 1) throw wrongRank("vander", x.shape, "a vector")
  const count = columns ?? x.count
  if (!Number.isInteger(count) || count < 0)
    throw badNumber("vander", "columns", count, "a whole number that is not negative")
  const powers = Array.from({ length: count }, (_, i) => x.pow(increasing ? i : count - 1 - i).unsqueeze(1))
  return powers.length === 0 ? x.unsqueeze(1).narrow(1, 0, 0) : cat(powers, 1)
}
