import { readFileSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import type { Language } from "./language.js"

/** What the commands of the prompt work on. */
export interface CommandContext {
  readonly cwd: string
  readonly language: Language
  /** The cells that ran without an error, in order. */
  readonly cells: readonly string[]
  /** Runs a cell; false when it failed. */
  readonly run: (code: string) => Promise<boolean>
  readonly print: (text: string) => void
  /** Prints TypeScript, coloured where colour is wanted. */
  readonly printCode: (code: string) => void
  readonly clear: () => void
}

interface Command {
  readonly usage: string
  readonly summary: string
  /** False when the command failed; "exit" leaves the prompt. */
  run(rest: string, context: CommandContext): boolean | "exit" | Promise<boolean | "exit">
}

const commands: Record<string, Command> = {
  type: {
    usage: ".type EXPRESSION",
    summary: "show the type of an expression without running it",
    async run(expression, { language, print, printCode }) {
      if (expression === "") return complain(print, ".type needs an expression, as in .type [1, 2].map(String)")
      const hover = await language.hover(`const typeOf = (${expression}\n)`, "const t".length)
      const text = hover?.text.replace(/^const typeOf: /, "")
      if (text === undefined) return complain(print, "the language server has no type for this")
      printCode(text)
      return true
    },
  },
  time: {
    usage: ".time CODE",
    summary: "run code and say how long it took",
    async run(code, { run, print }) {
      const start = performance.now()
      const fine = await run(code)
      print(`${(performance.now() - start).toFixed(1)} ms`)
      return fine
    },
  },
  load: {
    usage: ".load FILE",
    summary: "run a file as one cell",
    run(path, { cwd, run, print }) {
      if (path === "") return complain(print, ".load needs the path of a file")
      let code: string
      try {
        code = readFileSync(resolve(cwd, path), "utf8")
      } catch (error) {
        return complain(print, `cannot read ${path}: ${(error as Error).message}`)
      }
      return run(code)
    },
  },
  save: {
    usage: ".save FILE",
    summary: "write the cells that ran to a file",
    run(path, { cwd, cells, print }) {
      if (path === "") return complain(print, ".save needs the path of a file")
      try {
        writeFileSync(resolve(cwd, path), cells.map((cell) => `${cell}\n`).join(""))
      } catch (error) {
        return complain(print, `cannot write ${path}: ${(error as Error).message}`)
      }
      print(`wrote ${cells.length} ${cells.length === 1 ? "cell" : "cells"} to ${path}`)
      return true
    },
  },
  clear: {
    usage: ".clear",
    summary: "clear the screen; variables stay",
    run(_rest, { clear }) {
      clear()
      return true
    },
  },
  help: {
    usage: ".help",
    summary: "show this list",
    run(_rest, { print }) {
      const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length))
      const lines = Object.values(commands).map(({ usage, summary }) => `${usage.padEnd(width)}  ${summary}`)
      print(`${lines.join("\n")}\n\n${keys}`)
      return true
    },
  },
  exit: {
    usage: ".exit",
    summary: "leave, as Ctrl-D does",
    run: () => "exit",
  },
}

const keys = `Enter runs a complete cell and otherwise opens a new line; Alt-Enter always opens one.
Tab completes, the arrows walk through lines and history, Ctrl-R searches it, Ctrl-C interrupts, Ctrl-L clears.`

/** Runs a line such as `.type x`; false when it failed, "exit" to leave. */
export async function runCommand(line: string, context: CommandContext): Promise<boolean | "exit"> {
  const [, name = "", rest = ""] = /^\s*\.([a-z]+)\s*([\s\S]*)$/.exec(line) ?? []
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) return complain(context.print, `there is no command .${name}; .help lists them`)
  return command.run(rest.trim(), context)
}

function complain(print: (text: string) => void, text: string): false {
  print(text)
  return false
}
