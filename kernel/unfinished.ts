import { cellNames, parseCell } from "./cell-names.js"
import { ansi } from "./code-frame.js"
import type { ErrorReport } from "./traceback.js"

/**
 * The names that cells declare which did not come to their end. Who goes on to the next cell all the same meets an error there
 * that has its cause here, and is told so.
 */
export class UnfinishedCells {
  /** The cells that never ran, because of a type error, by the names that they would have declared. */
  readonly #refused = new Map<string, number>()
  /** The cells that stopped on the way, or are on their way still, by the names that they declare. */
  readonly #stopped = new Map<string, number>()

  refused(code: string, cell: number): void {
    for (const name of cellNames(parseCell(code)).declared.keys()) this.#refused.set(name, cell)
  }

  started(names: readonly string[], cell: number): void {
    for (const name of names) this.#stopped.set(name, cell)
  }

  finished(names: readonly string[]): void {
    for (const name of names) this.#stopped.delete(name)
  }

  /** Why the type checker does not know a name; undefined when no cell is to blame. */
  whyUnknown(name: string): string | undefined {
    const cell = this.#refused.get(name)
    return cell === undefined ? undefined : `cell ${cell} declares ${name}, but it did not run; mend that one first`
  }

  /** The report of an error in a cell, which says so if it comes from a variable that an earlier cell was to set. */
  explain(report: ErrorReport, error: unknown, code: string, isUnset: (name: string) => boolean): ErrorReport {
    if (this.#stopped.size === 0 || !(error instanceof TypeError) || !/undefined|not a function/.test(error.message))
      return report
    const words = new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu))
    const reasons = [...this.#stopped]
      .filter(([name]) => words.has(name) && isUnset(name))
      .map(
        ([name, cell]) =>
          `${ansi.bold("hint:")} ${name} was not set: cell ${cell}, which declares it, stopped before it came so far`,
      )
    return reasons.length === 0 ? report : { ...report, traceback: [...report.traceback, ...reasons] }
  }
}
