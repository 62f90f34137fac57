import { expect, test } from "vitest"
import { render } from "../../kernel/render.js"
import "../../src/display/index.js"
import { decodePng } from "./decode-png.js"

const bars = {
  data: {
    values: [
      { a: "x", b: 3 },
      { a: "y", b: 5 },
    ],
  },
  mark: "bar",
  encoding: { x: { field: "a" }, y: { field: "b", type: "quantitative" } },
}
const lite = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", title: "Two bars", ...bars }
const vega = {
  $schema: "https://vega.github.io/schema/vega/v5.json",
  width: 60,
  height: 40,
  description: "A red box",
  marks: [
    {
      type: "rect",
      encode: {
        enter: {
          x: { value: 0 },
          y: { value: 0 },
          width: { value: 30 },
          height: { value: 40 },
          fill: { value: "red" },
        },
      },
    },
  ],
}

test("a user's own Vega-Lite or Vega gets a picture from the same specification, and a text", async () => {
  for (const [value, type, text] of [
    [lite, "application/vnd.vegalite.v5+json", "Chart · Two bars"],
    [{ toSpec: () => lite }, "application/vnd.vegalite.v5+json", "Chart · Two bars"],
    [vega, "application/vnd.vega.v5+json", "A red box"],
  ] as const) {
    const { data, metadata } = await render(value)
    expect(Object.keys(data)).toEqual([type, "text/plain", "image/png"])
    expect(data["text/plain"]).toBe(text)
    const picture = decodePng(Buffer.from(String(data["image/png"]), "base64"))
    expect(picture.width).toBe(2 * (metadata["image/png"] as { width: number }).width)
    expect(picture.colors).toBeGreaterThan(1)
  }
})

test("what must be fetched, or is broken, goes without a picture", async () => {
  const remote = { ...lite, data: { url: "https://example.org/data.json" } }
  expect(Object.keys((await render(remote)).data)).toEqual(["application/vnd.vegalite.v5+json", "text/plain"])
  const broken = { ...lite, mark: "cube" }
  expect(Object.keys((await render(broken)).data)).toContain("application/vnd.vegalite.v5+json")
})

test("the user's specification is left as it was", async () => {
  const before = JSON.stringify(vega)
  await render(vega)
  expect(JSON.stringify(vega)).toBe(before)
})
