import { createRequire } from "node:module"
import { coversText, fontFiles, textWidth } from "./fonts.js"

/** A Vega-Lite 5 chart as data. */
export interface VegaLiteSpec {
  $schema: string
  [property: string]: unknown
}

/** A picture in PNG, with the size in CSS pixels at which it is meant to be seen. */
export interface Picture {
  png: Uint8Array
  width: number
  height: number
}

// The parts of vega, vega-lite and resvg that we use. Their own types are not imported: they would be loaded by the type
// checker behind every cell that mentions a chart.
interface Vega {
  parse(spec: unknown): unknown
  View: new (runtime: unknown, options: object) => VegaView
  SVGStringRenderer: new (loader: unknown) => SvgRenderer
  textMetrics: { width(item: TextItem, text?: string): number }
}
interface VegaView {
  run(): VegaView
  scenegraph(): { root: SceneNode }
  loader(): unknown
  background(): string
  padding(): { left: number; right: number; top: number; bottom: number }
  _viewWidth: number
  _viewHeight: number
  _origin: [number, number]
  finalize(): void
}
interface SvgRenderer {
  initialize(element: null, width: number, height: number, origin: [number, number], scale: number): SvgRenderer
  background(color: string): SvgRenderer
  render(scene: SceneNode): SvgRenderer
  svg(): string
}
interface SceneNode {
  marktype?: string
  items?: SceneNode[]
  url?: string
  width?: number
  height?: number
  image?: { url: string; src: string; complete: boolean; width: number | undefined; height: number | undefined }
}
interface TextItem {
  text?: unknown
  fontSize?: number
  fontWeight?: string | number
}
interface VegaLite {
  compile(spec: unknown, options: { logger: Logger }): { spec: unknown }
}
interface Logger {
  level(): Logger
  error(): Logger
  warn(...messages: readonly string[]): Logger
  info(): Logger
  debug(): Logger
}
interface Resvg {
  Resvg: new (
    svg: string,
    options: object,
  ) => { width: number; height: number; render(): { asPng(): Uint8Array; width: number; height: number } }
}

const load = createRequire(import.meta.url)
let vega: Vega | undefined
let vegaLite: VegaLite | undefined
let resvg: Resvg | undefined

/** Vega on first use: it takes a tenth of a second to load, which nobody should pay who draws nothing. */
function loadVega(): Vega {
  if (vega) return vega
  vega = load("vega") as Vega
  vega.textMetrics.width = (item, text) => {
    const weight = item.fontWeight ?? 400
    const semibold = weight === "bold" || Number(weight) >= 550
    return textWidth(String(text ?? item.text ?? ""), item.fontSize ?? 11, semibold)
  }
  return vega
}

/** A logger that keeps warnings instead of printing them. */
function quietLogger(warnings: string[]): Logger {
  const logger: Logger = {
    level: () => logger,
    error: () => logger,
    info: () => logger,
    debug: () => logger,
    warn(...messages) {
      warnings.push(messages.join(" "))
      return logger
    },
  }
  return logger
}

/** Hands embedded pictures over as loaded; vega would fetch even a `data:` address with a promise. */
function attachImages(node: SceneNode, isImage = false): void {
  if (isImage && node.url?.startsWith("data:")) {
    node.image = { url: node.url, src: node.url, complete: true, width: node.width, height: node.height }
  }
  for (const child of node.items ?? []) attachImages(child, node.marktype === "image")
}

/** Draws a Vega-Lite chart as SVG. */
export function specToSvg(spec: VegaLiteSpec): string {
  vegaLite ??= load("vega-lite") as VegaLite
  loadVega()
  return vegaToSvg(vegaLite.compile(spec, { logger: quietLogger([]) }).spec)
}

/**
 * Draws a Vega specification as SVG. All of it happens now: a chart may have to be drawn while a failing cell ends, when
 * there is no time for promises.
 */
export function vegaToSvg(spec: unknown): string {
  const v = loadVega()
  const view = new v.View(v.parse(spec), { renderer: "none", logger: quietLogger([]) })
  try {
    view.run()
    const { root } = view.scenegraph()
    attachImages(root)
    const { left, right, top, bottom } = view.padding()
    const [x, y] = view._origin
    const width = Math.max(1, view._viewWidth + left + right)
    const height = Math.max(1, view._viewHeight + top + bottom)
    return new v.SVGStringRenderer(view.loader())
      .initialize(null, width, height, [left + x, top + y], 1)
      .background(view.background())
      .render(root)
      .svg()
  } finally {
    view.finalize()
  }
}

/** Turns SVG into PNG, `scale` pixels for each CSS pixel. */
export function svgToPng(svg: string, scale = 2): Picture {
  resvg ??= load("@resvg/resvg-js") as Resvg
  const words = svg.replace(/<[^>]*>/g, "")
  const drawing = new resvg.Resvg(coversText(words) ? svg : apart(svg), {
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontFiles,
      // Looking through the fonts of the machine takes 30 ms; only a letter that Inter lacks is worth it.
      loadSystemFonts: !coversText(words),
      defaultFontFamily: "Inter",
      sansSerifFamily: "Inter",
    },
  })
  const image = drawing.render()
  return { png: image.asPng(), width: Math.round(drawing.width), height: Math.round(drawing.height) }
}

/**
 * Puts letters that our font lacks into elements of their own. A renderer that finds one draws all of the text it stands in with
 * another font.
 */
function apart(svg: string): string {
  return svg.replace(/(<text[^>]*>)([^<]+)(?=<\/text>)/g, (_, open: string, text: string) => {
    const pieces = Array.from(text).reduce<{ known: boolean; text: string }[]>((list, letter) => {
      const known = coversText(letter)
      const last = list.at(-1)
      if (last?.known === known) last.text += letter
      else list.push({ known, text: letter })
      return list
    }, [])
    return (
      open +
      pieces.map(({ known, text }) => (known ? text : `<tspan font-family="sans-serif">${text}</tspan>`)).join("")
    )
  })
}
