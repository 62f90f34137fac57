import type { MimeBundle } from "./host.js"
import { escapeHtml, monospace } from "./html.js"
import { InPlace } from "./in-place.js"
import * as messages from "./messages.js"
import { count, short } from "./numbers.js"
import { type BarState, ProgressWidget } from "./progress-widget.js"

/** How a progress bar looks. */
export interface ProgressOptions {
  /** What is counted, in front of the bar: `epoch 3`. */
  label?: string
  /** How many steps there will be, when the iterable does not say it by `length` or `size`. */
  total?: number
  /** What one step is called in the rate: `batch`, default `it`. */
  unit?: string
  /** Shows the bar as a widget of ipywidgets, in front ends where that is installed; the HTML stands in elsewhere. */
  widget?: boolean
}

/**
 * A progress bar around something iterable: rate, remaining time, and the values that `set` puts beside it.
 *
 * @example
 * const bar = progress([1, 2, 3], { label: "batches" })
 * for (const x of bar) bar.set({ loss: 1 / x })
 * bar.done // 3
 */
export class Progress<T> implements Iterable<T>, AsyncIterable<T> {
  /** How many steps are finished. */
  done = 0
  readonly label: string
  #total: number | undefined
  readonly #source: Iterable<T> | AsyncIterable<T>
  readonly #unit: string
  readonly #asWidget: boolean
  #widget: ProgressWidget | undefined
  readonly #output: InPlace
  #values: Record<string, unknown> = {}
  #startedAt = 0
  #endedAt = 0
  #failed = false
  /** The bar in whose loop this one runs, and the bar that runs or ran last in this one's. */
  #outer: Progress<unknown> | undefined
  #inner: Progress<unknown> | undefined

