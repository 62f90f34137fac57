import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { stripAnsi } from "../../../kernel/terminal.js"

/** Whether this machine has util-linux's `script`, which runs a program under a pseudo-terminal. */
export const hasPseudoTerminal = process.platform === "linux" && existsSync("/usr/bin/script")

/** A program that runs under a pseudo-terminal, and what it has shown so far. */
export class PseudoTerminal {
  readonly #child: ChildProcess
  readonly exited: Promise<number | null>
  /** Everything that was shown, escape sequences included. */
  raw = ""
  #from = 0

  constructor(command: readonly string[], options: { cwd: string; env: Record<string, string> }) {
    const quoted = command.map((word) => `'${word}'`).join(" ")
    this.#child = spawn("/usr/bin/script", ["-qec", `stty cols 100 rows 30; exec ${quoted}`, "/dev/null"], {
      cwd: options.cwd,
      env: { ...process.env, TERM: "xterm-256color", ...options.env },
      stdio: ["pipe", "pipe", "inherit"],
    })
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.raw += text
    })
    this.exited = new Promise((resolve) => this.#child.once("exit", resolve))
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Waits until something new is shown that matches; what was shown up to there, without colours and cursor moves. */
  async expect(pattern: RegExp, ms = 10_000): Promise<string> {
    const end = performance.now() + ms
    for (;;) {
      const text = stripAnsi(this.raw.slice(this.#from)).replaceAll("\r", "")
      const match = pattern.exec(text)
      if (match) {
        this.#from = this.raw.length
        return text
      }
      if (performance.now() > end) throw new Error(`${pattern} was not shown, but:\n${text}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL")
  }
}
