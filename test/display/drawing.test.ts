import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { niceBins } from "../../src/display/bins.js"
import { Chart } from "../../src/display/chart.js"
import { colorScale } from "../../src/display/color-scale.js"
import { coversText, textWidth } from "../../src/display/fonts.js"
import { short } from "../../src/display/numbers.js"
import { contour } from "../../src/display/plot/contour.js"
import { niceDomain, spreadLabels, thin } from "../../src/display/plot/scale.js"
import { encodePng, enlarge } from "../../src/display/png.js"
import { sparkline } from "../../src/display/sparkline.js"
import { decodePng } from "./decode-png.js"

test("texts are as wide as Inter draws them", () => {
  expect(textWidth("A", 1000)).toBe(690)
  expect(textWidth("Loss", 14)).toBeCloseTo(14 * (0.565 + 0.6 + 0.528 * 2), 0)
  expect(textWidth("Loss", 14, true)).toBeGreaterThan(textWidth("Loss", 14))
  expect(coversText("μσ ² ł Ж · …")).toBe(true)
  expect(coversText("損失")).toBe(false)
})

test("domains end on round numbers, also for one value", () => {
  expect(niceDomain([0.09, 2.28])).toEqual([0, 2.5])
  expect(niceDomain([0.7, 0.72])).toEqual([0.7, 0.72])
  expect(niceDomain([3, 3])[0]).toBeLessThan(3)
  expect(niceDomain([0, 0])).toEqual([-1, 1])
})

test("labels move apart and stay inside", () => {
  expect(spreadLabels([10, 100], 14, 200)).toEqual([10, 100])
  expect(spreadLabels([199, 198, 197], 14, 200)).toEqual([200, 186, 172])
})

test("thinning keeps spikes and both ends", () => {
  const values = Array.from({ length: 10_000 }, (_, i) => (i === 4321 ? 99 : i % 7))
  const kept = thin(values, 300)
  expect(kept.length).toBeLessThan(320)
  expect(kept).toContain(4321)
  expect([kept[0], kept.at(-1)]).toEqual([0, 9999])
})

test("bins cover all values, on round edges", () => {
  const { start, step, counts } = niceBins(Array.from({ length: 1000 }, (_, i) => i / 100))
  expect(counts.reduce((a, b) => a + b)).toBe(1000)
  expect([start, step]).toEqual([0, 1])
  expect(niceBins([5, 5, 5])).toEqual({ start: 4.5, step: 1, counts: [3] })
  expect(niceBins([0, 10], 4).counts).toEqual([1, 0, 0, 1])
})

test("color scales are white at zero, and show NaN in a color of its own", () => {
  const signed = colorScale(-1, 3)
  expect(signed.domain).toEqual([-3, 3])
  expect(signed.color(0)).toEqual([247, 247, 247])
  expect(signed.color(Number.NaN)).toEqual([255, 0, 200])
  expect(colorScale(0, 0).color(0)).toEqual([244, 247, 250])
})

test("contours cross where the function does", () => {
  const values = Array.from({ length: 9 }, (_, i) => (i % 3) - 0.5)
  expect(contour(values, 3, 3, 0)).toEqual([
    { x: 0.5, y: 0, x2: 0.5, y2: 1 },
    { x: 0.5, y: 1, x2: 0.5, y2: 2 },
  ])
})

test("PNG files hold the pixels that went in", () => {
  const pixels = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.from([1, 2, 3, 250, 251, 252]) }
  const decoded = decodePng(encodePng(enlarge(pixels, 2)))
  expect([decoded.width, decoded.height, decoded.colors]).toEqual([4, 2, 2])
  expect([...decoded.pixels.subarray(6, 9)]).toEqual([250, 251, 252])
})

test("numbers are short and exact enough", () => {
  expect([0, 0.24831, 98304, 1.5, 1234.5, 1.23e-7, -0.5, Number.NaN, 1e12].map((v) => short(v))).toEqual([
    "0",
    "0.2483",
    "98,304",
    "1.5",
    "1,235",
    "1.23e-7",
    "-0.5",
    "NaN",
    "1.00e+12",
  ])
  expect(sparkline([1, 2, 3, Number.NaN, 8])).toBe("▁▂▃ █")
})

test("a chart made for Vega-Lite 6 goes out as version 5, and keeps its own configuration", () => {
  const chart = new Chart({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    mark: "point",
    config: { axis: { grid: false } },
  })
  expect(chart.spec.$schema).toBe("https://vega.github.io/schema/vega-lite/v5.json")
  expect(chart.spec.config).toMatchObject({ axis: { grid: false, labelFontSize: 11 } })
})

test("a chart is saved as PNG, SVG or its specification", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-"))
  const chart = new Chart({
    data: { values: [{ x: 1 }] },
    mark: "point",
    encoding: { x: { field: "x", type: "quantitative" } },
  })
  for (const ending of ["png", "svg", "json"]) chart.save(join(folder, `chart.${ending}`))
  expect(decodePng(readFileSync(join(folder, "chart.png"))).width).toBeGreaterThan(400)
  expect(readFileSync(join(folder, "chart.svg"), "utf8")).toMatch(/^<svg/)
  expect(JSON.parse(readFileSync(join(folder, "chart.json"), "utf8")).mark).toBe("point")
})
