import { describe, expect, test } from "vitest"
import { displayMetadata, jupyterDisplay } from "../../src/display/host.js"
import { chartSamples } from "./chart-samples.js"
import { decodePng } from "./decode-png.js"
import { keepPicture } from "./gallery.js"
import { vegaLites, warningsOf } from "./vega-lite-versions.js"

/** Where a specification holds numbers that JSON cannot say. */
function notFinite(node: unknown, path = "spec"): string[] {
  if (typeof node === "number") return Number.isFinite(node) ? [] : [path]
  if (typeof node !== "object" || node === null) return []
  return Object.entries(node).flatMap(([key, child]) => notFinite(child, `${path}.${key}`))
}

/**
 * What a chart may send at most, in kilobytes: of its specification 20 and of its picture 250, but for those that carry many points
 * or a picture of their own.
 */
const usual = [20, 250] as const
const budgets: Record<string, readonly [spec: number, picture: number]> = {
  "scatter-values-and-nan": [70, 250],
  "activation-several": [60, 250],
  "positional-encoding": [50, 400],
  "positional-encoding-large": [55, 750],
  "positional-encoding-learned": [55, 750],
  "heatmap-large": [50, 450],
  "loss-surface": [50, 400],
  "loss-surface-log": [50, 400],
  "roc-several": [50, 250],
  "attention-gpt": [40, 400],
  "attention-lines": [20, 400],
  "attention-long": [30, 250],
  "decision-boundary": [35, 250],
  "decision-boundary-three": [35, 250],
  "learning-rate-several": [30, 250],
}

test("the versions are those that front ends have", () => {
  expect(vegaLites.map(({ version }) => version.replace(/(?<=^[56]\.\d+)\..*/, ""))).toEqual(["5.6", "5.23", "6.5"])
})

test("budgets are those of charts that are there", () => {
  expect(Object.keys(budgets).filter((name) => !(name in chartSamples))).toEqual([])
})

describe.each(Object.entries(chartSamples))("%s", (name, make) => {
  const chart = make()
  const picture = decodePng(chart.toPNG())
  keepPicture(name, chart.toPNG())

  test.each(vegaLites)("compiles without a warning in Vega-Lite $version", (vegaLite) => {
    expect(warningsOf(vegaLite, chart.spec)).toEqual([])
  })

  test("is a picture with more than paper on it", () => {
    expect(picture.colors).toBeGreaterThan(20)
    expect(picture.paperShare).toBeLessThan(0.995)
  })

  test("says its size in CSS pixels, half of the picture's", () => {
    const size = chart[displayMetadata]["image/png"] as { width: number; height: number }
    expect(Math.abs(size.width * 2 - picture.width)).toBeLessThanOrEqual(2)
    expect(Math.abs(size.height * 2 - picture.height)).toBeLessThanOrEqual(2)
    expect(size.width).toBeLessThan(900)
  })

  test("sends a bundle of Vega-Lite 5, PNG and one line of text, and little of it", () => {
    const bundle = chart[jupyterDisplay]()
    expect(Object.keys(bundle)).toEqual(["application/vnd.vegalite.v5+json", "image/png", "text/plain"])
    expect(bundle["text/plain"]).toMatch(/^[^\n]{5,160}$/)
    const [specBudget, pictureBudget] = budgets[name] ?? usual
    expect(JSON.stringify(chart.spec).length / 1000).toBeLessThan(specBudget)
    expect(chart.toPNG().length / 1000).toBeLessThan(pictureBudget)
    expect(notFinite(chart.spec)).toEqual([])
  })
})
