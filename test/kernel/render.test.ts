import { describe, expect, test } from "vitest"
import { plainText, render } from "../../kernel/render.js"

const display = Symbol.for("Jupyter.display")
const types = async (value: unknown) => Object.keys((await render(value)).data).sort()
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2])

describe("render", () => {
  test("plain values are text without colours", async () => {
    expect((await render(3.5)).data).toEqual({ "text/plain": "3.5" })
    expect((await render("it's")).data).toEqual({ "text/plain": `"it's"` })
    expect((await render({ a: [1, { b: null }] })).data).toEqual({ "text/plain": "{ a: [ 1, { b: null } ] }" })
  })

  test("a module is what it exports, by kind, in lines that fit", async () => {
    const module = { [Symbol.toStringTag]: "Module", B: class {}, a: () => 1, c: 3 }
    Object.defineProperty(module, "broken", {
      enumerable: true,
      get: () => {
        throw new ReferenceError("not yet")
      },
    })
    expect((await render(module)).data).toEqual({
      "text/plain": "Module with 4 exports\n  classes    B\n  functions  a\n  values     broken, c",
    })
    const trap = () => {
      throw new Error("not to be asked")
    }
    expect(plainText(new Proxy({}, { get: trap }))).toBe("{}")
    // The test runner wraps the modules that it imports in proxies.
    const text = plainText({ ...(await import("node:fs")), [Symbol.toStringTag]: "Module" })
    expect(text).toMatch(/^Module with \d+ exports\n {2}classes {4}Dir/)
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(text).toContain(" writeFileSync,")
  })

  test("Jupyter.display comes first, at once or as a promise, and is given a text if it has none", async () => {
    const both = { [display]: () => ({ "text/html": "<b>1</b>" }), _toHtml: () => "no", toHTML: () => "no" }
    expect((await render(both)).data).toMatchObject({ "text/html": "<b>1</b>" })
    expect(await types({ [display]: async () => ({ "image/png": "aa", "text/plain": "p" }) })).toEqual([
      "image/png",
      "text/plain",
    ])
    expect(await types({ [display]: () => ({ "image/png": "aa" }) })).toContain("text/plain")
  })

  test("ijavascript's, Deno's and arquero's protocols", async () => {
    expect(await types({ _toHtml: () => "<i>1</i>", _toSvg: () => "<svg/>" })).toEqual([
      "image/svg+xml",
      "text/html",
      "text/plain",
    ])
    expect(await types({ _toMime: () => ({ "application/x-mine": 1 }) })).toContain("application/x-mine")
    expect(await types({ toDataURL: () => "data:image/png;base64,AAAA" })).toContain("image/png")
    expect((await render(png)).data["image/png"]).toBe(Buffer.from(png).toString("base64"))
    expect(await types({ toHTML: () => "<table></table>" })).toContain("text/html")
  })

  test("a data frame shows its first rows as a table", async () => {
    const frame = (count: number): object => ({
      schema: {},
      head: (n: number) => frame(Math.min(n, count)),
      toRecords: () => Array.from({ length: count }, (_, i) => ({ name: "<a>", i })),
    })
    const html = String((await render(frame(1000))).data["text/html"])
    expect(html).toContain("<th>name</th><th>i</th>")
    expect(html).toContain("<td>&#60;a&#62;</td><td>49</td>")
    expect(html).not.toContain("<td>50</td>")
  })

  test("Vega-Lite, given as a specification or by toSpec; newer versions go as 5, which front ends know", async () => {
    const spec = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", mark: "bar" }
    for (const value of [spec, { toSpec: () => spec }]) {
      expect((await render(value)).data["application/vnd.vegalite.v5+json"]).toEqual({
        $schema: "https://vega.github.io/schema/vega-lite/v5.json",
        mark: "bar",
      })
    }
    expect(await types({ $schema: "https://vega.github.io/schema/vega/v5.json" })).toContain(
      "application/vnd.vega.v5+json",
    )
    expect(await types({ $schema: "http://json-schema.org/draft-07/schema#" })).toEqual(["text/plain"])
  })

  test("a protocol that throws or gives nothing is passed over", async () => {
    const fail = () => {
      throw new Error("no")
    }
    expect((await render({ [display]: fail, toHTML: () => "<b></b>" })).data["text/html"]).toBe("<b></b>")
    expect(await types({ [display]: async () => fail() })).toEqual(["text/plain"])
    expect(await types({ [display]: () => undefined, a: 1 })).toEqual(["text/plain"])
  })

  test("what is large or circular stays small and quick", async () => {
    const started = performance.now()
    expect(plainText(new Array(1e6).fill(0)).length).toBeLessThan(2000)
    expect(plainText("x".repeat(1e7)).length).toBeLessThan(200_000)
    const circle: Record<string, unknown> = { name: "o" }
    circle.self = circle
    expect(plainText(circle)).toBe("<ref *1> { name: 'o', self: [Circular *1] }")
    let deep: object = {}
    for (let i = 0; i < 50_000; i++) deep = { deep }
    expect(plainText(deep)).toContain("[Object]")
    const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`key${i}`, { i, more: [i] }]))
    expect(plainText(wide).length).toBeLessThan(200_000)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test("getters are not called", () => {
    let called = 0
    const value = {
      get a() {
        return ++called
      },
    }
    expect(plainText(value)).toBe("{ a: [Getter] }")
    expect(called).toBe(0)
  })
})
