import type { Message } from "./messages.js"

/** Something that runs on the main thread and waits for its turn: a cell, or the opening of a comm. */
export interface Task {
  readonly id: number
  readonly type: "execute" | "comm"
  readonly message: Message
}

/**
 * The queue of one shell: its tasks run one after the other. Beside the main shell there is one for each subshell that a
 * client made (JEP 91), whose cells run while a cell of another shell awaits.
 */
export class Shell {
  /** Takes no more tasks: its client has deleted it. */
  closed = false
  readonly #start: (task: Task) => void
  #waiting: Task[] = []
  #running: Task | undefined

  constructor(start: (task: Task) => void) {
    this.#start = start
  }

  get running(): Task | undefined {
    return this.#running
  }

  add(task: Task): void {
    this.#waiting.push(task)
    this.#next()
  }

  /** Ends the running task when it is the one of this id, and gives it; the next one starts after `settle`. */
  finish(id: number, settle: (task: Task) => void): void {
    const task = this.#running
    if (task?.id !== id) return
    this.#running = undefined
    settle(task)
    this.#next()
  }

  /** Removes the cells that wait and gives them; what else waits stays. */
  abort(): Task[] {
    const aborted = this.#waiting.filter(({ type }) => type === "execute")
    this.#waiting = this.#waiting.filter(({ type }) => type !== "execute")
    return aborted
  }

  #next(): void {
    if (this.#running) return
    const task = this.#waiting.shift()
    if (!task) return
    this.#running = task
    this.#start(task)
  }
}
