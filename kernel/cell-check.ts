import { type CheckMode, modeIn, modeOfEnvironment } from "./check-mode.js"
import { unknownName } from "./fixes.js"
import type { Importer } from "./importer.js"
import type { Diagnostic, Language } from "./language.js"
import { describeDiagnostics, type ErrorReport, reportDiagnostics } from "./traceback.js"
import type { UnfinishedCells } from "./unfinished.js"

/** A cell as its checker sees it. */
interface CheckedCell {
  readonly cell: number
  /** The promise, which an interrupt of the cell rejects. */
  until<T>(value: Promise<T>): Promise<T>
}

export interface CheckerOptions<Cell extends CheckedCell> {
  /** Without one, cells run unchecked. */
  readonly language: Language | undefined
  readonly importer: Pick<Importer, "problem">
  readonly unfinished: Pick<UnfinishedCells, "refused" | "whyUnknown">
  /** Undefined for what the environment says. */
  readonly mode: CheckMode | undefined
  /** How long a cell waits for its types; where nobody watches, as in a script, longer than the usual 50 ms. */
  readonly patienceMs?: number | undefined
  /** Shows text on stderr under a cell, which may have ended. */
  readonly say: (text: string, cell: Cell) => void
}

/** TypeScript's number for "Cannot find module … or its corresponding type declarations". */
const cannotFindModule = 2307
/** How long a cell waits for its types to be checked; then it runs, and what is found is shown under it. */
const patienceMs = 50
/** How long looking for fixes may take, or as long as the check if that may take longer. */
const explainMs = 300
/** How long the end of a cell waits for a check that is under way: clients look for output until a cell has ended. */
const settleMs = 1000

/** Checks the types of a session's cells, each for a moment before it runs, and longer beside it if need be. */
export class CellChecker<Cell extends CheckedCell> {
  readonly #options: CheckerOptions<Cell>
  readonly #patience: number
  /** The checks that are under way while their cells run. */
  readonly #late = new Map<Cell, Promise<void>>()
  // Cells may replace these, and an interrupt clears what they set.
  readonly #setTimeout = setTimeout
  readonly #clearTimeout = clearTimeout
  #failed = false

  constructor(options: CheckerOptions<Cell>) {
    this.#options = options
    this.#patience = options.patienceMs ?? (Number(process.env.CELLGRAD_CHECK_PATIENCE) || patienceMs)
  }

  /** Why the cell must not run; undefined when it may, checked or not. */
  async check(code: string, cell: Cell): Promise<ErrorReport | undefined> {
    const mode = modeIn(code) ?? this.#options.mode ?? modeOfEnvironment()
    const { language } = this.#options
    if (mode === "off" || !language || this.#failed) return undefined
    const check = language.check(code, cell.cell).then((found) => this.#errorsOf(found))
    const inTime = check.catch((error: unknown) => this.#fail(error, cell))
    const found = await cell.until(this.#within(inTime, this.#patience))
    if (found === undefined) {
      this.#follow(check, code, cell)
      return undefined
    }
    if (found.length === 0) return undefined
    const explained = await cell.until(this.#explain(found, code))
    if (mode === "error") {
      this.#options.unfinished.refused(code, cell.cell)
      return reportDiagnostics(explained, code, cell.cell)
    }
    this.#warn(explained, code, cell)
    return undefined
  }

  /** Waits, not for ever, for a check that is under way; to be called before the cell ends. */
  async settle(cell: Cell): Promise<void> {
    const late = this.#late.get(cell)
    if (late) await cell.until(this.#within(late, settleMs))
  }

  #follow(check: Promise<readonly Diagnostic[]>, code: string, cell: Cell): void {
    const shown = check.then(async (found) => {
      if (found.length > 0) this.#warn(await this.#explain(found, code), code, cell)
    })
    this.#late.set(
      cell,
      // A language that fails now will fail the next cell too, which says so; unless it was only closed.
      shown.catch(() => {}).finally(() => this.#late.delete(cell)),
    )
  }

  #warn(found: readonly Diagnostic[], code: string, cell: Cell): void {
    this.#options.say(`${describeDiagnostics(found, code, cell.cell).join("\n")}\n`, cell)
  }

  #errorsOf(found: readonly Diagnostic[]): Diagnostic[] {
    return found
      .filter(({ severity }) => severity === "error")
      .flatMap((diagnostic) => {
        // Of an import without types the importer knows better: whether it fails at all, and what to install.
        const specifier = diagnostic.code === cannotFindModule ? /'([^']+)'/.exec(diagnostic.message)?.[1] : undefined
        if (specifier === undefined) return [diagnostic]
        const message = this.#options.importer.problem(specifier)
        return message === undefined ? [] : [{ ...diagnostic, message }]
      })
  }

  async #explain(found: readonly Diagnostic[], code: string): Promise<readonly Diagnostic[]> {
    const explained = this.#options.language?.explain(code, found).catch(() => found)
    return (
      (await this.#within(explained ?? Promise.resolve(found), Math.max(explainMs, this.#patience))) ?? found
    ).map((diagnostic) => {
      const fix = this.#options.unfinished.whyUnknown(unknownName(diagnostic) ?? "")
      return fix === undefined ? diagnostic : { ...diagnostic, fix }
    })
  }

  #fail(error: unknown, cell: Cell): Diagnostic[] {
    if (!this.#failed && !this.#late.has(cell)) {
      const why = error instanceof Error ? error.message : String(error)
      this.#options.say(`cellgrad: cells run unchecked from here on: ${why}\n`, cell)
    }
    if (!this.#late.has(cell)) this.#failed = true
    return []
  }

  /** What the promise gives within a time; undefined when that is over. */
  #within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<undefined>((resolve) => {
      timer = this.#setTimeout(() => resolve(undefined), ms)
    })
    const clear = () => this.#clearTimeout(timer)
    promise.then(clear, clear)
    return Promise.race([promise, over])
  }
}
