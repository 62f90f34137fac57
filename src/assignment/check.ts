import { type Answer, difference } from "./difference.js"
import { CheckReport, type CheckRow, PendingTask } from "./report.js"
import { record } from "./score.js"
import { NotYet } from "./todo.js"

/** Options of `gives`. */
export interface GivesOptions {
  /** How far a number may be off, relative to its size and at least this much. Default: 1e-4. */
  tolerance?: number
  /** Wrong answers that are well known, each with what to say to it. */
  mistakes?: readonly (readonly [answer: Answer, advice: string])[]
  /** What to say to any other wrong answer. */
  hint?: string
}

/** What the body of a check asks of a student's code. */
export interface Checker {
  /** Whether code gives the wanted answer: the same shape, and numbers that are near enough. */
  gives(what: string, code: () => unknown, wanted: Answer, options?: GivesOptions): void
  /** Whether something holds: `code` gives true, or else in a sentence what is wrong. */
  holds(what: string, code: () => boolean | string, options?: { hint?: string }): void
}

/** Options of `check`. */
export interface CheckOptions {
  /** How many points the task is worth in `score()`. Default: one for each thing asked. */
  points?: number
}

/**
 * Checks a task and says in plain words what is right, what is wrong and what is still to be done. It never throws: a
 * mistake in the student's code, also an error that it throws, is a line of the report.
 *
 * @example check("doubling", (t) => t.gives("twice 2", () => 2 + 2, 4)).right // 1
 */
export function check(title: string, body: (t: Checker) => void, { points }: CheckOptions = {}): CheckReport {
  const rows: CheckRow[] = []
  let lastError: string | undefined
  const fail = (what: string, error: unknown) => {
    const row = thrown(what, error)
    const again = row.state === "wrong" && row.why === lastError
    rows.push(again ? { ...row, why: "It stops with the same error." } : row)
    lastError = row.why
  }
  const ask = (what: string, code: () => string | undefined) => {
    try {
      const fault = code()
      rows.push(fault === undefined ? { what, state: "right" } : { what, state: "wrong", why: fault })
    } catch (error) {
      fail(what, error)
    }
  }
  const checker: Checker = {
    gives: (what, code, wanted, { tolerance = 1e-4, mistakes = [], hint } = {}) =>
      ask(what, () => {
        const given = code()
        const fault = difference(given, wanted, tolerance)
        if (fault === undefined) return undefined
        const known = mistakes.find(([answer]) => difference(given, answer, tolerance) === undefined)
        return joined(fault, known?.[1] ?? hint)
      }),
    holds: (what, code, { hint } = {}) =>
      ask(what, () => {
        const holds: unknown = code()
        if (holds === true) return undefined
        return joined(typeof holds === "string" ? holds : "This does not hold.", hint)
      }),
  }
  try {
    body(checker)
  } catch (error) {
    fail(rows.length === 0 ? "the code runs" : "the code runs on", error)
  }
  const report = new CheckReport(title, rows, points ?? rows.length)
  record(report)
  return report
}

function joined(...sentences: readonly (string | undefined)[]): string {
  return sentences.filter((sentence) => sentence !== undefined).join("\n")
}

function thrown(what: string, error: unknown): CheckRow {
  if (error instanceof NotYet) return { what, state: "not yet", why: error.task === "this" ? undefined : error.task }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { what, state: "wrong", why: `It stops with an error.\n${text}` }
}

/**
 * Runs code that needs what a student has still to write, such as a chart of the trained model; until it is written, says so
 * instead of failing. Any other error is thrown as it is.
 *
 * @example String(whenDone(() => todo("the training"))) // "○ This shows something once the training is written."
 */
export function whenDone<T>(code: () => T): T | PendingTask {
  try {
    return code()
  } catch (error) {
    if (error instanceof NotYet) return new PendingTask(error.task)
    throw error
  }
}
