import { type Host, hostSymbol, type MimeBundle } from "../src/display/host.js"
import { Boundary } from "./boundary.js"
import { codeFrame } from "./code-frame.js"
import { Evaluator, Execution } from "./evaluate.js"
import { Importer } from "./importer.js"
import { acknowledge, InterruptError } from "./interrupt.js"
import type { Diagnostic, Language } from "./language.js"
import { plainText, type Rendering, render } from "./render.js"
import { OutputStreams } from "./streams.js"
import { type ErrorReport, reportDiagnostics, reportError, reportSyntaxError, type Sources } from "./traceback.js"
import { CellSyntaxError, type TranspiledCell, transpile } from "./transpile.js"

/** Where what a session has to say goes: a kernel sends messages, a REPL writes to the terminal. */
export interface SessionOutput {
  stream(name: "stdout" | "stderr", text: string): void
  display(rendering: Rendering, options: { displayId?: string; update?: boolean }): void
  result(rendering: Rendering, executionCount: number): void
  error(report: ErrorReport): void
  clearOutput(wait: boolean): void
  /** Asks the user for a line. */
  input(prompt: string, password: boolean): Promise<string>
}

export interface SessionOptions {
  readonly output: SessionOutput
  /** The notebook's folder. */
  readonly cwd: string
  /** Without one, cells run unchecked. */
  readonly language?: Language
}

export interface ExecuteOptions {
  readonly silent?: boolean
  readonly storeHistory?: boolean
  readonly userExpressions?: Readonly<Record<string, string>>
}

export type UserExpression = ({ status: "ok" } & Rendering) | ({ status: "error" } & ErrorReport)

/** How a cell ended. */
export type ExecuteResult =
  | { status: "ok"; executionCount: number; userExpressions: Record<string, UserExpression> }
  | ({ status: "error"; executionCount: number } & ErrorReport)

type Outcome = { report: ErrorReport } | { expressions: Record<string, UserExpression> }

type CheckMode = "error" | "warn" | "off"

/** TypeScript's number for "Cannot find module … or its corresponding type declarations". */
const cannotFindModule = 2307

/** How long a cell waits for its type check. The very first check starts the language server and takes longest. */
const checkPatienceMs = 3000

/**
 * One user's session: cells go in, output comes out. Each cell is transpiled, checked, evaluated and rendered, on this
 * thread. The kernel and the REPL are two doors to it.
 */
export class Session {
  executionCount = 0
  readonly streams: OutputStreams
  readonly #boundary = new Boundary()
  readonly #importer: Importer
  readonly #evaluator: Evaluator
  readonly #output: SessionOutput
  readonly #language: Language | undefined
  readonly #cells = new Map<number, { code: string; original: TranspiledCell["original"] }>()
  readonly #setTimeout = setTimeout
  readonly #clearTimeout = clearTimeout
  readonly #sources: Sources
  #cellEnds: (() => void)[] = []
  #cell = 0
  #runtime: Promise<void> | undefined
  #languageFailed = false
  #afterInterrupt = () => {}

  constructor({ output, cwd, language }: SessionOptions) {
    this.#output = output
    this.#language = language
    this.#importer = new Importer(cwd, new URL("../src/index.js", import.meta.url).href)
    this.#evaluator = new Evaluator(this.#boundary, this.#importer)
    this.#sources = {
      cell: (number) => this.#cells.get(number),
      module: (file) => this.#importer.modules.source(file),
    }
    const sink = (name: "stdout" | "stderr", text: string) => this.#output.stream(name, text)
    this.streams = new OutputStreams(sink, this.#boundary.guard())
    this.#boundary.guardCallbacks((cancel) => this.#evaluator.current?.scheduled(cancel) ?? (() => {}))
    this.#installGlobals()
    // Between a cell and the line of the runtime that throws there may be more calls than V8's ten.
    Error.stackTraceLimit = 60
  }