  constructor(
    source: Iterable<T> | AsyncIterable<T>,
    { label = "", total, unit = "it", widget = false }: ProgressOptions = {},
  ) {
    this.#source = source
    this.label = label
    this.#total = total ?? lengthOf(source)
    this.#unit = unit
    this.#asWidget = widget
    this.#output = new InPlace(
      {
        line: () => this.#chain().join("  │  "),
        draw: (last) => this.#draw(last),
        // A loop that was left without an end, by an interrupt say, is nobody's outer loop in the next cell.
        leave: () => running.splice(0),
      },
      { perSecond: 10 },
    )
  }

  /** How many steps there will be, where that is known. */
  get total(): number | undefined {
    return this.#total
  }

  /** Says that no more steps are needed than are done, for a loop that ends before its time because it has reached its aim. */
  complete(): void {
    this.#total = this.done
    this.#touch()
  }

  /** Puts values beside the bar: `bar.set({ loss, accuracy })`. A one-element tensor counts as a number. */
  set(values: Record<string, unknown>): void {
    Object.assign(this.#values, values)
    this.#touch()
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    const source = this.#source
    if (!(Symbol.iterator in source)) throw messages.notIterable(source)
    this.#start()
    try {
      for (const item of source) {
        yield item
        this.#step()
      }
    } finally {
      this.#end()
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    this.#start()
    try {
      for await (const item of this.#source) {
        yield item
        this.#step()
      }
    } finally {
      this.#end()
    }
  }

  #start(): void {
    this.done = 0
    this.#endedAt = 0
    this.#failed = true
    this.#startedAt = performance.now()
    this.#outer = running.at(-1)
    if (this.#outer) this.#outer.#inner = this
    running.push(this)
    this.#touch()
  }

  #step(): void {
    this.done++
    this.#touch()
  }

  /** A bar within another's loop stands below that one and is shown with it. */
  #touch(): void {
    if (this.#outer) this.#outer.#touch()
    else this.#output.touch()
  }

  #end(): void {
    this.#endedAt = performance.now()
    this.#failed = this.total !== undefined && this.done < this.total
    const at = running.lastIndexOf(this)
    if (at >= 0) running.splice(at)
    this.#touch()
    // The bars of inner loops go when the outer one is done; only one that failed stays to say where.
    if (this.#inner && !this.#inner.#failed) this.#inner = undefined
    if (!this.#outer) this.#output.finish()
  }

  /** The lines of this bar and of those within. */
  #chain(): string[] {
    return [this.toString(), ...(this.#inner ? this.#inner.#chain() : [])]
  }

  get #running(): boolean {
    return this.#endedAt === 0
  }

  /** The bar as one line: `epoch 7  44% ━━━━━━━━        412/938 [0:05<0:06, 80.8 it/s]  loss 0.213`. */
  toString(): string {
    const width = 24
    const full = Math.round(this.#share * width)
    const bar = this.total === undefined ? "" : `${"━".repeat(full)}${"╌".repeat(width - full)}`
    return [this.label, this.#percent, bar, this.#counts(), this.#valueText()].filter((part) => part !== "").join("  ")
  }

  get #share(): number {
    if (this.total === 0) return this.#running ? 0 : 1
    return this.total ? Math.min(1, this.done / this.total) : 0
  }

  get #percent(): string {
    return this.total === undefined ? "" : `${Math.floor(this.#share * 100)}%`.padStart(4)
  }

  #counts(): string {
    const elapsed = ((this.#endedAt || performance.now()) - this.#startedAt) / 1000
    const rate = this.done / Math.max(elapsed, 1e-6)
    const left = this.total === undefined || this.done === 0 ? undefined : (this.total - this.done) / rate
    const clock = this.#running && left !== undefined ? `${minutes(elapsed)}<${minutes(left)}` : minutes(elapsed)
    const speed =
      rate >= 1 || this.done === 0 ? `${short(rate, 3)} ${this.#unit}/s` : `${short(1 / rate, 3)} s/${this.#unit}`
    const total = this.total === undefined ? "" : `/${count(this.total)}`
    return `${count(this.done)}${total} [${clock}, ${speed}]`
  }

  #valueText(): string {
    return Object.entries(this.#values)
      .map(([name, value]) => `${name} ${valueText(value)}`)
      .join("  ")
  }

  #draw(last: boolean): { data: MimeBundle } | undefined {
    if (!this.#asWidget || !ProgressWidget.possible) return { data: this.#bundle() }
    const state = this.#barState()
    const isNew = this.#widget === undefined
    this.#widget ??= new ProgressWidget(state)
    this.#widget.update(state)
    // The widget's own messages bring it up to date; the output is sent again at the end, for who opens the notebook later.
    return isNew || last ? { data: { ...this.#widget.bundle, ...this.#bundle() } } : undefined
  }

  #barState(): BarState {
    const text = (value: string) =>
      `<span style="${monospace};font-size:12px;white-space:pre">${escapeHtml(value)}</span>`
    const inner = this.#chain().slice(1)
    const right = [`${this.#counts()}  ${this.#valueText()}`.trim(), ...inner].map(text).join("<br>")
    const left = text([this.label, this.#percent.trim()].filter((part) => part !== "").join(" "))
    return { left, right, share: this.#share, style: this.#running ? "" : this.#failed ? "danger" : "success" }
  }

  #bundle(): MimeBundle {
    return { "text/html": `<div>${this.#rows()}</div>`, "text/plain": this.#chain().join("\n") }
  }

  #rows(): string {
    const color = this.#running ? "#3D7ABF" : this.#failed ? "#D1373F" : "#1F9E89"
    const share = this.total === undefined ? (this.#running ? "" : ' value="1"') : ` value="${this.#share.toFixed(4)}"`
    const bar = `<progress max="1"${share} style="width:220px;vertical-align:middle;accent-color:${color}"></progress>`
    const pieces = [
      this.label === "" ? "" : `<span>${escapeHtml(this.label)}</span>`,
      bar,
      `<span>${escapeHtml(`${this.#percent.trim()} ${this.#counts()}`.trim())}</span>`,
      this.#failed && !this.#running ? `<b style="color:${color}">stopped</b>` : "",
      `<span style="opacity:.75">${escapeHtml(this.#valueText())}</span>`,
    ]
    const row = `<div style="${monospace};font-size:12px;white-space:pre-wrap">${pieces.filter((p) => p !== "").join("  ")}</div>`
    return row + (this.#inner ? this.#inner.#rows() : "")
  }
}

/** The bars whose loops are going, the outermost first. */
const running: Progress<unknown>[] = []

/**
 * Goes over something iterable and shows how far it is: an HTML bar in a notebook, one rewritten line in a terminal. A number
 * counts from 0 up to it.
 *
 * Options: `label`, `total`, `unit`, `widget` (a bar of ipywidgets).
 *
 * Errors: a value that is not iterable.
 *
 * @example [...progress(3, { label: "epochs" })] // [0, 1, 2]
 */
export function progress(end: number, options?: ProgressOptions): Progress<number>
export function progress<T>(iterable: Iterable<T> | AsyncIterable<T>, options?: ProgressOptions): Progress<T>
export function progress<T>(
  source: number | Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): Progress<T> | Progress<number> {
  if (typeof source === "number") {
    if (!(source >= 0)) throw messages.notIterable(source)
    return new Progress(countTo(Math.floor(source)), options)
  }
  const iterable = typeof source === "string" || (typeof source === "object" && source !== null)
  if (!iterable || !(Symbol.iterator in Object(source) || Symbol.asyncIterator in Object(source))) {
    throw messages.notIterable(source)
  }
  return new Progress(source, options)
}

/** 0, 1, 2 … without a list of them. */
function countTo(end: number): Iterable<number> & { length: number } {
  return {
    length: end,
    *[Symbol.iterator]() {
      for (let i = 0; i < end; i++) yield i
    },
  }
}

function lengthOf(source: object): number | undefined {
  for (const key of ["length", "size", "numRows"] as const) {
    const value = (source as Record<string, unknown>)[key]
    if (typeof value === "number" && !Number.isNaN(value)) return value
  }
  return undefined
}

/** Seconds as 0:05, 12:30 or 1:02:30. */
function minutes(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  const [hours, rest] = [Math.floor(whole / 3600), whole % 3600]
  return hours > 0
    ? `${hours}:${two(Math.floor(rest / 60))}:${two(rest % 60)}`
    : `${Math.floor(rest / 60)}:${two(rest % 60)}`
}

function valueText(value: unknown): string {
  if (typeof value === "number") return short(value)
  if (typeof value === "object" && value !== null && "item" in value && typeof value.item === "function") {
    return short(Number(value.item()))
  }
  return String(value)
}
