import { CellgradError } from "../tensor/errors.js"

/** A column that is not there, or whose values cannot be used as they are. */
export class ColumnError extends CellgradError {
  override name = "ColumnError"
}

/** A file or a text that cannot be read as a table. */
export class ReadError extends CellgradError {
  override name = "ReadError"
}
