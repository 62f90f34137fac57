import { type CommBus, type CommMessage, type Host, hostSymbol, type MimeBundle } from "../src/display/host.js"
import { AsyncContext } from "./async-context.js"
import { Boundary } from "./boundary.js"
import type { Origin } from "./bridge.js"
import { CellChecker } from "./cell-check.js"
import type { CheckMode } from "./check-mode.js"
import { ownChildren } from "./child-processes.js"
import { Evaluator } from "./evaluate.js"
import { Execution } from "./execution.js"
import { Importer } from "./importer.js"
import { acknowledge, InterruptError } from "./interrupt.js"
import type { Language } from "./language.js"
import { describeValue, type LiveValue, LiveValueChanges, type LiveValues } from "./live-values.js"
import type { Runtime } from "./preload.js"
import { withUserFrames } from "./printed-stacks.js"
import { restoreRealm } from "./realm.js"
import { plainText, type Rendering, render } from "./render.js"
import { OutputStreams } from "./streams.js"
import { type ErrorReport, outermostCell, reportError, reportSyntaxError, type Sources } from "./traceback.js"
import { CellSyntaxError, type TranspiledCell, transpile } from "./transpile.js"
import { UnfinishedCells } from "./unfinished.js"

/**
 * Where what a session has to say goes: a kernel sends messages, a REPL writes to the terminal. `origin` is the request
 * that it belongs to, which may have been answered long ago.
 */
export interface SessionOutput {
  stream(name: "stdout" | "stderr", text: string, origin?: Origin): void
  display(rendering: Rendering, options: { displayId?: string; update?: boolean }, origin?: Origin): void
  result(rendering: Rendering, executionCount: number, origin?: Origin): void
  error(report: ErrorReport, origin?: Origin): void
  clearOutput(wait: boolean, origin?: Origin): void
  /** A message of any type, for front ends that know it. */
  broadcast?(
    type: string,
    content: Record<string, unknown>,
    options: { metadata: Record<string, unknown>; buffers: readonly Uint8Array[] },
    origin?: Origin,
  ): void
  /** Waits until all that was said is out, so that what another process says stands behind it. */
  settle?(): void
  /** A message of an object in a cell to its counterpart in the front end. A REPL has no such thing. */
  comm?(message: CommMessage, origin?: Origin): void
  /** How text stands where it is all there is: in a terminal. */
  readonly terminal?: { readonly columns: number; readonly color: boolean } | undefined
  /** Asks the user for a line. */
  input(prompt: string, password: boolean, origin?: Origin): Promise<string>
}

export interface SessionOptions {
  readonly output: SessionOutput
  /** The notebook's folder. */
  readonly cwd: string
  /** Without one, cells run unchecked. */
  readonly language?: Language
  /** What type errors do to a cell; the environment's CELLGRAD_CHECK unless given. */
  readonly check?: CheckMode | undefined
  /** How long a cell waits for its check, unless it is to be as short as for somebody who watches. */
  readonly checkPatienceMs?: number | undefined
}

export interface ExecuteOptions {
  readonly origin?: Origin
  readonly silent?: boolean
  readonly storeHistory?: boolean
  readonly userExpressions?: Readonly<Record<string, string>>
}

/** What the front end does once the cell has ended, such as opening a new cell: the payload of the reply. */
export type Payload =
  | { source: "set_next_input"; text: string; replace: boolean }
  | { source: "page"; data: MimeBundle; start: 0 }

export type UserExpression = ({ status: "ok" } & Rendering) | ({ status: "error" } & ErrorReport)

/** How a cell ended. */
export type ExecuteResult =
  | { status: "ok"; executionCount: number; userExpressions: Record<string, UserExpression>; payload: Payload[] }
  | ({ status: "error"; executionCount: number } & ErrorReport)

interface CellOptions extends Required<Pick<ExecuteOptions, "silent" | "userExpressions">> {
  readonly executionCount: number
}

type Outcome = { report: ErrorReport } | { expressions: Record<string, UserExpression> }

/** How many variables are described for the language, and how long that may take. */
const maxDescribed = 500
const maxDescribeMs = 10

/** Of so many cells the source is kept for tracebacks, and the request for late output. */
const maxCells = 10_000
/** Of so many the way from the script back to the source is kept as well; for older ones it is found anew. */
const maxMapped = 200

