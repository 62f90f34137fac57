import { cellNames, type NameKind, parseCell, variableTexts } from "./cell-names.js"
import { jsxComment, looksLikeJsx } from "./jsx.js"

/** The module, never written to disk, through which cells see one another. */
export const hubName = "cellgrad-hub"

/** The file name, without folder, of the module number `slot`, which holds a cell. */
export function cellModule(slot: number): string {
  return `cellgrad-cell-${slot}`
}

/** A cell as TypeScript sees it: one line of imports, the user's lines, one line of exports. */
export interface CellText {
  readonly text: string
  readonly isJsx: boolean
}

interface Declared {
  readonly kind: NameKind
  readonly slot: number
  /**
   * What follows the name where a few words say it, `: number` or ` = 5`. Later cells then need neither this one's module
   * nor to work its type out anew, cell by cell.
   */
  readonly rest?: string
}

const runtime = "__cellgrad"
const primitive = /^(?:number|string|boolean|bigint|symbol|null|undefined|true|false)$/
/** Types of the language that the runtime has a class of the same name for; with type arguments the language's is meant. */
const builtInGenerics = new Set(["Generator"])
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu

/**
 * Which name each committed cell declared, and how the next cell gets at it.
 *
 * Every cell is a module. It imports only the hub and the runtime, whatever it uses; the hub re-exports every module as a
 * namespace, `__cell3`, and a name of the cell in it comes in as `import Net = __cell3.Net`, or, as it must stay
 * assignable, `declare let loss: typeof __cell3.loss`.
 *
 * The modules are there, empty, before their cells are: a cell is checked in the next free one, and stays there once it
 * ran. So a cell changes one text and nobody's list of imports, and the language server reuses its whole program: a
 * check costs the same after 200 cells as after two.
 */
export class CellScope {
  readonly #names = new Map<string, Declared>()
  /** The modules that declare something: of which cell, and the modules that they import from. */
  readonly #cells = new Map<number, { readonly cell: number; readonly imports: ReadonlySet<number> }>()
  #free: number[] = []
  #slots = 0
  #runtimeNames: ReadonlySet<string> = new Set()

  /** The names that JSX calls without saying so, by the options of the notebook's tsconfig.json: `h`, `Fragment`. */
  readonly #jsxNames: readonly string[]

  constructor(jsxNames: readonly string[] = []) {
    this.#jsxNames = jsxNames
    this.makeModule()
  }

  /** What the runtime exports; every cell may use it without an import. */
  set runtimeNames(names: Iterable<string>) {
    this.#runtimeNames = new Set(names)
  }

  get runtimeNames(): ReadonlySet<string> {
    return this.#runtimeNames
  }

  /** The text of the hub for the modules made so far. */
  hub(): string {
    const lines = Array.from({ length: this.#slots }, (_, i) => {
      return `export * as __cell${i + 1} from "./${cellModule(i + 1)}"`
    })
    return `${lines.join("\n")}\nexport {}\n`
  }

  /** The number of the module in which the next cell is checked, and stays. */
  get next(): number {
    return this.#free[0] ?? 0
  }

  /** The modules that wait for a cell. */
  get free(): readonly number[] {
    return this.#free
  }

  /** The number of the cell in a module. */
  cellOf(slot: number): number | undefined {
    return this.#cells.get(slot)?.cell
  }

  /** Makes one more module, and returns its number; the hub changes. */
  makeModule(): number {
    const slot = this.#nextModule()
    this.#free.push(slot)
    return slot
  }

