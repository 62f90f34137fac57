import { currentBackend } from "../native/current.js"
import type { DType } from "../native/dtype.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { type ColumnSource, writeNumbers } from "./columns.js"

/** Columns of numbers and booleans side by side: `[numRows, names.length]`. Throws for any other value, naming its column. */
export function columnTensor(call: string, table: ColumnSource, names: readonly string[], dtype: DType): Tensor {
  const out = uninitialized([table.numRows, names.length], dtype)
  const columns = names.map((name) => ({ name, values: table.values(name) }))
  const packed = columns.map(({ values }) => values).filter((values) => values instanceof Float64Array)
  if (dtype === "float32" && packed.length === names.length && currentBackend().columnsToRows(packed, out)) return out
  // In stretches of rows, so that the lines of memory they share are still at hand for the next column.
  for (let start = 0; start < table.numRows; start += 1024) {
    const end = Math.min(table.numRows, start + 1024)
    columns.forEach(({ name, values }, offset) => {
      writeNumbers(call, name, values, { out: out.storage.data, offset, stride: names.length }, start, end)
    })
  }
  return out
}
