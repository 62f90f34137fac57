import { cellNames, type NameKind, parseCell } from "./cell-names.js"

/** The module, never written to disk, through which cells see one another. */
export const hubName = "cellgrad-hub"

/** The file name, without folder, of the module that holds the cell committed as number `index`. */
export function cellModule(index: number): string {
  return `cellgrad-cell-${index}`
}

/** A cell as TypeScript sees it: one line of imports, the user's lines, one line of exports. */
export interface CellText {
  readonly text: string
  readonly wrapped: boolean
}

interface Declared {
  readonly kind: NameKind
  readonly cell: number
}

const runtime = "__cellgrad"
/** Types of the language that the runtime has a class of the same name for; with type arguments the language's is meant. */
const builtInGenerics = new Set(["Generator"])
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu

/**
 * Which name each committed cell declared, and how the next cell gets at it.
 *
 * Every cell is a module. It imports only the hub and the runtime, whatever it uses: while a module's list of imports
 * stays the same, the language server reuses its whole program, so that a check costs the same after 200 cells as
 * after two. The hub re-exports each cell as a namespace, `__cell3`, and a name of cell 3 comes in as
 * `import Net = __cell3.Net`, or, as it must stay assignable, `declare let loss: typeof __cell3.loss`.
 */
export class CellScope {
  readonly #names = new Map<string, Declared>()
  /** The cells that declare something, each with the cells that its module imports from. */
  readonly #cells = new Map<number, ReadonlySet<number>>()
  #runtimeNames: ReadonlySet<string> = new Set()

  /** What the runtime exports; every cell may use it without an import. */
  set runtimeNames(names: Iterable<string>) {
    this.#runtimeNames = new Set(names)
  }

  get runtimeNames(): ReadonlySet<string> {
    return this.#runtimeNames
  }

  /** The text of the hub for the cells committed so far. */
  hub(): string {
    const lines = [...this.#cells.keys()].map((cell) => `export * as __cell${cell} from "./${cellModule(cell)}"`)
    return `${lines.join("\n")}\nexport {}\n`
  }

  /** The module text of a cell that is about to run; `all` brings in every known name, for completion. */
  cellText(code: string, { all = false } = {}): CellText {
    const parsed = parseCell(code)
    const { declared, exported } = cellNames(parsed)
    const prelude = this.#prelude(code, declared, all ? undefined : new Set(code.match(identifier)))
    const exports = [...declared.keys()].filter((name) => !exported.has(name))
    const [open, close] = parsed.isObject ? ["(", ")"] : ["", ""]
    return { text: `${prelude}${open}\n${code}\n${close}export { ${exports.join(", ")} }\n`, wrapped: parsed.isObject }
  }

  /** Makes the names of a cell known to later ones; returns its module text, or undefined when it declares nothing. */
  commit(code: string, cell: number): string | undefined {
    const parsed = parseCell(code)
    if (parsed.errors.length > 0) return undefined
    const { declared } = cellNames(parsed)
    if (declared.size === 0) return undefined
    const { text } = this.cellText(code)
    for (const [name, kind] of declared) {
      const earlier = this.#names.get(name)
      // An import brings in both meanings of a name that is a type in one cell and a value in another.
      const merged = earlier !== undefined && !shadowed(earlier.kind, kind)
      this.#names.set(name, { kind: merged ? "import" : kind, cell })
    }
    this.#cells.set(cell, new Set(Array.from(text.matchAll(/\b__cell(\d+)\./g), ([, number]) => Number(number))))
    return text
  }

  /**
   * Drops the cells whose names were all declared anew and that no other module imports from; says which. A cell that
   * is run a thousand times thus leaves one module behind, not a thousand.
   */
  forgetDead(): number[] {
    const alive = new Set<number>()
    const visit = (cell: number) => {
      if (alive.has(cell)) return
      alive.add(cell)
      for (const imported of this.#cells.get(cell) ?? []) visit(imported)
    }
    for (const { cell } of this.#names.values()) visit(cell)
    const dead = [...this.#cells.keys()].filter((cell) => !alive.has(cell))
    for (const cell of dead) this.#cells.delete(cell)
    return dead
  }

  #prelude(code: string, declared: ReadonlyMap<string, NameKind>, used: ReadonlySet<string> | undefined): string {
    const cells = new Set<number>()
    const lines: string[] = []
    for (const [name, { kind, cell }] of this.#names) {
      if (used && !used.has(name)) continue
      if (shadowed(kind, declared.get(name))) continue
      cells.add(cell)
      const from = `__cell${cell}.${name}`
      lines.push(kind === "let" ? `declare let ${name}: typeof ${from};` : `import ${name} = ${from};`)
    }
    for (const name of this.#runtimeNames) {
      if (used && !used.has(name)) continue
      if (builtInGenerics.has(name) && new RegExp(`\\b${name}\\s*<`).test(code)) continue
      if (!declared.has(name) && !this.#names.has(name)) lines.push(`import ${name} = ${runtime}.${name};`)
    }
    const namespaces = [...cells].map((cell) => `__cell${cell}`).join(", ")
    // The empty statement ends the imports: without it the server takes what follows for a part of `import x = y`.
    return `import * as ${runtime} from "cellgrad"; import { ${namespaces} } from "./${hubName}"; ${lines.join(" ")};`
  }
}

/** Whether a declaration in the cell hides the earlier one; a type and a value may share a name, as in one file. */
function shadowed(earlier: NameKind, own: NameKind | undefined): boolean {
  if (own === undefined) return false
  return (isType(earlier) && isType(own)) || (earlier !== "type" && own !== "type")
}

function isType(kind: NameKind): boolean {
  return kind !== "let" && kind !== "const" && kind !== "function"
}
