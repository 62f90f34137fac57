import { currentHost, type MimeBundle } from "./host.js"

/** What is shown in place: the bundle of the state now, and one line for terminals. */
export interface InPlaceView {
  /**
   * The look in a notebook; `last` says that no update follows soon, so that a costly part may be added. Undefined when the output
   * stays as it is, because something in it has been brought up to date in another way.
   */
  draw(last: boolean): { data: MimeBundle; metadata?: Record<string, unknown> } | undefined
  /** The look in a terminal. */
  line(): string
  /** Called when the cell has ended. */
  leave?(): void
}

/** However long drawing takes, the reader wants to see that it goes on. */
const slowest = 3000

let displays = 0

/** Outside a notebook: what has to be shown once more when the process ends. */
const unfinished = new Set<() => void>()
let finishesAtExit = false

function finishAll(): void {
  for (const finish of unfinished) finish()
}

/** Drawing may take this share of the time, or a long curve would slow the training that it shows. */
const drawingShare = 0.006

/**
 * One output that is updated where it stands, at a bounded rate, and seldom enough that drawing takes little of the time.
 * The last state is always shown: at the end of the cell, also when it fails or is interrupted, and outside a notebook
 * when the process ends. A terminal gets one line that is rewritten; where there is neither, only the last line is
 * printed. Nothing goes to stderr.
 */
export class InPlace {
  readonly displayId = `cellgrad-${process.pid}-${++displays}`
  readonly #view: InPlaceView
  readonly #interval: number
  #nextAt = 0
  /** How long drawing and sending took the last time, in milliseconds. */
  #cost = 0
  #shown = false
  #waiting = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(view: InPlaceView, { perSecond }: { perSecond: number }) {
    this.#view = view
    this.#interval = 1000 / perSecond
  }

  /** Says that the state has changed. Costs a look at the clock when it is too early for an update. */
  touch(): void {
    if (performance.now() >= this.#nextAt) this.#send(false)
    else if (!this.#waiting) this.#wait()
  }

  /** Shows the last state now. */
  finish(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#shown || this.#waiting) this.#send(true)
  }

  /** When the loop pauses after a change (a slow download, say), the change is shown by a timer. */
  #wait(): void {
    this.#waiting = true
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (this.#waiting) this.#send(false)
    }, this.#nextAt - performance.now())
    this.#timer.unref?.()
  }

  #send(last: boolean): void {
    this.#waiting = false
    const begun = performance.now()
    const host = currentHost()
    if (host) {
      // Where nobody says that the cell has ended, each update may be the last.
      const drawn = this.#view.draw(last || !host.onCellEnd)
      const update = this.#shown
      if (drawn) host.display(drawn.data, { displayId: this.displayId, update, metadata: drawn.metadata ?? {} })
      if (!update) host.onCellEnd?.(this.#end)
    } else {
      this.#print(last)
    }
    this.#shown = !last
    const now = performance.now()
    // The cheaper of the last two times: the first drawing is slow because the code is cold, and a pause may hit any.
    const cost = Math.min(this.#cost, now - begun)
    this.#cost = now - begun
    this.#nextAt = last ? 0 : now + Math.max(this.#interval, Math.min(slowest, cost / drawingShare))
  }

  /** After the cell, a change is shown under the cell that makes it: outputs of earlier cells may be gone. */
  readonly #end = (): void => {
    if (this.#shown) this.finish()
    this.#view.leave?.()
  }

  #print(last: boolean): void {
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#view.line()}\x1b[K${last ? "\n" : ""}`)
    else if (last) process.stdout.write(`${this.#view.line()}\n`)
    if (!finishesAtExit) process.once("exit", finishAll)
    finishesAtExit = true
    if (last) unfinished.delete(this.#end)
    else unfinished.add(this.#end)
  }
}
