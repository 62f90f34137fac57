import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Connection, createConnection, writeConnection } from "./connection.js"

export interface LaunchOptions {
  /** The command of a kernelspec; `{connection_file}` stands for the connection file. */
  readonly argv: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** How a kernel process ended. */
export interface KernelExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const endingSignals = ["SIGTERM", "SIGHUP"] as const
const keptOutputBytes = 1 << 16

/** A kernel running as a child process, with its connection and the last of what it wrote outside the protocol. */
export class KernelProcess {
  readonly connection: Connection
  /** Settles when the process has ended. */
  readonly exited: Promise<KernelExit>
  readonly #child: ChildProcess
  #output = ""

  constructor(child: ChildProcess, connection: Connection, onExit: () => void) {
    this.#child = child
    this.connection = connection
    const keep = (chunk: string) => {
      this.#output = (this.#output + chunk).slice(-keptOutputBytes)
    }
    child.stdout?.setEncoding("utf8").on("data", keep)
    child.stderr?.setEncoding("utf8").on("data", keep)
    // No kernel outlives us: neither when we exit nor when a signal ends us.
    const killWithUs = () => this.kill()
    const endWithUs = (signal: NodeJS.Signals) => {
      this.kill()
      process.kill(process.pid, signal)
    }
    process.once("exit", killWithUs)
    for (const signal of endingSignals) process.once(signal, endWithUs)
    this.exited = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) => {
        process.off("exit", killWithUs)
        for (const signal of endingSignals) process.off(signal, endWithUs)
        onExit()
        resolve({ code, signal })
      }
      child.once("error", (error) => {
        keep(`${error.message}\n`)
        ended(null, null)
      })
      // "close" comes after "exit", when the last output has been read.
      child.once("close", ended)
    })
  }

  /** The last of what the process wrote to its own stdout and stderr. */
  get output(): string {
    return this.#output
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Ends the process without asking it. */
  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL")
  }
}

/** Starts a kernel on free ports. Its process group is its own, so that Ctrl-C reaches us and not it. */
export async function launchKernel({ argv, cwd, env = process.env }: LaunchOptions): Promise<KernelProcess> {
  const connection = await createConnection()
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-kernel-"))
  const file = join(folder, "connection.json")
  writeConnection(file, connection)
  const [command = "", ...args] = argv.map((word) => word.replaceAll("{connection_file}", file))
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, JPY_PARENT_PID: String(process.pid) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  })
  return new KernelProcess(child, connection, () => rmSync(folder, { recursive: true, force: true }))
}
