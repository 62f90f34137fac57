import { mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import { KernelClient, KernelDied } from "./client.js"
import type { ErrorContent, ExecuteReply, KernelInfoReply } from "./messages.js"
import { type CodeCell, type Notebook, NotebookError, readNotebook, writeNotebook } from "./notebook.js"
import { OutputCollector } from "./outputs.js"
import { kernelArgv } from "./package.js"
import { injectParameters, type Parameters } from "./parameters.js"
import { duration, Progress } from "./progress.js"
import { stripAnsi, type TextOutput } from "./terminal.js"

/** The options of `cellgrad run`. */
export interface RunOptions {
  readonly notebooks: readonly string[]
  /** The folder that executed notebooks are written to; of a single notebook also the file, NAME.ipynb. */
  readonly out?: string
  /** Also write a page that shows the executed notebook. */
  readonly html?: boolean
  /** Write the executed notebook over the one that was read. */
  readonly inPlace?: boolean
  /** Go on after a cell that fails. */
  readonly allowErrors?: boolean
  /** The most that one cell may take. */
  readonly timeoutSeconds?: number
  /** Values for what the cell tagged `parameters` declares. */
  readonly parameters?: Parameters
  readonly output?: TextOutput
  /** The command of the kernel, when it is not our own. */
  readonly argv?: readonly string[]
}

/** How a run ended, as an exit code: done, a cell failed, bad input, stopped by Ctrl-C. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

interface Job {
  readonly path: string
  readonly target: string
  readonly notebook: Notebook
}

/** Executes notebooks cell by cell over the Jupyter protocol; the result is the exit code. */
export async function runNotebooks(options: RunOptions): Promise<number> {
  const jobs = planJobs(options)
  let worst: number = exitCodes.ok
  for (const job of jobs) {
    const code = await new NotebookRun(job, options).run()
    if (code === exitCodes.interrupted) return code
    worst = Math.max(worst, code)
  }
  return worst
}

/** Reads and checks every notebook before the first one runs. */
function planJobs({ notebooks, out = "out", inPlace = false, parameters = new Map() }: RunOptions): Job[] {
  const isFile = out.endsWith(".ipynb") && !isFolder(out)
  if (isFile && notebooks.length > 1) {
    throw new NotebookError(`--out ${out} is one file for ${notebooks.length} notebooks; give a folder`)
  }
  const folder = isFile ? dirname(out) : out
  const targetOf = (path: string) => (isFile ? out : join(out, basename(path)))
  const jobs = notebooks.map((path): Job => {
    const notebook = readNotebook(path)
    injectParameters(notebook, parameters, path)
    return { path, target: inPlace ? path : targetOf(path), notebook }
  })
  const targets = new Set<string>()
  if (inPlace) return jobs
  for (const { path, target } of jobs) {
    if (resolve(target) === resolve(path)) {
      throw new NotebookError(`the result would overwrite ${path}; give another --out, or say --in-place`)
    }
    if (targets.has(target)) throw new NotebookError(`two notebooks would be written to ${target}`)
    targets.add(target)
  }
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new NotebookError(`cannot make the folder ${folder}: ${(error as NodeJS.ErrnoException).code}`)
  }
  return jobs
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

type Failure = { readonly cell: CodeCell; readonly number: number; readonly error: ErrorContent }

class NotebookRun {
  readonly #job: Job
  readonly #options: RunOptions
  readonly #progress: Progress
  readonly #collector = new OutputCollector()
  readonly #cells: CodeCell[]
  readonly #cellOf = new Map<string, CodeCell>()
  #interrupts = 0
  /** How many cells failed where errors are allowed. */
  #failed = 0

  constructor(job: Job, options: RunOptions) {
    this.#job = job
    this.#options = options
    this.#progress = new Progress(options.output ?? process.stdout)
    this.#cells = job.notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code")
  }

  async run(): Promise<number> {
    const { path } = this.#job
    const { style } = this.#progress
    const started = performance.now()
    const stop: { client?: KernelClient } = {}
    const onInterrupt = () => this.#onInterrupt(stop.client)
    process.on("SIGINT", onInterrupt)
    try {
      const cwd = realpathSync(dirname(resolve(path)))
      // Nobody watches the first cell here: that its types are checked before it runs is worth the wait.
      const env = { CELLGRAD_CHECK_PATIENCE: "10000", ...process.env }
      const client = await KernelClient.launch({ argv: this.#options.argv ?? kernelArgv(), cwd, env })
      stop.client = client
      const info = await client.kernelInfo()
      const count = this.#cells.length
      const what = `${count} ${count === 1 ? "cell" : "cells"} · kernel process ${client.process.pid}`
      this.#progress.line(`${style.bold(path)} ${style.dim(`· ${what}`)}`)
      this.#describeKernel(info)
      const failure = await this.#runCells(client)
      await client.shutdown()
      const written = await this.#write()
      if (failure !== undefined) {
        this.#explain(failure)
        this.#progress.line(style.dim(`the notebook as far as it got: ${written.join(" and ")}`))
        return this.#interrupts > 0 ? exitCodes.interrupted : exitCodes.failed
      }
      const took = duration(performance.now() - started)
      const failed = this.#failed === 0 ? "" : style.red(`, ${this.#failed} failed`)
      this.#progress.line(`${style.green("✓")} ${count} cells in ${took}${failed} → ${written.join(" and ")}`)
      return exitCodes.ok
    } catch (error) {
      if (this.#interrupts > 1) return exitCodes.interrupted
      if (!(error instanceof KernelDied)) throw error
      const output = stripAnsi(error.output).trim()
      this.#progress.line(style.red(`cellgrad: ${error.message}`) + (output === "" ? "" : `; it wrote:\n${output}`))
      if (stop.client !== undefined) await this.#write()
      return exitCodes.failed
    } finally {
      process.off("SIGINT", onInterrupt)
      stop.client?.process.kill()
    }
  }

  /** The first Ctrl-C stops the cell and keeps what there is; the second ends the kernel. */
  #onInterrupt(client: KernelClient | undefined): void {
    this.#interrupts++
    if (client === undefined) process.exit(exitCodes.interrupted)
    if (this.#interrupts === 1) client.interrupt().catch(() => client.process.kill())
    else client.process.kill()
  }

  #describeKernel(info: KernelInfoReply): void {
    const { metadata } = this.#job.notebook
    metadata.kernelspec ??= { display_name: "TypeScript (Cellgrad)", language: "typescript", name: "cellgrad" }
    metadata.language_info = info.language_info
  }

  async #runCells(client: KernelClient): Promise<Failure | undefined> {
    for (const cell of this.#cells) {
      cell.outputs = []
      cell.execution_count = null
    }
    client.onIopub = (event) => {
      const cell = this.#cellOf.get(event.parent)
      if (cell === undefined) return
      this.#collector.add(cell, event)
      if (event.type === "stream") this.#progress.stream(event.content.text)
      if (event.type === "execute_result" || event.type === "display_data" || event.type === "update_display_data") {
        const text = event.content.data["text/plain"]
        if (typeof text !== "string") return
        const id = event.content.transient?.display_id
        if (id === undefined) this.#progress.show(text)
        else this.#progress.showLive(id, text)
      }
    }
    for (const [i, cell] of this.#cells.entries()) {
      if (this.#interrupts > 0) return { cell, number: i + 1, error: stoppedError("the run was interrupted") }
      if (cell.source.trim() === "") continue
      this.#progress.cellStarts(i + 1, this.#cells.length, cell.source)
      let reply: ExecuteReply | undefined
      try {
        reply = await this.#runCell(client, cell)
      } finally {
        this.#progress.cellEnds(reply?.status === "ok" || mayFail(cell))
      }
      if (reply.status === "error" && !mayFail(cell)) {
        if (this.#interrupts > 0 || !this.#options.allowErrors) return { cell, number: i + 1, error: reply }
        this.#failed++
        this.#progress.line(this.#progress.style.red(`        ${summary(reply)}`))
      } else if (reply.status === "error" && this.#interrupts > 0) {
        return { cell, number: i + 1, error: reply }
      }
      if (reply.status === "aborted")
        return { cell, number: i + 1, error: stoppedError("the kernel did not run this cell") }
    }
    return undefined
  }

  async #runCell(client: KernelClient, cell: CodeCell): Promise<ExecuteReply> {
    const { timeoutSeconds } = this.#options
    const execution = client.execute(cell.source, { stopOnError: !mayFail(cell) && !this.#options.allowErrors })
    this.#cellOf.set(execution.id, cell)
    if (timeoutSeconds === undefined) return execution.reply
    let killing: NodeJS.Timeout | undefined
    let late = false
    const timer = setTimeout(() => {
      late = true
      client.interrupt().catch(() => {})
      killing = setTimeout(() => client.process.kill(), 5_000)
    }, timeoutSeconds * 1000)
    try {
      const reply = await execution.reply
      if (!late || reply.status !== "error") return reply
      return { ...reply, ename: "TimeoutError", evalue: `the cell took more than ${timeoutSeconds} s and was stopped` }
    } finally {
      clearTimeout(timer)
      clearTimeout(killing)
    }
  }

  async #write(): Promise<string[]> {
    const { target, notebook, path } = this.#job
    writeNotebook(target, notebook)
    const shown = [nameOf(target)]
    if (this.#options.html) {
      const { renderPage } = await import("./page.js")
      const page = target.replace(/(\.ipynb)?$/, ".html")
      writeFileSync(page, renderPage(notebook, { name: basename(path, ".ipynb"), folder: dirname(path) }))
      shown.push(nameOf(page))
    }
    return shown
  }

  #explain({ cell, number, error }: Failure): void {
    const { style } = this.#progress
    const line = (text: string) => this.#progress.line(text)
    const color = style.red("") !== ""
    const traceback = error.traceback.join("\n")
    line("")
    line(color ? traceback : stripAnsi(traceback))
    line("")
    const lines = cell.source.split("\n")
    const at = lineIn(traceback, cell.execution_count)
    const code = lines[at - 1]
    const where = code === undefined ? "" : `, line ${at}`
    line(style.red(style.bold(`cell ${number} of ${this.#cells.length}${where} failed: ${summary(error)}`)))
    const shown = (code ?? lines.find((text) => text.trim() !== "") ?? "").trim()
    line(`  ${style.dim(`${at > 0 && code !== undefined ? at : 1} │`)} ${shown}`)
  }
}

/** The line of cell `count` that a traceback names first; 0 for none. An error may come from an earlier cell's function. */
function lineIn(traceback: string, count: number | null): number {
  const frames = [...stripAnsi(traceback).matchAll(/\bCell (\d+), line (\d+)/g)]
  return Number(frames.find(([, cell]) => Number(cell) === count)?.[2] ?? 0)
}

/** A path as the reader would type it. */
function nameOf(path: string): string {
  const near = relative("", path)
  return near.startsWith("..") ? resolve(path) : near
}

function stoppedError(evalue: string): ErrorContent {
  return { status: "error", ename: "Stopped", evalue, traceback: [`Stopped: ${evalue}`] }
}

function summary({ ename, evalue }: ErrorContent): string {
  const first = stripAnsi(evalue).split("\n", 1)[0] ?? ""
  return first.startsWith(`${ename}:`) ? first : `${ename}: ${first}`
}

/** Whether a cell is marked, as nbclient has it, as one whose error does not stop the run. */
function mayFail({ metadata }: CodeCell): boolean {
  return Array.isArray(metadata.tags) && metadata.tags.includes("raises-exception")
}