/**
 * One user's session: cells go in, output comes out. Each cell is transpiled, checked, evaluated and rendered, on this
 * thread. The kernel and the REPL are two doors to it.
 */
export class Session {
  executionCount = 0
  readonly streams: OutputStreams<Execution>
  readonly #boundary = new Boundary()
  readonly #context = new AsyncContext<Execution>()
  readonly #importer: Importer
  readonly #evaluator: Evaluator
  readonly #output: SessionOutput
  readonly #language: Language | undefined
  readonly #checker: CellChecker<Execution>
  readonly #unfinished = new UnfinishedCells()
  readonly #cells = new Map<number, { code: string; original: TranspiledCell["original"] }>()
  readonly #executions = new Map<number, Execution>()
  readonly #running = new Set<Execution>()
  readonly #sources: Sources
  readonly #comms: CommBus | undefined
  #cellEnds: (() => void)[] = []
  #cell = 0
  #runtime: Promise<void> | undefined
  #afterInterrupt = () => {}
  #describe: Runtime["describe"] = () => undefined
  readonly #liveChanges = new LiveValueChanges()

  constructor({ output, cwd, language, check, checkPatienceMs }: SessionOptions) {
    this.#output = output
    this.#language = language
    this.#importer = new Importer(cwd, {
      notice: (text) => this.streams.write("stderr", text),
      scheduled: (stop) => this.#context.current?.scheduled(stop) ?? (() => {}),
    })
    this.#evaluator = new Evaluator(this.#boundary, this.#context, this.#importer)
    this.#comms = output.comm && { send: (message) => this.#sendComm(message) }
    const say = (text: string, cell: Execution) => cell.enter(() => this.streams.write("stderr", text))
    this.#checker = new CellChecker({
      language,
      importer: this.#importer,
      unfinished: this.#unfinished,
      mode: check,
      patienceMs: checkPatienceMs,
      say,
    })
    this.#sources = {
      cell: (number) => this.#cells.get(number),
      module: (file) => this.#importer.modules.source(file),
    }
    this.streams = new OutputStreams<Execution>({
      sink: (name, text, source) => this.#output.stream(name, withUserFrames(text, this.#sources), source?.origin),
      source: () => this.#context.current,
      enter: this.#boundary.guard(),
    })
    this.#boundary.guardCallbacks(() => this.#context.current)
    ownChildren(
      () => this.#context.current,
      () => {
        this.streams.flush()
        this.#output.settle?.()
      },
    )
    this.#installGlobals()
    // Between a cell and the line of the runtime that throws there may be more calls than V8's ten.
    Error.stackTraceLimit = 60
  }

  /** Loads the tensor runtime, once; cells wait for it. */
  loadRuntime(): Promise<void> {
    this.#runtime ??= import("./preload.js").then(
      ({ preload }) => {
        const { afterInterrupt, describe, modules } = preload()
        for (const [name, module] of Object.entries(modules)) this.#importer.loaded.set(name, module)
        this.#afterInterrupt = afterInterrupt
        this.#describe = describe
      },
      (error: unknown) => this.streams.write("stderr", `cellgrad: the runtime did not load: ${plainText(error)}\n`),
    )
    return this.#runtime
  }

  /** Runs one cell. Never rejects: whatever goes wrong is the result. */
  execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    const { silent = false, storeHistory = !silent, userExpressions = {}, origin } = options
    if (storeHistory) this.executionCount++
    const executionCount = this.executionCount
    const execution = new Execution(++this.#cell, origin, this.#boundary, this.#context)
    this.#context.foreground = execution
    this.#executions.set(execution.cell, execution)
    this.#executions.delete(execution.cell - maxCells)
    this.#cells.delete(execution.cell - maxCells)
    this.#running.add(execution)
    return new Promise((resolve) => {
      const end = (outcome: Outcome) =>
        this.#boundary.hold(() => {
          if (execution.ended) return
          execution.end()
          this.#running.delete(execution)
          if (execution.interrupted) this.#afterInterrupt()
          this.#endCell()
          this.streams.flush()
          if ("expressions" in outcome) {
            const { payload } = execution
            resolve({ status: "ok", executionCount, userExpressions: outcome.expressions, payload })
          } else {
            if (!silent) this.#output.error(outcome.report, origin)
            resolve({ status: "error", executionCount, ...outcome.report })
          }
        })
      const fail = (error: unknown) => {
        restoreRealm()
        if (error instanceof InterruptError) execution.interrupted = true
        const report = reportError(error, this.#sources)
        end({ report: this.#unfinished.explain(report, error, code, (name) => this.#evaluator.isUnset(name)) })
      }
      // Not through the promise below: a termination drops the microtasks that wait, and its own may be among them.
      execution.onInterrupt = () => fail(new InterruptError())
      this.#run(code, execution, { silent, userExpressions, executionCount }).then(end, fail)
    })
  }

  /**
   * Stops the cells that run: what they wait for is rejected, what they scheduled is cancelled. When none runs and
   * `leftovers` is true, the same becomes of what earlier cells left behind. `epoch` is the number of the worker's
   * interrupt, which is acknowledged.
   */
  interrupt(epoch?: number, leftovers = true): void {
    this.#boundary.hold(() => {
      if (epoch !== undefined && !acknowledge(epoch)) return
      const earlier = leftovers ? [...this.#executions.values()] : []
      const stopped = this.#running.size > 0 ? [...this.#running] : earlier
      for (const execution of stopped) execution.interrupt()
    })
  }

  /** Hands a comm message of the front end to the objects of cells; what they print appears under `origin`. */
  receiveComm(message: CommMessage, origin: Origin): void {
    const execution = new Execution(0, origin, this.#boundary, this.#context)
    try {
      const { receive } = this.#comms ?? {}
      if (receive) {
        const handled = this.#boundary.call(() => execution.enter(() => receive(message)))
        // Not awaited: the handler of a comm may go on for as long as it likes.
        Promise.resolve(handled).catch((error) => execution.enter(() => this.reportLate(error)))
      } else if (message.type === "comm_open") {
        const content = { comm_id: message.content.comm_id, data: {} }
        this.#output.comm?.({ type: "comm_close", content, metadata: {}, buffers: [] }, origin)
      }
    } catch (error) {
      execution.enter(() => this.reportLate(error))
    } finally {
      this.streams.flush()
    }
  }

  /** What changed since the last call of what the session's variables hold, for the language. Never throws. */
  liveValues(): LiveValues {
    const found = new Map<string, LiveValue>()
    try {
      // A model's own methods say what it is.
      this.#boundary.call(() => {
        const until = performance.now() + maxDescribeMs
        for (const [name, value] of this.#evaluator.variables(maxDescribed)) {
          const described = attempt(() => this.#describe(value) ?? describeValue(value))
          if (described) found.set(name, described)
          if (performance.now() > until) break
        }
      })
    } catch {
      return {} // interrupted
    }
    return this.#liveChanges.of(found)
  }

  /** Shows an error that no cell caught, of a timer, an event, a promise, under the cell that it comes from. */
  reportLate(error: unknown): void {
    if (error instanceof InterruptError) return
    const text = `${reportError(error, this.#sources).traceback.join("\n")}\n`
    const blamed = this.#context.blamed(error) ?? this.#executions.get(outermostCell(error) ?? 0)
    const execution = blamed ?? this.#context.current
    if (execution) execution.enter(() => this.streams.write("stderr", text))
    else this.streams.write("stderr", text)
  }

  async #run(
    code: string,
    execution: Execution,
    { silent, userExpressions, executionCount }: CellOptions,
  ): Promise<Outcome> {
    await this.loadRuntime()
    let cell: TranspiledCell
    try {
      cell = transpile(code, this.#evaluator.context)
    } catch (error) {
      if (error instanceof CellSyntaxError) return { report: reportSyntaxError(error, code, execution.cell) }
      throw error
    }
    this.#keepSource(execution.cell, code, cell.original)
    await execution.until(execution.enter(() => this.#importer.prepare(code)))
    const refused = cell.isArithmetic ? undefined : await this.#checker.check(code, execution)
    if (refused) return { report: refused }
    try {
      this.#unfinished.started(cell.names, execution.cell)
      const { value } = await this.#evaluator.run(cell, execution)
      this.#unfinished.finished(cell.names)
      // Who holds the cell says later what it shows.
      const isHeld = execution.holds.size > 0
      while (execution.holds.size > 0) await execution.until(Promise.all(execution.holds))
      if (value !== undefined && !silent && !isHeld) await this.#showResult(value, execution, executionCount)
    } finally {
      if (!cell.isArithmetic) this.#language?.commit(code, execution.cell).catch(() => {})
      await this.#checker.settle(execution)
    }
    // Whoever asked for these renderings shows them as soon as they are there.
    if (execution.showing.length > 0) await execution.until(Promise.allSettled(execution.showing))
    return { expressions: await this.#expressions(userExpressions, execution) }
  }

  #keepSource(cell: number, code: string, original: TranspiledCell["original"]): void {
    this.#cells.set(cell, { code, original })
    const older = this.#cells.get(cell - maxMapped)
    if (older) older.original = (...place) => transpile(older.code, this.#evaluator.context).original(...place)
  }

  async #showResult(value: unknown, execution: Execution, executionCount: number): Promise<void> {
    const rendering = await this.#boundary.call(() => execution.enter(() => render(value)))
    if (execution.ended) return
    const { "text/plain": text } = rendering.data
    if (typeof text === "string") rendering.data["text/plain"] = withUserFrames(text, this.#sources)
    defineGlobal("_", value)
    this.streams.flush()
    this.#output.result(rendering, executionCount, execution.origin)
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
        results[name] = { status: "ok", ...(await this.#boundary.call(() => execution.enter(() => render(value)))) }
      } catch (error) {
        results[name] = { status: "error", ...reportError(error, this.#sources) }
      }
    }
    return results
  }

  /**
   * Lets live charts and progress bars show their last state. That is our own code, so it runs outside the boundary: within
   * it, an interrupt that is not acknowledged yet would end the drawing of a long curve.
   */
  #endCell(): void {
    const flushes = this.#cellEnds
    this.#cellEnds = []
    for (const flush of flushes) {
      try {
        flush()
      } catch (error) {
        this.reportLate(error)
      }
    }
  }

  #sendComm(message: CommMessage): void {
    this.streams.flush()
    this.#output.comm?.(message, this.#context.current?.origin)
  }

  #installGlobals(): void {
    const show = (
      data: MimeBundle,
      metadata: Record<string, unknown>,
      options: { displayId?: string; update?: boolean },
    ) => {
      const execution = this.#context.current
      if (execution?.interrupted && !options.update) return
      this.streams.flush()
      this.#output.display({ data, metadata }, options, execution?.origin)
    }
    const output = this.#output
    const host: Host = {
      display: (data, { metadata = {}, ...options }) => show(data, metadata, options),
      clearOutput: (wait) => {
        this.streams.flush()
        this.#output.clearOutput(wait, this.#context.current?.origin)
      },
      render: (value) => {
        const rendering = render(value)
        const execution = this.#context.current
        if (execution && !execution.ended) execution.showing.push(rendering)
        return rendering
      },
      get terminal() {
        return output.terminal
      },
      onCellEnd: (flush) => this.#cellEnds.push(flush),
      ...(this.#comms ? { comms: this.#comms } : {}),
      setNextInput: (text, { replace }) =>
        this.#context.current?.payload.push({ source: "set_next_input", text: String(text), replace }),
      holdCell: () => this.#context.current?.hold() ?? (() => {}),
      broadcast: (type, content, options) => {
        this.streams.flush()
        this.#output.broadcast?.(type, content, options, this.#context.current?.origin)
      },
      page: (data) => this.#context.current?.payload.push({ source: "page", data, start: 0 }),
    }
    const ask = (prompt: unknown, password: boolean) => {
      this.streams.flush()
      return this.#output.input(String(prompt), password, this.#context.current?.origin)
    }
    defineGlobal(hostSymbol, host)
    defineGlobal("require", this.#importer.require)
    defineGlobal("input", (prompt = "") => ask(prompt, false))
    defineGlobal("password", (prompt = "") => ask(prompt, true))
  }
}

/** What `read` gives; undefined when something of the user's throws in it. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Gives cells a global that any of them may declare anew. */
function defineGlobal(name: string | symbol, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
