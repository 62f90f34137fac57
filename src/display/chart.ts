import { writeFileSync } from "node:fs"
import { currentHost, displayMetadata, jupyterDisplay, type MimeBundle } from "./host.js"
import { unknownEnding } from "./messages.js"
import { type Picture, specToSvg, svgToPng, type VegaLiteSpec } from "./rasterize.js"
import { ownTerminal, type Terminal } from "./terminal/paint.js"
import { chartConfig } from "./theme.js"

const schema = "https://vega.github.io/schema/vega-lite/v5.json"

/** Draws a chart as text of several lines. */
export type TextDrawing = (terminal: Terminal) => string

/**
 * A chart: a Vega-Lite 5 specification that knows how to draw itself. In a notebook it is interactive where the front end
 * draws Vega-Lite, and a picture elsewhere. It is never changed after it was made.
 *
 * @example plot.histogram([1, 2, 2, 3]).save("/tmp/histogram.png")
 */
export class Chart {
  readonly spec: VegaLiteSpec
  /** The chart in one line of text, for terminals and screen readers. */
  readonly text: string
  readonly #inTerminal: TextDrawing | undefined
  #svg: string | undefined
  #picture: Picture | undefined

  /** `inTerminal` draws the chart as text of several lines. */
  constructor(spec: Record<string, unknown>, text = "Chart", inTerminal?: TextDrawing) {
    // Front ends know Vega-Lite up to version 5; a specification for version 6 is nearly always valid there too.
    const { $schema: _, config, ...rest } = spec
    this.spec = { $schema: schema, description: text, config: mergeConfig(config), ...rest }
    this.text = text
    this.#inTerminal = inTerminal
  }

  /** The chart as an SVG document. */
  toSVG(): string {
    this.#svg ??= specToSvg(this.spec)
    return this.#svg
  }

  /** The chart as a PNG picture, `scale` pixels for each CSS pixel. */
  toPNG({ scale = 2 }: { scale?: number } = {}): Uint8Array {
    return scale === 2 ? this.#draw().png : svgToPng(this.toSVG(), scale).png
  }

  /** The specification as it is sent to a notebook; `JSON.stringify(chart)` uses it. */
  toJSON(): VegaLiteSpec {
    return this.spec
  }

  /**
   * Writes the chart to a file; the ending says how.
   *
   * Errors: an ending other than `.png`, `.svg` or `.json`.
   */
  save(file: string): void {
    if (/\.png$/i.test(file)) writeFileSync(file, this.toPNG())
    else if (/\.svg$/i.test(file)) writeFileSync(file, this.toSVG())
    else if (/\.json$/i.test(file)) writeFileSync(file, `${JSON.stringify(this.spec, null, 2)}\n`)
    else throw unknownEnding(file)
  }

  #draw(): Picture {
    this.#picture ??= svgToPng(this.toSVG())
    return this.#picture
  }

  [jupyterDisplay](): MimeBundle {
    const terminal = currentHost()?.terminal
    if (terminal && !terminal.images) return { "text/plain": this.#textFor(terminal) }
    const picture = { "image/png": Buffer.from(this.#draw().png).toString("base64") }
    if (terminal) return { ...picture, "text/plain": this.#textFor(terminal) }
    return { "application/vnd.vegalite.v5+json": this.spec, ...picture, "text/plain": this.text }
  }

  get [displayMetadata](): Record<string, unknown> {
    const terminal = currentHost()?.terminal
    if (terminal && !terminal.images) return {}
    const { width, height } = this.#draw()
    return { "image/png": { width, height } }
  }

  /** Where text is all there is, the chart is drawn with it; where it goes to a file or stands beside the chart, a line is enough. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const host = currentHost()
    if (host?.onlyPrints) host.display(this[jupyterDisplay](), { metadata: this[displayMetadata] })
    const terminal = host ? host.terminal : ownTerminal()
    return terminal ? this.#textFor(terminal) : this.text
  }

  #textFor(terminal: Terminal): string {
    return this.#inTerminal?.(terminal) ?? this.text
  }
}

/** Our configuration with the chart's own on top, one level deep as in `{ axis: { grid: false } }`. */
function mergeConfig(own: unknown): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...chartConfig }
  for (const [key, value] of Object.entries((own ?? {}) as Record<string, unknown>)) {
    const base = merged[key]
    merged[key] = isPlainObject(base) && isPlainObject(value) ? { ...base, ...value } : value
  }
  return merged
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
