import { readElements } from "../../native/strided.js"
import { uninitialized } from "../../tensor/allocate.js"
import { notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

/** A matrix of float64 numbers, row by row: what the algorithms work on, whatever the dtype of the tensor. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/** A matrix of zeros. */
export function newMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) }
}

/** A copy of a matrix. */
export function copyMatrix({ rows, columns, data }: Matrix): Matrix {
  return { rows, columns, data: data.slice() }
}

/** A tensor that must hold matrices of fractions. */
export function checkMatrices(name: string, x: Tensor): Tensor {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a matrix or a batch of matrices")
  if (x.shape.length < 2) throw wrongRank(name, x.shape, "a matrix or a batch of matrices")
  if (!isFloatingPoint(x.dtype)) throw wrongDType(name, x, "fractions", "convert first: x.float().")
  return x
}

/** A tensor that must hold square matrices of fractions. */
export function checkSquare(name: string, x: Tensor): Tensor {
  checkMatrices(name, x)
  if (x.shape[x.shape.length - 1] !== x.shape[x.shape.length - 2]) throw messages.notSquare(name, x.shape)
  return x
}

/** The matrices of a batch, one after the other, as copies in float64. */
export function matricesOf(x: Tensor): Matrix[] {
  const rows = x.shape[x.shape.length - 2] as number
  const columns = x.shape[x.shape.length - 1] as number
  const elements = readElements(x)
  const size = rows * columns
  const count = x.shape.slice(0, -2).reduce((n, s) => n * s, 1)
  return Array.from({ length: count }, (_, i) => ({
    rows,
    columns,
    data: Float64Array.from(elements.subarray(i * size, (i + 1) * size)),
  }))
}

/** Results of all matrices of a batch as one tensor: the batch's dimensions, then the given shape. */
export function gathered(like: Tensor, shape: readonly number[], results: readonly Float64Array[]): Tensor {
  const out = uninitialized([...like.shape.slice(0, -2), ...shape], like.dtype)
  let start = 0
  for (const result of results) {
    out.storage.data.set(result, start)
    start += result.length
  }
  return out
}
