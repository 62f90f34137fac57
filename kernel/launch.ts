import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
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
const keptOutputLength = 1 << 16

/** A kernel running as a child process, with its connection and the last of what it wrote outside the protocol. */
export class KernelProcess {
  readonly connection: Connection
  /** Settles when the process has ended. */
  readonly exited: Promise<KernelExit>
  readonly #child: ChildProcess
  readonly #log: string
  /** What it wrote, once it has ended. */
  #output: string | undefined

  /** `log` is the file that the process writes to. */
  constructor(child: ChildProcess, connection: Connection, log: string, onExit: () => void) {
    this.#child = child
    this.#log = log
    this.connection = connection
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
        this.#output ??= this.output
        onExit()
        resolve({ code, signal })
      }
      child.once("error", (error) => {
        this.#output = `${error.message}\n`
        ended(null, null)
      })
      child.once("exit", ended)
    })
  }

  /** The last of what the process wrote to its own stdout and stderr. */
  get output(): string {
    if (this.#output !== undefined) return this.#output
    try {
      return readFileSync(this.#log, "utf8").slice(-keptOutputLength)
    } catch {
      return ""
    }
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
  // A file, not pipes: Node makes sockets of those, which a kernel that captures its output cannot open a second time.
  const log = join(folder, "output.log")
  const output = openSync(log, "a", 0o600)
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, JPY_PARENT_PID: String(process.pid) },
    stdio: ["ignore", output, output],
    detached: process.platform !== "win32",
    windowsHide: true,
  })
  closeSync(output)
  return new KernelProcess(child, connection, log, () => rmSync(folder, { recursive: true, force: true }))
}
