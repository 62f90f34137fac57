import { type SpecDrawer, specDrawer } from "./host.js"
import { specToSvg, svgToPng, type VegaLiteSpec, vegaToSvg } from "./rasterize.js"

/** More than this takes too long to be drawn beside the cell. */
const largestSpec = 2_000_000

/** A user's own specification or SVG as a picture. What would have to be fetched first, or is broken, gives none. */
const drawSpec: SpecDrawer = (spec) => {
  try {
    if (typeof spec === "string") return spec.length > largestSpec ? undefined : svgToPng(onPaper(spec))
    const text = JSON.stringify(spec)
    if (text.length > largestSpec || /"url":"(?!data:)/.test(text)) return undefined
    // A copy: vega writes into what it is given.
    const copy = JSON.parse(text) as VegaLiteSpec
    const svg = /\/vega-lite\//.test(String(spec.$schema)) ? specToSvg(copy) : vegaToSvg(copy)
    return svgToPng(svg)
  } catch {
    return undefined
  }
}

/** An SVG drawing with white paper under it: many draw black on whatever there is, and a picture may be seen on black. */
function onPaper(svg: string): string {
  return svg.replace(/^<svg[^>]*>/, (open) => {
    const [x = "0", y = "0"] =
      /viewBox="([^"]*)"/
        .exec(open)?.[1]
        ?.trim()
        .split(/[\s,]+/) ?? []
    return `${open}<rect x="${x}" y="${y}" width="100%" height="100%" fill="white"/>`
  })
}

Object.defineProperty(globalThis, specDrawer, { value: drawSpec, configurable: true, writable: true })
