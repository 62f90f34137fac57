import { highlight } from "./highlight.js"
import { History, historyPath } from "./history.js"
import { LanguageThread } from "./language-thread.js"
import { packageVersion } from "./package.js"
import { pipedCells } from "./piped-cells.js"
import { isCommand, Prompt } from "./prompt.js"
import { runCommand } from "./repl-commands.js"
import type { Session } from "./session.js"
import { styles, wantsColor } from "./terminal.js"
import { TerminalInput } from "./terminal-input.js"
import { TerminalOutput } from "./terminal-output.js"

export interface ReplOptions {
  readonly cwd: string
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & {
    readonly isTTY?: boolean
    readonly columns?: number
    readonly rows?: number
  }
  /** Where errors of piped cells go; stderr unless a test says otherwise. */
  readonly errors?: NodeJS.WritableStream
}

/** Opens the interactive session of `cellgrad repl`, or runs what is piped in; the result is the exit code. */
export function runRepl(options: ReplOptions): Promise<number> {
  const interactive = options.input.isTTY === true && options.output.isTTY === true && process.env.TERM !== "dumb"
  return interactive ? interactiveRepl(options) : pipedRepl(options)
}

/** Runs one piece of code and prints its value; the result is the exit code. */
export async function runEval(code: string, { cwd = process.cwd() } = {}): Promise<number> {
  const engine = await startEngine(cwd, plainOutput(process.stdout, process.stderr))
  const fine = await engine.run(code)
  await engine.close()
  return fine ? 0 : 1
}

/** A session with its language, as the prompt uses them. */
interface Engine {
  readonly session: Session
  readonly language: LanguageThread
  /** The cells that ran without an error. */
  readonly cells: readonly string[]
  /** Runs a cell; false when it failed. */
  run(code: string): Promise<boolean>
  close(): Promise<void>
}

/** Starts the session. Its parts are loaded here, not at the top: the prompt stands before they are needed. */
async function startEngine(cwd: string, output: TerminalOutput): Promise<Engine> {
  const { Session } = await import("./session.js")
  const language = new LanguageThread({ cwd })
  const session = new Session({ output, cwd, language })
  const cells: string[] = []
  const late = (error: unknown) => session.reportLate(error)
  process.on("uncaughtException", late)
  process.on("unhandledRejection", late)
  return {
    session,
    language,
    cells,
    async run(code) {
      const { status } = await session.execute(code)
      session.streams.flush()
      output.endCell()
      if (status === "ok") cells.push(code)
      return status === "ok"
    },
    async close() {
      await language.close()
      process.off("uncaughtException", late)
      process.off("unhandledRejection", late)
    },
  }
}

function plainOutput(output: ReplOptions["output"], errors: NodeJS.WritableStream): TerminalOutput {
  return new TerminalOutput({
    write: (text) => output.write(text),
    writeError: (text) => errors.write(text),
    color: wantsColor(output),
    overwrite: false,
    columns: () => output.columns ?? 80,
    ask: () => Promise.reject(new Error("input() needs a terminal")),
  })
}

/** Runs cells from a pipe until one fails, and prints their values. */
async function pipedRepl({ cwd, input, output, errors = process.stderr }: ReplOptions): Promise<number> {
  const engine = await startEngine(cwd, plainOutput(output, errors))
  const print = (text: string) => output.write(`${text}\n`)
  const context = { ...engine, cwd, print, printCode: print, clear: () => {} }
  let fine: boolean | "exit" = true
  for await (const cell of pipedCells(input)) {
    fine = isCommand(cell) ? await runCommand(cell, context) : await engine.run(cell)
    if (fine !== true) break
  }
  await engine.close()
  return fine === false ? 1 : 0
}

async function interactiveRepl({ cwd, output }: ReplOptions): Promise<number> {
  // What cells print goes through the session, which takes over process.stdout; the prompt keeps the real one.
  const write = output.write.bind(output) as (text: string) => boolean
  const color = wantsColor({ write, isTTY: true })
  const { bold, dim, green } = styles(color)
  const history = new History(historyPath())
  const interrupt = () => void engine.then(({ session }) => session.interrupt())
  const keyboard = new TerminalInput(interrupt)
  process.on("SIGINT", interrupt)
  const screen = {
    write,
    get columns() {
      return output.columns ?? 80
    },
    get rows() {
      return output.rows ?? 24
    },
  }
  const prompt = new Prompt({
    input: keyboard.stream,
    output: screen,
    color,
    history: history.entries,
    complete: async (text, cursor) => (await engine).language.complete(text, cursor),
  })
  const print = (text: string) => prompt.printAbove(() => write(text))
  const terminal = new TerminalOutput({
    write: print,
    writeError: print,
    color,
    overwrite: true,
    columns: () => screen.columns,
    ask: async (question, password) => {
      keyboard.running = false
      const answer = await prompt.read({ prompt: question, continuation: "", kind: password ? "password" : "line" })
      keyboard.running = true
      if (typeof answer !== "object") throw new Error("no answer was given")
      return answer.text
    },
  })

  write(`${bold("Cellgrad")} ${packageVersion()} ${dim(`· TypeScript on Node ${process.version} · .help says more`)}\n`)
  let number = 1
  const ask = () =>
    prompt.read({
      prompt: green(`${number}> `),
      continuation: dim(`${".".repeat(`${number}`.length)}  `),
      kind: "cell",
    })
  const first = ask()
  const engine = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
    const started = await startEngine(cwd, terminal)
    started.session.streams.capture()
    started.language.warmUp()
    await started.session.loadRuntime()
    return started
  })
  engine.catch((error: unknown) => print(`cellgrad: the session did not start: ${error}\n`))

  const run = async (code: string) => {
    const { run } = await engine
    keyboard.running = true
    try {
      return await run(code)
    } finally {
      keyboard.running = false
    }
  }
  for (let answer = await first; answer !== "ended"; answer = await ask()) {
    if (answer === "cancelled" || answer.text.trim() === "") continue
    history.add(answer.text)
    if (isCommand(answer.text)) {
      const context = {
        ...(await engine),
        cwd,
        run,
        print: (text: string) => print(`${text}\n`),
        printCode: (code: string) => print(`${color ? highlight(code) : code}\n`),
        clear: () => write("\x1b[H\x1b[2J"),
      }
      if ((await runCommand(answer.text, context)) === "exit") break
    } else await run(answer.text)
    number = (await engine).session.executionCount + 1
  }
  process.off("SIGINT", interrupt)
  await keyboard.close()
  await (await engine).close()
  return 0
}
