import { describe, expect, test } from "vitest"
import { objectHtml } from "../../kernel/object-view.js"
import { render } from "../../kernel/render.js"

/** The text that a reader sees, without markup. */
const seen = (html: string | undefined) =>
  (html ?? "")
    .replace(/<\/(div|details|summary|tr)>/g, "\n")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/ +/g, " ")
const count = (html: string | undefined, part: string) => (html ?? "").split(part).length - 1

class Point {
  x = 1
  y = 2
  #hidden = 3
  inner = { deep: { deeper: { deepest: "a text that is long enough to fill more than a line of its own" } } }
  get sum() {
    return this.x + this.y + this.#hidden
  }
}

describe("objectHtml", () => {
  test("unfolds the first level, and folds what is within", () => {
    const html = objectHtml(new Point())
    expect(count(html, "<details open>")).toBe(1)
    expect(count(html, "<details>")).toBeGreaterThanOrEqual(1)
    expect(seen(html)).toMatch(/^ ?Point\s+x : 1\s+y : 2\s+inner : Object/)
    expect(seen(html)).not.toContain("hidden")
  })

  test("Maps, Sets, arrays and typed arrays say how many they hold", () => {
    expect(
      seen(
        objectHtml(
          new Map<unknown, unknown>([
            ["a", 1],
            [{ k: 1 }, [2]],
          ]),
        ),
      ),
    ).toMatch(/Map\(2\)\s+"a" : 1\s+\{ k: 1 \} : \[ 2 \]/)
    expect(seen(objectHtml(new Set(["x", 2])))).toMatch(/Set\(2\)\s+"x"\s+2/)
    expect(seen(objectHtml(Float32Array.of(0.5, 2)))).toMatch(/Float32Array\(2\)\s+0.5, 2/)
    expect(seen(objectHtml(new Array(3)))).toContain("Array(3)")
  })

  test("a list of like records is a table", () => {
    const html = objectHtml(Array.from({ length: 100 }, (_, i) => ({ name: `<n${i}>`, value: i })))
    expect(count(html, "<tr>")).toBe(21)
    expect(seen(html)).toContain('"<n3>"')
    expect(seen(html)).toContain("80 more rows")
    expect(objectHtml([{ a: 1 }, { b: 2 }, { c: 3 }])).not.toContain("<table")
  })

  test("circles end, also through Maps, and getters are not called", () => {
    let called = 0
    const ring: Record<string, unknown> = {
      get costly() {
        return ++called
      },
    }
    ring.map = new Map([["back", ring]])
    ring.list = [ring]
    expect(seen(objectHtml(ring))).toMatch(/costly : \(getter\)/)
    expect(seen(objectHtml(ring))).toContain("[circular]")
    expect(called).toBe(0)
  })

  test("ten million elements take no longer than a few, and a deep or wide thing stays small", () => {
    const started = performance.now()
    const large = [
      new Float64Array(1e7),
      new Array(1e7).fill({ a: 1 }),
      { wide: Array.from({ length: 1e5 }, (_, i) => ({ i, list: [[i]] })) },
    ]
    let chain: object = {}
    for (let i = 0; i < 10_000; i++) chain = { chain, text: "x".repeat(50) }
    for (const value of [...large, chain]) expect(objectHtml(value)?.length).toBeLessThan(500_000)
    expect(seen(objectHtml(large[0] as object))).toContain("9,999,900 more")
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test("what has a look of its own, or is no container, is left to its text", () => {
    for (const value of [new Date(), /x/, () => 1, Promise.resolve(), new Error("e"), new Proxy({}, {})])
      expect(objectHtml(value)).toBeUndefined()
    const tensor = {
      [Symbol.for("Jupyter.display")]: () => ({}),
      [Symbol.for("nodejs.util.inspect.custom")]: () => "tensor([1.])",
    }
    expect(seen(objectHtml({ tensor, other: "y".repeat(90) }))).toContain("tensor : tensor([1.])")
  })
})

describe("render", () => {
  test("sends HTML only for what takes more than a line, and always clean text", async () => {
    expect(Object.keys((await render({ a: 1 })).data)).toEqual(["text/plain"])
    const { data } = await render({ a: "x".repeat(50), b: "y".repeat(50) })
    expect(Object.keys(data)).toEqual(["text/html", "text/plain"])
    expect(data["text/plain"]).not.toContain("\x1b")
  })
})
