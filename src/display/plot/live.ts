import type { Chart } from "../chart.js"
import { currentHost, displayMetadata, jupyterDisplay, type MimeBundle } from "../host.js"
import { InPlace } from "../in-place.js"
import * as messages from "../messages.js"
import { readNumber, short } from "../numbers.js"
import { sparkline } from "../sparkline.js"
import { type CurveOptions, drawCurves, summaryLine } from "./curve-chart.js"

/** How a live curve looks, and which series it will have. */
export interface LiveOptions extends CurveOptions {
  /** The series in the order of their colours; others join when they are first logged. */
  metrics?: readonly string[]
}

/** A value that a live curve takes: a number or a one-element tensor. */
export type Metric = number | { item(): number }

/**
 * A loss curve that grows while a cell runs.
 *
 * @example
 * const curve = plot.live({ title: "Loss" })
 * curve.log({ train: 0.5, val: 0.6 })
 * curve.latest("val") // 0.6
 */
export class LiveCurve {
  readonly #options: LiveOptions
  readonly #series = new Map<string, { name: string; x: number[]; y: number[] }>()
  readonly #output: InPlace
  #step = 0

  constructor(options: LiveOptions = {}) {
    this.#options = options
    for (const name of options.metrics ?? []) this.#seriesOf(name)
    this.#output = new InPlace(
      {
        line: () => this.#line(),
        draw: (last) => {
          const chart = this.chart()
          // Drawing the picture takes thirty times as long as the rest, so it comes with the last state only.
          if (last || currentHost()?.terminal)
            return { data: chart[jupyterDisplay](), metadata: chart[displayMetadata] }
          return { data: { "application/vnd.vegalite.v5+json": chart.spec, "text/plain": chart.text } }
        },
      },
      { perSecond: 4 },
    )
  }

  /**
   * Adds the values of the next step: 1, 2, 3 …
   *
   * Errors: a value that is not a number.
   */
  log(values: Record<string, Metric>): void {
    this.push(this.#step + 1, values)
  }

  /**
   * Adds values at a position of one's own.
   *
   * Errors: a position or a value that is not a number; a position left of the last one.
   */
  push(position: number, values: Record<string, Metric>): void {
    if (!Number.isFinite(position)) throw messages.notANumber("curve.push", "position", position)
    if (position < this.#step) throw messages.goesBack("curve.push", position, this.#step)
    const names = Object.keys(values)
    // Read all before adding any, so that a bad value leaves no half step behind.
    const read = names.map((name) => readNumber("curve.log", name, values[name]))
    for (let i = 0; i < names.length; i++) {
      const series = this.#seriesOf(names[i] as string)
      series.x.push(position)
      series.y.push(read[i] as number)
    }
    this.#step = position
    this.#output.touch()
  }

  /** The last value of a series, or NaN when there is none. */
  latest(name: string): number {
    return this.#series.get(name)?.y.at(-1) ?? Number.NaN
  }

  /** The values so far by name, to be compared with those of other trainings: `plot.lossCurve({ Adam: curve.history })`. */
  get history(): Record<string, number[]> {
    return Object.fromEntries([...this.#series.values()].map(({ name, y }) => [name, [...y]]))
  }

  /** The curve as it stands, as a chart that no longer changes. */
  chart(): Chart {
    return drawCurves([...this.#series.values()], this.#options)
  }

  /** Shows the last state now, instead of at the end of the cell. */
  finish(): void {
    this.#output.finish()
  }

  #seriesOf(name: string) {
    let series = this.#series.get(name)
    if (!series) {
      series = { name, x: [], y: [] }
      this.#series.set(name, series)
    }
    return series
  }

  #line(): string {
    const { xLabel = "epoch" } = this.#options
    const parts = [...this.#series.values()].map(
      ({ name, y }) => `${name} ${short(y.at(-1) ?? Number.NaN)} ${sparkline(y, 20)}`,
    )
    return [`${xLabel} ${this.#step}`, ...parts].join("  ")
  }

  [jupyterDisplay](): MimeBundle {
    return this.chart()[jupyterDisplay]()
  }

  get [displayMetadata](): Record<string, unknown> {
    return this.chart()[displayMetadata]
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return summaryLine(this.#options.title ?? "Loss", this.#options.xLabel ?? "epoch", [...this.#series.values()])
  }
}

/**
 * Makes a loss curve that is updated in place while a cell runs, at most four times a second; the last state is always
 * shown, also when the cell fails or is interrupted.
 *
 * Options: those of `plot.lossCurve`, and `metrics`, the series in the order of their colours.
 *
 * @example
 * const curve = plot.live({ title: "Loss", subtitle: "MLP · Adam lr 1e-3" })
 * for (const loss of [0.9, 0.5, 0.3]) curve.log({ train: loss })
 * curve.latest("train") // 0.3
 */
export function live(options: LiveOptions = {}): LiveCurve {
  return new LiveCurve(options)
}
