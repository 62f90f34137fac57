import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A library's process: a line with a workload's name goes in, a line of JSON comes out. */
export class Runner {
  static async start({ command, args, name }) {
    const runner = new Runner(name, spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] }))
    const hello = await runner.read()
    return hello === undefined ? undefined : runner
  }

  constructor(name, child) {
    this.name = name
    this.child = child
    this.errors = ""
    child.on("error", (error) => (this.errors += error.message))
    child.stdin.on("error", () => {})
    child.stderr.setEncoding("utf8").on("data", (text) => (this.errors = (this.errors + text).slice(-2_000)))
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** The next line of JSON; undefined, with a word to the reader, when the process has ended. */
  async read() {
    for (;;) {
      const { value, done } = await this.lines.next()
      if (done) {
        if (!this.dead) console.log(`  ${this.name}: failed: ${this.errors.trim()}`)
        this.dead = true
        return undefined
      }
      if (value.startsWith("{")) return JSON.parse(value)
    }
  }

  ask(workload) {
    if (this.dead) return undefined
    this.child.stdin.write(`${workload}\n`)
    return this.read()
  }

  close() {
    this.child.stdin.end()
    this.child.kill()
  }
}