  #nextModule(): number {
    return ++this.#slots
  }

  /** The module text of a cell that is about to run; `all` brings in every known name, for completion. */
  cellText(code: string, { all = false } = {}): CellText {
    const parsed = parseCell(code)
    const isJsx = parsed.isJsx || (parsed.errors.length > 0 && looksLikeJsx(code))
    const comment = isJsx ? jsxComment(code) : ""
    const { declared, exported } = cellNames(parsed)
    const used = new Set([...(code.match(identifier) ?? []), ...(isJsx ? this.#jsxNames : [])])
    const prelude = this.#prelude(code, declared, all ? undefined : used)
    const exports = [...declared.keys()].filter((name) => !exported.has(name))
    const [open, close] = parsed.isObject ? ["(", ")"] : ["", ""]
    const text = `${comment}${prelude}${open}\n${code}\n${close}export { ${exports.join(", ")} }\n`
    return { text, isJsx }
  }

  /**
   * Makes the names of a cell known to later ones. Returns the text of its module, which was the next; or undefined when
   * the cell declares nothing, and the module stays free.
   */
  commit(code: string, cell: number): CellText | undefined {
    const parsed = parseCell(code)
    if (parsed.errors.length > 0) return undefined
    const { declared } = cellNames(parsed)
    if (declared.size === 0) return undefined
    const own = this.cellText(code)
    const slot = this.#free.shift() ?? this.#nextModule()
    for (const [name, kind] of declared) {
      const earlier = this.#names.get(name)
      // An import brings in both meanings of a name that is a type in one cell and a value in another.
      const merged = earlier !== undefined && !shadowed(earlier.kind, kind)
      this.#names.set(name, { kind: merged ? "import" : kind, slot })
    }
    const imports = new Set(Array.from(own.text.matchAll(/\b__cell(\d+)\./g), ([, number]) => Number(number)))
    this.#cells.set(slot, { cell, imports })
    // A comment on a variable is kept for those who ask what it is.
    const texts = code.includes("/**") ? [] : variableTexts(parsed, code)
    for (const [name, said] of texts) {
      if ("type" in said) this.learnType(name, slot, said.type)
      else this.#learn(name, slot, ` = ${said.literal}`)
    }
    return own
  }

  /** Takes note of the type of a variable of the cell in a module, if it means the same in any other cell. */
  learnType(name: string, slot: number, type: string): void {
    const parts = type.split(" | ").map((part) => this.#anywhere(part))
    if (parts.every((part) => part !== undefined)) this.#learn(name, slot, `: ${parts.join(" | ")}`)
  }

  #learn(name: string, slot: number, rest: string): void {
    const declared = this.#names.get(name)
    if (declared?.slot !== slot || (declared.kind !== "let" && declared.kind !== "const")) return
    this.#names.set(name, { ...declared, rest })
  }

  /** Frees the module of a cell all of whose names are known without it. */
  release(slot: number): void {
    for (const declared of this.#names.values()) if (declared.slot === slot && declared.rest === undefined) return
    if (this.#cells.delete(slot)) this.#free.unshift(slot)
  }

  /** A type as every cell can write it: a primitive one or one of the runtime. */
  #anywhere(type: string): string | undefined {
    const [, base = "", brackets = ""] = /^([\w$]+)((?:\[\])*)$/.exec(type) ?? []
    if (primitive.test(base)) return type
    const known = this.#runtimeNames.has(base) && !this.#names.has(base) && !builtInGenerics.has(base)
    return known ? `${runtime}.${base}${brackets}` : undefined
  }

  /**
   * Frees the modules of cells whose names were all declared anew and that no other module imports from; says which. A
   * cell that is run a thousand times thus leaves one module behind, not a thousand.
   */
  freeDead(): number[] {
    const alive = new Set<number>()
    const visit = (slot: number) => {
      if (alive.has(slot)) return
      alive.add(slot)
      for (const imported of this.#cells.get(slot)?.imports ?? []) visit(imported)
    }
    for (const { slot, rest } of this.#names.values()) if (rest === undefined) visit(slot)
    const dead = [...this.#cells.keys()].filter((slot) => !alive.has(slot))
    for (const slot of dead) this.#cells.delete(slot)
    this.#free.push(...dead)
    return dead
  }

  #prelude(code: string, declared: ReadonlyMap<string, NameKind>, used: ReadonlySet<string> | undefined): string {
    const slots = new Set<number>()
    const lines: string[] = []
    for (const [name, { kind, slot, rest }] of this.#names) {
      if (used && !used.has(name)) continue
      if (shadowed(kind, declared.get(name))) continue
      if (rest !== undefined) {
        lines.push(`declare ${kind} ${name}${rest};`)
        continue
      }
      slots.add(slot)
      const from = `__cell${slot}.${name}`
      lines.push(kind === "let" ? `declare let ${name}: typeof ${from};` : `import ${name} = ${from};`)
    }
    for (const name of this.#runtimeNames) {
      if (used && !used.has(name)) continue
      if (builtInGenerics.has(name) && new RegExp(`\\b${name}\\s*<`).test(code)) continue
      if (!declared.has(name) && !this.#names.has(name)) lines.push(`import ${name} = ${runtime}.${name};`)
    }
    const namespaces = [...slots].map((slot) => `__cell${slot}`).join(", ")
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
