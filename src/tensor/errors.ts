/** One aligned line under an error's first line: an operand's role, what it is, and what matters about it. */
export interface ErrorRow {
  readonly role: string
  readonly what: string
  readonly note?: string
}

/** The data of an error; its text is rendered from it once. */
export interface ErrorDetails {
  /** The call in the user's words, with full shapes. */
  readonly call: string
  readonly rows?: readonly ErrorRow[]
  /** The rule, with the numbers that break it. */
  readonly rule: string
  /** What to do, only for a mistake that is recognised. */
  readonly hint?: string | undefined
  /** The modules the call was made in, outermost first. */
  readonly path?: readonly string[]
}

function render({ call, rows = [], rule, hint, path = [] }: ErrorDetails): string {
  const roleWidth = Math.max(0, ...rows.map((row) => row.role.length))
  const whatWidth = Math.max(0, ...rows.map((row) => row.what.length))
  const lines = rows.map(({ role, what, note }) =>
    `  ${role.padEnd(roleWidth)}  ${what.padEnd(whatWidth)}  ${note ?? ""}`.trimEnd(),
  )
  return [
    call,
    ...lines,
    rule,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...(path.length === 0 ? [] : [`in ${path.join(" > ")}`]),
  ].join("\n")
}

/** What the library throws: the call, the operands, the rule and a hint as data, and a message made of them. */
export class CellgradError extends Error {
  override name = "CellgradError"
  readonly call: string
  readonly rows: readonly ErrorRow[]
  readonly rule: string
  readonly hint: string | undefined
  path: readonly string[]

  constructor(details: ErrorDetails) {
    super(render(details))
    this.call = details.call
    this.rows = details.rows ?? []
    this.rule = details.rule
    this.hint = details.hint
    this.path = details.path ?? []
    // All of it stands in the message: where an error is shown with its properties, it is not to be read twice.
    for (const key of ["call", "rows", "rule", "hint", "path"]) Object.defineProperty(this, key, { enumerable: false })
  }

  /** Names the module that the call was made in, outermost first; a module's call adds itself on the way out. */
  addToPath(module: string): void {
    this.path = [module, ...this.path]
    this.message = render(this)
  }
}

/** Shapes that do not fit together. */
export class ShapeError extends CellgradError {
  override name = "ShapeError"
}

/** An element type that the operation does not take. */
export class DTypeError extends CellgradError {
  override name = "DTypeError"
}

/** An index, a dimension or a slice that is out of range. */
export class IndexError extends CellgradError {
  override name = "IndexError"
}

/** A backward pass, a gradient or a write in place that cannot be done. */
export class GradientError extends CellgradError {
  override name = "GradientError"
}

/** An argument whose value makes no sense, such as a negative probability. */
export class ArgumentError extends CellgradError {
  override name = "ArgumentError"
}
