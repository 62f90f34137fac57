import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
// @ts-expect-error -- it brings no types
import * as vl from "vega-lite-api"
import { expect, test } from "vitest"
import { render } from "../../kernel/render.js"
import "../../src/display/index.js"
import { decodePng } from "../display/decode-png.js"

const { document } = parseHTML("<!doctype html><html><body></body></html>")
const species = [
  { length: 39, depth: 18, species: "Adelie" },
  { length: 46, depth: 15, species: "Gentoo" },
]
const dots = (options: Plot.PlotOptions) =>
  Plot.plot({
    document: document as never,
    marks: [Plot.dot(species, { x: "length", y: "depth", fill: "species" })],
    ...options,
  })

const pictureOf = (data: Record<string, unknown>) => decodePng(Buffer.from(String(data["image/png"]), "base64"))

test("a plot of Observable Plot is HTML, a picture and a word", async () => {
  const { data, metadata } = await render(dots({}))
  expect(data["text/html"]).toMatch(/^<svg [\s\S]*<circle /)
  expect(data["text/plain"]).toBe("<svg>")
  expect(metadata["image/png"]).toEqual({ width: 640, height: 400 })
  expect(pictureOf(data)).toMatchObject({ width: 1280, height: 800 })
  expect(pictureOf(data).colors).toBeGreaterThan(20)
})

test("a figure of Observable Plot, with legend and title, too; its picture is the plot", async () => {
  const { data, metadata } = await render(dots({ color: { legend: true }, title: "Penguins", ariaLabel: "bills" }))
  expect(data["text/html"]).toMatch(/^<figure [\s\S]*Adelie/)
  expect(data["text/plain"]).toBe("<figure> Penguins Adelie Gentoo")
  expect(metadata["image/png"]).toEqual({ width: 640, height: 400 })
})

test("an element that draws nothing is HTML and its words, cut where they are many", async () => {
  const element = document.createElement("p")
  element.innerHTML = "<style>p { color: red }</style>one <b>two</b>"
  expect((await render(element)).data).toEqual({ "text/html": element.outerHTML, "text/plain": "<p> one two" })
  expect((await render({ outerHTML: `<p>${"words ".repeat(100)}</p>` })).data["text/plain"]).toHaveLength(85)
  expect((await render({ outerHTML: '<p aria-label="label">1</p>' })).data["text/plain"]).toBe("<p> label")
})

test("a drawing that cannot be drawn is still HTML", async () => {
  const { data } = await render({ outerHTML: "<svg width=broken><circle></svg>" })
  expect(data).toEqual({ "text/html": "<svg width=broken><circle></svg>", "text/plain": "<svg>" })
})

test("a chart of vega-lite-api is Vega-Lite and a picture", async () => {
  const chart = vl.markBar().data(species).encode(vl.x().fieldQ("length"), vl.y().fieldN("species")).title("Bills")
  const { data } = await render(chart)
  expect(data["application/vnd.vegalite.v5+json"]).toMatchObject({ mark: { type: "bar" } })
  expect(data["text/plain"]).toBe("Chart · Bills")
  expect(pictureOf(data).colors).toBeGreaterThan(20)
})
