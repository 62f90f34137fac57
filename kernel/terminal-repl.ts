import { highlight } from "./highlight.js"
import { History, historyPath } from "./history.js"
import { packageVersion } from "./package.js"
import { type Answer, isCommand, Prompt } from "./prompt.js"
import { runCommand } from "./repl-commands.js"
import { type Engine, startEngine } from "./repl-engine.js"
import { type Styles, styles, type TextOutput, wantsColor } from "./terminal.js"
import type { DrawImage } from "./terminal-images.js"
import { TerminalInput } from "./terminal-input.js"
import { TerminalOutput } from "./terminal-output.js"

export interface TerminalReplOptions {
  readonly cwd: string
  readonly output: TextOutput & { readonly rows?: number }
  /** Shows pictures, where the terminal can. */
  readonly drawImage?: DrawImage | undefined
}

/** The interactive session on a terminal. The prompt stands first; session and language load while the user types. */
export class TerminalRepl {
  readonly #cwd: string
  readonly #write: (text: string) => void
  readonly #color: boolean
  readonly #styles: Styles
  readonly #history = new History(historyPath())
  readonly #keyboard = new TerminalInput(() => this.#interrupt())
  readonly #prompt: Prompt
  readonly #terminal: TerminalOutput
  /** The number that the next cell will have. */
  #number = 1
  #engine: Promise<Engine> | undefined

  constructor({ cwd, output, drawImage }: TerminalReplOptions) {
    this.#cwd = cwd
    // What cells print goes through the session, which takes over process.stdout; the prompt keeps the real one.
    const write = output.write.bind(output)
    this.#write = write
    this.#color = wantsColor(output)
    this.#styles = styles(this.#color)
    const size = {
      write,
      get columns() {
        return output.columns || 80
      },
      get rows() {
        return output.rows || 24
      },
    }
    this.#prompt = new Prompt({
      input: this.#keyboard.stream,
      output: size,
      color: this.#color,
      history: this.#history.entries,
      complete: async (text, cursor) => (await this.#started()).language.complete(text, cursor),
    })
    const print = (text: string) => this.#prompt.printAbove(() => write(text))
    this.#terminal = new TerminalOutput({
      drawImage,
      write: print,
      writeError: print,
      color: this.#color,
      overwrite: true,
      columns: () => size.columns,
      ask: (question, password) => this.#askForLine(question, password),
    })
  }

  /** Runs until the user leaves; the result is the exit code. */
  async run(): Promise<number> {
    const { bold, dim } = this.#styles
    const node = `TypeScript on Node ${process.version} · .help says more`
    this.#write(`${bold("Cellgrad")} ${packageVersion()} ${dim(`· ${node}`)}\n`)
    const interrupt = () => this.#interrupt()
    process.on("SIGINT", interrupt)
    try {
      const first = this.#ask()
      await new Promise((resolve) => setImmediate(resolve))
      this.#started().catch(() => {})
      for (let answer = await first; answer !== "ended"; answer = await this.#ask()) {
        if (answer === "cancelled" || answer.text.trim() === "") continue
        this.#history.add(answer.text)
        if ((await this.#answer(answer.text)) === "exit") break
        this.#number = (await this.#started()).session.executionCount + 1
      }
      await (await this.#started()).close()
      return 0
    } finally {
      process.off("SIGINT", interrupt)
      await this.#keyboard.close()
    }
  }

  async #answer(text: string): Promise<boolean | "exit"> {
    if (!isCommand(text)) return this.#run(text)
    const print = (text: string) => this.#prompt.printAbove(() => this.#write(`${text}\n`))
    return runCommand(text, {
      ...(await this.#started()),
      cwd: this.#cwd,
      run: (code) => this.#run(code),
      print,
      printCode: (code) => print(this.#color ? highlight(code) : code),
      clear: () => this.#write("\x1b[H\x1b[2J"),
    })
  }

  async #run(code: string): Promise<boolean> {
    const engine = await this.#started()
    this.#keyboard.running = true
    try {
      return await engine.run(code)
    } finally {
      this.#keyboard.running = false
    }
  }

  #started(): Promise<Engine> {
    this.#engine ??= this.#start()
    return this.#engine
  }

  async #start(): Promise<Engine> {
    const engine = await startEngine(this.#cwd, this.#terminal)
    engine.session.streams.capture()
    engine.warmUp()
    await engine.session.loadRuntime()
    return engine
  }

  #interrupt(): void {
    this.#engine?.then(
      ({ session }) => session.interrupt(),
      () => {},
    )
  }

  #ask(): Promise<Answer> {
    const { green, dim } = this.#styles
    const number = String(this.#number)
    const continuation = dim(`${".".repeat(number.length)}  `)
    return this.#prompt.read({ prompt: green(`${number}> `), continuation, kind: "cell" })
  }

  /** Asks for the line that a cell wants; Ctrl-C meanwhile is for this question, not for the cell. */
  async #askForLine(question: string, password: boolean): Promise<string> {
    this.#keyboard.running = false
    const answer = await this.#prompt.read({ prompt: question, continuation: "", kind: password ? "password" : "line" })
    this.#keyboard.running = true
    if (typeof answer !== "object") throw new Error("no answer was given")
    return answer.text
  }
}
