import { pipedCells } from "./piped-cells.js"
import { isCommand } from "./prompt.js"
import { runCommand } from "./repl-commands.js"
import { startEngine } from "./repl-engine.js"
import { type TextOutput, wantsColor } from "./terminal.js"
import { imageDrawer, imageProtocol } from "./terminal-images.js"
import { TerminalOutput } from "./terminal-output.js"
import { TerminalRepl } from "./terminal-repl.js"

export interface ReplOptions {
  readonly cwd: string
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: TextOutput & { readonly rows?: number }
  /** Where errors of piped cells go; stderr unless a test says otherwise. */
  readonly errors?: TextOutput
}

/** In a script a type error stops the first cell too, although the language server has only just begun. */
const script = { checkPatienceMs: 10_000 }

/** Opens the interactive session of `cellgrad repl`, or runs what is piped in; the result is the exit code. */
export async function runRepl(options: ReplOptions): Promise<number> {
  const interactive = options.input.isTTY === true && options.output.isTTY === true && process.env.TERM !== "dumb"
  if (!interactive) return runPiped(options)
  const protocol = imageProtocol()
  const drawImage = protocol && (await imageDrawer(protocol))
  return new TerminalRepl({ ...options, drawImage }).run()
}

/** Runs one piece of code and prints its value; the result is the exit code. */
export async function runEval(code: string, { cwd = process.cwd() } = {}): Promise<number> {
  const engine = await startEngine(cwd, plainOutput(process.stdout, process.stderr), script)
  const fine = await engine.run(code)
  await engine.close()
  return fine ? 0 : 1
}

/** Runs cells from a pipe until one fails, and prints their values. */
async function runPiped({ cwd, input, output, errors = process.stderr }: ReplOptions): Promise<number> {
  const engine = await startEngine(cwd, plainOutput(output, errors), script)
  const print = (text: string) => void output.write(`${text}\n`)
  const context = { ...engine, cwd, print, printCode: print, clear: () => {} }
  let outcome: boolean | "exit" = true
  for await (const cell of pipedCells(input)) {
    outcome = isCommand(cell) ? await runCommand(cell, context) : await engine.run(cell)
    if (outcome !== true) break
  }
  await engine.close()
  return outcome === false ? 1 : 0
}

function plainOutput(output: TextOutput, errors: TextOutput): TerminalOutput {
  return new TerminalOutput({
    write: (text) => output.write(text),
    writeError: (text) => errors.write(text),
    color: wantsColor(output),
    overwrite: false,
    columns: () => output.columns || 80,
    ask: () => Promise.reject(new Error("input() needs a terminal")),
  })
}
