import childProcess, { ChildProcess } from "node:child_process"
import { readFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import type { CallbackOwner } from "./boundary.js"

/** A child that has not ended so long after SIGINT is killed. */
const patienceMs = 1000

/**
 * Lets an interrupt end the child processes that a cell has started, as Ctrl-C does in a terminal; `before` is called when
 * one is about to start.
 */
export function ownChildren(currentOwner: () => CallbackOwner | undefined, before: () => void): void {
  const prototype = ChildProcess.prototype as ChildProcess & { spawn(options: unknown): unknown }
  const { spawn } = prototype
  const later = setTimeout
  prototype.spawn = function (this: ChildProcess, options: unknown) {
    before()
    const result = spawn.call(this as typeof prototype, options)
    const done = currentOwner()?.scheduled(() => {
      this.kill("SIGINT")
      later(() => this.exitCode === null && this.signalCode === null && this.kill("SIGKILL"), patienceMs).unref()
    })
    if (done) this.once("exit", done)
    return result
  }
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original: (...values: never[]) => unknown = childProcess[name]
    const replacement = (...values: never[]) => {
      before()
      return original(...values)
    }
    Object.assign(childProcess, { [name]: replacement })
  }
  syncBuiltinESMExports()
}

/**
 * Sends a signal to the processes that the main thread has started in the last `ms` milliseconds, and to theirs: one of
 * them may be what it waits for in `execSync` or `spawnSync`. On Linux only, where /proc says whose child is whose.
 */
export function signalChildren(signal: "SIGINT" | "SIGKILL", ms: number): void {
  const [uptime = 0] = readNumbers("/proc/uptime")
  const since = uptime - ms / 1000
  for (const pid of childrenOf(process.pid, process.pid)) {
    if (startedAt(pid) < since) continue
    for (const descendant of [...descendantsOf(pid), pid]) {
      try {
        process.kill(descendant, signal)
      } catch {
        // It has ended.
      }
    }
  }
}

/** The processes that one thread of a process has started. */
function childrenOf(pid: number, thread: number): number[] {
  return readNumbers(`/proc/${pid}/task/${thread}/children`)
}

function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid, pid)
  return children.flatMap((child) => [...descendantsOf(child), child])
}

/** When a process was started, in seconds since the machine was. */
function startedAt(pid: number): number {
  try {
    // The name of the program, in parentheses, may hold anything; the 20th field after it is the time, in 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
    return Number(fields[19]) / 100
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}

function readNumbers(path: string): number[] {
  try {
    return readFileSync(path, "utf8").trim().split(" ").filter(Boolean).map(Number)
  } catch {
    return []
  }
}
