import { describe, expect, test } from "vitest"
import { jupyterDisplay, type MimeBundle } from "../../src/display/host.js"
import "../../src/display/register.js"
import { manualSeed, ones, rand, randn, type Tensor, tensor, zeros } from "../../src/index.js"
import { keepHtml } from "./gallery.js"

function bundleOf(x: Tensor): MimeBundle {
  return (x as unknown as { [jupyterDisplay](): MimeBundle })[jupyterDisplay]()
}

/** The card's HTML; kept in the gallery when one is wanted. */
function card(name: string, x: Tensor): string {
  const html = String(bundleOf(x)["text/html"])
  keepHtml("tensor-cards", name, html)
  return html
}

const text = (html: string) => html.replace(/<[^>]*>/g, "").replaceAll("&ensp;", " ")

describe("a tensor's card", () => {
  manualSeed(1)

  test("says shape, dtype, range, mean and deviation, and shows the numbers in color", () => {
    const html = card("small", randn([4, 6]))
    expect(text(html)).toMatch(/^Tensor\[4, 6\] float32 n=24 x∈\[-\d.* [▁-█]{10} \d.*\] μ=.* σ=/)
    expect(html.match(/<td/g)?.length).toBe(24)
    expect(html).toContain("background:rgb(")
  })

  test("counts NaN and infinities in red", () => {
    const html = card("alarms", tensor([1, Number.NaN, Number.POSITIVE_INFINITY, -2]))
    expect(html).toMatch(/<b style="color:#D1373F">NaN×1 \+Inf×1<\/b>/)
    expect(text(html)).toContain("x∈[-2")
    expect(html).toMatch(/>nan<.*>inf</)
  })

  test("says whether there is a gradient", () => {
    const w = ones([2], { requiresGrad: true })
    expect(text(card("leaf", w))).toContain(" grad")
    w.mul(2).sum().backward()
    expect(text(card("leaf with gradient", w))).toContain("grad ✓")
  })

  test("shows the ends of a matrix with few columns", () => {
    const html = card("batch", randn([32, 10]))
    expect(html.match(/<tr/g)?.length).toBe(12)
    expect(html).toContain("… 21 more rows …")
    expect(card("a million rows", zeros([1_000_000, 2])).length).toBeLessThan(10_000)
  })

  test("draws many elements as one picture, a stack as several", () => {
    expect(card("matrix", randn([128, 64])).match(/<img/g)?.length).toBe(1)
    expect(card("filters", randn([16, 5, 5])).match(/<img/g)?.length).toBe(16)
    expect(card("large", randn([600, 900])).length).toBeLessThan(400_000)
    const many = card("many", rand([40, 1, 28, 28]))
    expect(many.match(/<img/g)?.length).toBe(16)
    expect(many).toContain("first 16 of 40")
  })

  test("draws images of three channels in color", () => {
    const html = card("color images", rand([3, 3, 16, 16]))
    expect(html.match(/<img/g)?.length).toBe(3)
    expect(html).not.toContain("first 3 of")
  })

  test("has a look for every odd tensor", () => {
    expect(text(card("scalar", tensor(3.5)))).toBe("Tensor[] float32 3.500")
    expect(text(card("empty", zeros([0, 3])))).toContain("no elements")
    expect(text(card("booleans", tensor([true, false])))).toContain("50.0 % true")
    expect(text(card("integers", tensor([1, 20, 300], { dtype: "int32" })))).toContain("300")
    expect(text(card("constant", ones([3, 3])))).toContain("x∈[1, 1]")
    expect(text(card("all NaN", tensor([Number.NaN, Number.NaN])))).toContain("NaN×2")
    card("vector", randn([1000]))
    card("vector of prime length", randn([997]))
    card("view", randn([6, 8]).transpose(0, 1))
    card("tiny numbers", randn([2, 3]).mul(1e-6))
    card("large numbers", randn([2, 3]).mul(1e6))
  })

  test("always has a text", () => {
    expect(bundleOf(tensor([1, 2]))["text/plain"]).toBe("tensor([1., 2.])")
  })
})
