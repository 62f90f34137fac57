import { type SpecDrawer, specDrawer } from "./host.js"
import { specToSvg, svgToPng, type VegaLiteSpec, vegaToSvg } from "./rasterize.js"

/** More than this takes too long to be drawn beside the cell. */
const largestSpec = 2_000_000

/** A user's own specification as a picture. What would have to be fetched first, or is broken, gives none. */
const drawSpec: SpecDrawer = (spec) => {
  try {
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

Object.defineProperty(globalThis, specDrawer, { value: drawSpec, configurable: true, writable: true })