  /** Loads the tensor runtime, once; cells wait for it. */
  loadRuntime(): Promise<void> {
    this.#runtime ??= import("./preload.js").then(
      ({ preload }) => {
        this.#afterInterrupt = preload().afterInterrupt
      },
      (error: unknown) => this.streams.write("stderr", `cellgrad: the runtime did not load: ${plainText(error)}\n`),
    )
    return this.#runtime
  }

  /** Runs one cell. Never rejects: whatever goes wrong is the result. */
  execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    const { silent = false, storeHistory = !silent, userExpressions = {} } = options
    if (storeHistory) this.executionCount++
    const executionCount = this.executionCount
    const execution = new Execution(++this.#cell, this.#boundary)
    this.#evaluator.current = execution
    return new Promise((resolve) => {
      const end = (outcome: Outcome) =>
        this.#boundary.hold(() => {
          if (execution.ended) return
          execution.end()
          if (execution.interrupted) this.#afterInterrupt()
          this.#endCell()
          this.streams.flush()
          if ("expressions" in outcome) {
            resolve({ status: "ok", executionCount, userExpressions: outcome.expressions })
          } else {
            if (!silent) this.#output.error(outcome.report)
            resolve({ status: "error", executionCount, ...outcome.report })
          }
        })
      const fail = (error: unknown) => {
        if (error instanceof InterruptError) execution.interrupted = true
        end({ report: reportError(error, this.#sources) })
      }
      // Not through the promise below: a termination drops the microtasks that wait, and its own may be among them.
      execution.onInterrupt = () => fail(new InterruptError())
      this.#run(code, execution, { silent, storeHistory, userExpressions }).then(end, fail)
    })
  }

  /**
   * Stops the running cell: what it waits for is rejected, what it scheduled is cancelled. `epoch` is the number of the
   * worker's interrupt, which is acknowledged.
   */
  interrupt(epoch?: number): void {
    this.#boundary.hold(() => {
      if (epoch !== undefined && !acknowledge(epoch)) return
      this.#evaluator.current?.interrupt()
    })
  }

  /** Shows an error that no cell caught: of a timer, an event, a promise. */
  reportLate(error: unknown): void {
    if (error instanceof InterruptError) return
    this.streams.write("stderr", `${reportError(error, this.#sources).traceback.join("\n")}\n`)
  }

  async #run(
    code: string,
    execution: Execution,
    { silent, userExpressions }: Required<ExecuteOptions>,
  ): Promise<Outcome> {
    await this.loadRuntime()
    let cell: TranspiledCell
    try {
      cell = transpile(code, this.#evaluator.context)
    } catch (error) {
      if (error instanceof CellSyntaxError) return { report: reportSyntaxError(error, code, execution.cell) }
      throw error
    }
    this.#cells.set(execution.cell, { code, original: cell.original })
    const refused = cell.isArithmetic ? undefined : await this.#check(code, execution)
    if (refused) return { report: refused }
    try {
      const { value } = await this.#evaluator.run(cell, execution)
      if (value !== undefined && !silent) await this.#showResult(value, execution)
    } finally {
      if (!cell.isArithmetic) this.#language?.commit(code, execution.cell).catch(() => {})
    }
    return { expressions: await this.#expressions(userExpressions, execution) }
  }

  async #showResult(value: unknown, execution: Execution): Promise<void> {
    const rendering = await this.#boundary.call(() => render(value))
    if (execution.ended) return
    defineGlobal("_", value)
    this.streams.flush()
    this.#output.result(rendering, this.executionCount)
  }

  async #check(code: string, execution: Execution): Promise<ErrorReport | undefined> {
    const mode = checkMode()
    if (mode === "off" || !this.#language || this.#languageFailed) return undefined
    const check = this.#language.check(code, execution.cell).then(
      (diagnostics) => this.#explainImports(diagnostics.filter(({ severity }) => severity === "error")),
      (error: unknown): Diagnostic[] => {
        this.#languageFailed = true
        const why = error instanceof Error ? error.message : String(error)
        this.streams.write("stderr", `cellgrad: cells run unchecked from here on: ${why}\n`)
        return []
      },
    )
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<"late">((resolve) => {
      timer = this.#setTimeout(() => resolve("late"), checkPatienceMs).unref()
    })
    const clear = () => this.#clearTimeout(timer)
    check.then(clear, clear)
    const found = await execution.wait(Promise.race([check, patience]))
    if (found === "late") {
      void check.then((diagnostics) => this.#warn(diagnostics, code))
      return undefined
    }
    if (found.length === 0) return undefined
    if (mode === "error") return reportDiagnostics(found, code, execution.cell)
    this.#warn(found, code)
    return undefined
  }

  /** Of an import without types the importer knows better: whether it fails at all, and what to install. */
  #explainImports(diagnostics: readonly Diagnostic[]): Diagnostic[] {
    return diagnostics.flatMap((diagnostic) => {
      const specifier = diagnostic.code === cannotFindModule ? /'([^']+)'/.exec(diagnostic.message)?.[1] : undefined
      if (specifier === undefined) return [diagnostic]
      const message = this.#importer.problem(specifier)
      return message === undefined ? [] : [{ ...diagnostic, message }]
    })
  }

  #warn(diagnostics: readonly Diagnostic[], code: string): void {
    for (const { code: number, message, start, end } of diagnostics) {
      this.streams.write("stderr", `TS${number}: ${message}\n${codeFrame(code, start, end)}\n`)
    }
  }

  async #expressions(
    expressions: Readonly<Record<string, string>>,
    execution: Execution,
  ): Promise<Record<string, UserExpression>> {
    const results: Record<string, UserExpression> = {}
    for (const [name, code] of Object.entries(expressions)) {
      try {
        // In parentheses, so that nothing but an expression passes.
        const cell = transpile(`(${code}\n)`, this.#evaluator.context)
        const { value } = await this.#evaluator.run(cell, execution)
        results[name] = { status: "ok", ...(await this.#boundary.call(() => render(value))) }
      } catch (error) {
        results[name] = { status: "error", ...reportError(error, this.#sources) }
      }
    }
    return results
  }

  /** Lets live charts and progress bars show their last state. */
  #endCell(): void {
    const flushes = this.#cellEnds
    this.#cellEnds = []
    for (const flush of flushes) {
      try {
        this.#boundary.call(flush)
      } catch (error) {
        this.reportLate(error)
      }
    }
  }

  #installGlobals(): void {
    const show = (
      data: MimeBundle,
      metadata: Record<string, unknown>,
      options: { displayId?: string; update?: boolean },
    ) => {
      if (this.#evaluator.current?.interrupted && !options.update) return
      this.streams.flush()
      this.#output.display({ data, metadata }, options)
    }
    const host: Host = {
      display: (data, { metadata = {}, ...options }) => show(data, metadata, options),
      clearOutput: (wait) => {
        this.streams.flush()
        this.#output.clearOutput(wait)
      },
      render,
      onCellEnd: (flush) => this.#cellEnds.push(flush),
    }
    const ask = (prompt: unknown, password: boolean) => {
      this.streams.flush()
      const line = this.#output.input(String(prompt), password)
      return this.#evaluator.current?.wait(line) ?? line
    }
    defineGlobal(hostSymbol, host)
    defineGlobal("require", this.#importer.require)
    defineGlobal("input", (prompt = "") => ask(prompt, false))
    defineGlobal("password", (prompt = "") => ask(prompt, true))
  }
}

/** Gives cells a global that any of them may declare anew. */
function defineGlobal(name: string | symbol, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}

function checkMode(): CheckMode {
  const mode = process.env.CELLGRAD_CHECK
  return mode === "warn" || mode === "off" ? mode : "error"
}
