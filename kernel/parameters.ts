import { cellNames, type NameKind, parseCell } from "./cell-names.js"
import type { CodeCell, Notebook } from "./notebook.js"
import { NotebookError } from "./notebook.js"

/** Values for the parameters of a notebook, by name. */
export type Parameters = ReadonlyMap<string, unknown>

const parametersTag = "parameters"
const injectedTag = "injected-parameters"

/** What `NAME=VALUE` of a command line means: a value of JSON where it is one, else the text itself. */
export function readParameter(text: string): [name: string, value: unknown] | undefined {
  const [, name, value = ""] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=([\s\S]*)$/u.exec(text) ?? []
  if (name === undefined) return undefined
  try {
    return [name, JSON.parse(value)]
  } catch {
    return [name, value]
  }
}

/** Joins `-p NAME VALUE`, as papermill has it, to `-p NAME=VALUE`. */
export function joinParameters(args: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    const [option = "", name, value] = args.slice(i, i + 3)
    if ((option === "-p" || option === "--parameter") && name !== undefined && !name.includes("=")) {
      joined.push(option, value === undefined ? name : `${name}=${value}`)
      i += 2
    } else {
      joined.push(option)
    }
  }
  return joined
}

/**
 * Puts a cell with the values behind the cell that is tagged `parameters`, as papermill does; one from an earlier run goes.
 * Parameters declared with `let` are assigned, so that the type they were given there holds for the value too.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters, path: string): void {
  if (parameters.size === 0) return
  notebook.cells = notebook.cells.filter((cell) => !hasTag(cell, injectedTag))
  const at = notebook.cells.findIndex((cell) => cell.cell_type === "code" && hasTag(cell, parametersTag))
  if (at < 0) {
    throw new NotebookError(`${path} has no parameters: tag the cell that declares them "${parametersTag}"`)
  }
  const declared = declaredIn(notebook.cells[at]?.source ?? "")
  const lines = [...parameters].map(([name, value]) => {
    const kind = declared.get(name)
    if (kind === undefined) {
      const names = [...declared.keys()].join(", ") || "none"
      throw new NotebookError(`${path} has no parameter "${name}"; there are ${names}`)
    }
    return `${kind === "let" ? "" : "const "}${name} = ${JSON.stringify(value)}`
  })
  const cell: CodeCell = {
    cell_type: "code",
    id: "injected-parameters",
    source: `// Parameters\n${lines.join("\n")}`,
    metadata: { tags: [injectedTag] },
    execution_count: null,
    outputs: [],
  }
  notebook.cells.splice(at + 1, 0, cell)
}

function declaredIn(source: string): Map<string, NameKind> {
  const { declared } = cellNames(parseCell(source))
  return new Map([...declared].filter(([, kind]) => kind === "let" || kind === "const"))
}

function hasTag({ metadata }: { metadata: Record<string, unknown> }, tag: string): boolean {
  return Array.isArray(metadata.tags) && metadata.tags.includes(tag)
}
