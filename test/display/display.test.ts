import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { clearOutput, display, html, image, latex, md, svg } from "../../src/display/display.js"
import { displayMetadata, jupyterDisplay } from "../../src/display/host.js"
import { tensor, zeros } from "../../src/index.js"
import { decodePng } from "./decode-png.js"
import { FakeHost } from "./fake-host.js"

let host: FakeHost
beforeEach(() => {
  host = FakeHost.install()
})
afterEach(() => FakeHost.remove())

test("shows a value by its own look, and replaces it through the handle", () => {
  const handle = display(html`<b>${1 + 1}</b>`, { displayId: true })
  handle.update(md`**done**`)
  expect(host.shown).toMatchObject([
    { data: { "text/html": "<b>2</b>" }, update: false, displayId: handle.displayId },
    { data: { "text/markdown": "**done**" }, update: true, displayId: handle.displayId },
  ])
})

test("takes ready bundles, chosen ids, plain values", () => {
  display({ "text/html": "<i>raw</i>" }, { raw: true, displayId: "mine" })
  expect(display(42)).toBeUndefined()
  expect(host.shown[0]).toMatchObject({ data: { "text/html": "<i>raw</i>" }, displayId: "mine" })
  expect(host.shown[1]?.data).toEqual({ "text/plain": "42" })
  expect(() => display(1, { update: true })).toThrow("To update an output, say which")
})

test("leaves values with other protocols to the notebook", async () => {
  const asked: unknown[] = []
  Object.assign(host, {
    render: async (value: unknown) => {
      asked.push(value)
      return { data: { "text/plain": "from the host" }, metadata: {} }
    },
  })
  const slow = { [jupyterDisplay]: async () => ({ "text/html": "later" }) }
  display(slow)
  await Promise.resolve()
  await Promise.resolve()
  expect(asked).toEqual([slow])
  expect(host.shown[0]?.data).toEqual({ "text/plain": "from the host" })
})

test("prints the text where there is no notebook", () => {
  FakeHost.remove()
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true)
  display(md`**bold**`)
  display([1, 2])
  clearOutput()
  const printed = write.mock.calls.map(([text]) => text)
  write.mockRestore()
  expect(printed).toEqual(["**bold**\n", "[ 1, 2 ]\n"])
})

test("makes values of markup and formulas", () => {
  const circle = svg`<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="${20}" height="10" fill="red"/></svg>`
  const shown = circle[jupyterDisplay]()
  expect(shown["image/svg+xml"]).toContain('<rect width="20"')
  expect(decodePng(Buffer.from(String(shown["image/png"]), "base64")).width).toBe(40)
  expect(circle[displayMetadata]).toEqual({ "image/png": { width: 20, height: 10 } })
  expect(svg`<svg`[jupyterDisplay]()).toEqual({ "image/svg+xml": "<svg", "text/plain": "<svg" })
  expect(latex`\frac{1}{${2}}`[jupyterDisplay]()).toMatchObject({ "text/latex": "$$\\frac{1}{2}$$" })
  expect(md("plain call")[jupyterDisplay]()).toMatchObject({ "text/markdown": "plain call" })
})

test("makes pictures of tensors, bytes and files", () => {
  const shown = image(
    tensor([
      [0, 0.5],
      [1, 0],
    ]),
    { scale: 4 },
  )[jupyterDisplay]()
  const png = Buffer.from(String(shown["image/png"]), "base64")
  const decoded = decodePng(png)
  expect([decoded.width, decoded.height, decoded.pixels[4], decoded.pixels[8 * 7]]).toEqual([8, 8, 128, 255])
  const file = join(mkdtempSync(join(tmpdir(), "cellgrad-")), "a.png")
  writeFileSync(file, png)
  expect(image(file)[jupyterDisplay]()["image/png"]).toBe(shown["image/png"])
  expect(image(zeros([3, 4, 5]))[jupyterDisplay]()["text/plain"]).toBe("4 × 5 image")
  expect(() => image(new Uint8Array([1, 2, 3]))).toThrow("PNG, JPEG or GIF bytes")
  expect(() => image(zeros([2, 5, 4, 4]))).toThrow("[N, C, H, W] with 1 or 3 channels")
})

test("clears the output of the cell", () => {
  clearOutput({ wait: true })
  expect(host.cleared).toEqual([true])
})
