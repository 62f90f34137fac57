import * as messages from "./messages.js"
import { isTensorLike, readNumbers, type TensorLike } from "./numbers.js"

/** Rows and columns of numbers, row by row. */
export interface Matrix {
  rows: number
  columns: number
  data: readonly number[]
}

/** A matrix from nested arrays or a tensor of rank 2 (leading sizes of 1 are dropped). */
export function readMatrix(call: string, role: string, values: Iterable<unknown> | TensorLike): Matrix {
  if (isTensorLike(values)) {
    const shape = [...values.shape]
    while (shape.length > 2 && shape[0] === 1) shape.shift()
    const [rows, columns] = shape
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      throw messages.notARectangle(call, role, `[${values.shape.join(", ")}]`)
    }
    return { rows, columns, data: Array.from(values.toTypedArray(), Number) }
  }
  const rows = Array.from(values, (row, i) => readNumbers(call, `${role}[${i}]`, row))
  const columns = rows[0]?.length ?? 0
  const ragged = rows.findIndex((row) => row.length !== columns)
  if (ragged >= 0) {
    throw messages.notARectangle(call, role, `row 0 has ${columns} values, row ${ragged} has ${rows[ragged]?.length}`)
  }
  return { rows: rows.length, columns, data: rows.flat() }
}
