import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { progress } from "../../src/display/progress.js"
import { FakeHost } from "./fake-host.js"

let host: FakeHost
beforeEach(() => {
  host = FakeHost.install()
})
afterEach(() => {
  FakeHost.remove()
  vi.useRealTimers()
})

const texts = () => host.shown.map(({ data }) => String(data["text/plain"]))

test("goes over all items and ends full, in one display", () => {
  const seen: number[] = []
  const bar = progress([5, 6, 7], { label: "batches", unit: "batch" })
  for (const item of bar) {
    seen.push(item)
    bar.set({ loss: 0.25 })
  }
  expect(seen).toEqual([5, 6, 7])
  expect(new Set(host.shown.map(({ displayId }) => displayId)).size).toBe(1)
  expect(texts().at(-1)).toMatch(/^batches {2}100% {2}━{24} {2}3\/3 \[0:00, .* batch\/s\] {2}loss 0\.25$/)
  expect(host.shown.at(-1)?.data["text/html"]).toContain('value="1.0000"')
})

test("updates ten times a second at most, and says what remains", () => {
  vi.useFakeTimers()
  for (const _ of progress(100)) vi.advanceTimersByTime(20)
  expect(host.shown.length).toBeGreaterThanOrEqual(18)
  expect(host.shown.length).toBeLessThanOrEqual(23)
  expect(texts()[10]).toMatch(/(49|50)%.* (49|50)\/100 \[0:01<0:01, (49|50) it\/s\]/)
})

test("says where it stopped when the loop breaks or throws", () => {
  for (const i of progress(10)) if (i === 4) break
  expect(host.shown.at(-1)?.data["text/html"]).toContain("stopped")
  expect(() => {
    for (const i of progress(10, { label: "<b>" })) if (i === 2) throw new Error("no")
  }).toThrow("no")
  expect(host.shown.at(-1)?.data["text/html"]).toContain("&lt;b&gt;")
  expect(texts().at(-1)).toContain("2/10")
})

test("is full when the loop says that it has reached its aim", () => {
  const bar = progress(10, { label: "search" })
  for (const i of bar) {
    if (i < 3) continue
    bar.complete()
    break
  }
  expect(texts().at(-1)).toMatch(/^search {2}100% {2}━{24} {2}3\/3 /)
  expect(host.shown.at(-1)?.data["text/html"]).not.toContain("stopped")
})

test("goes over async iterables", async () => {
  async function* lines() {
    yield "a"
    yield "b"
  }
  const seen: string[] = []
  for await (const line of progress(lines(), { total: 2 })) seen.push(line)
  expect(seen).toEqual(["a", "b"])
  expect(texts().at(-1)).toContain("100%")
})

test("refuses what cannot be gone over", () => {
  expect(() => progress({} as never)).toThrow("progress goes over something iterable, or counts to a number.")
  expect(() => progress(Number.NaN)).toThrow("counts to a number")
})

test("outside a notebook and a terminal prints the last line only", () => {
  FakeHost.remove()
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true)
  const isTTY = process.stdout.isTTY
  process.stdout.isTTY = false
  for (const _ of progress(3, { label: "epochs" })) void _
  const printed = write.mock.calls.map(([text]) => String(text))
  write.mockRestore()
  process.stdout.isTTY = isTTY
  expect(printed.length).toBe(1)
  expect(printed[0]).toMatch(/^epochs {2}100%.*\n$/)
})

test("bars within a loop stand below it in one display, and go when they are done", () => {
  for (const epoch of progress(2, { label: "epochs" })) {
    for (const batch of progress(3, { label: `epoch ${epoch}` })) {
      void batch
    }
  }
  expect(new Set(host.shown.map(({ displayId }) => displayId)).size).toBe(1)
  expect(texts().at(-1)).toMatch(/^epochs {2}100%.*2\/2 .*$/)
})

test("shows both while the inner one runs, and where it stopped", () => {
  const loop = () => {
    for (const epoch of progress(2, { label: "epochs" }))
      for (const batch of progress(5, { label: `epoch ${epoch}` })) if (batch === 2) throw new Error("NaN")
  }
  expect(loop).toThrow("NaN")
  expect(texts().at(-1)).toMatch(/^epochs.*0\/2.*\nepoch 0.*2\/5/)
  expect(String(host.shown.at(-1)?.data["text/html"]).match(/stopped/g)).toHaveLength(2)
})

test("a loop that was left open is nobody's outer loop in the next cell", () => {
  const left = progress(5, { label: "left" })[Symbol.iterator]()
  left.next()
  host.endCell()
  for (const _ of progress(2, { label: "next" })) void _
  expect(texts().at(-1)).toMatch(/^next {2}100%[^\n]*$/)
})

test("as a widget opens the models of ipywidgets once, and brings them up to date by comms", () => {
  const sent: {
    type: string
    content: { comm_id: string; data: { state?: Record<string, unknown>; method?: string } }
  }[] = []
  Object.assign(host, { comms: { send: (message: never) => sent.push(message) } })
  vi.useFakeTimers()
  for (const i of progress(30, { label: "<steps>", widget: true })) {
    void i
    vi.advanceTimersByTime(50)
  }
  const opened = sent.filter(({ type }) => type === "comm_open")
  expect(opened.map(({ content }) => content.data.state?._model_name).sort()).toEqual([
    "FloatProgressModel",
    "HBoxModel",
    "HTMLModel",
    "HTMLModel",
    "HTMLStyleModel",
    "LayoutModel",
    "LayoutModel",
    "ProgressStyleModel",
  ])
  const box = opened.find(({ content }) => content.data.state?._model_name === "HBoxModel")
  const bar = opened.find(({ content }) => content.data.state?._model_name === "FloatProgressModel")
  // Shown once, and once more when it is done.
  expect(host.shown).toHaveLength(2)
  for (const { data } of host.shown) {
    expect(data["application/vnd.jupyter.widget-view+json"]).toMatchObject({ model_id: box?.content.comm_id })
    expect(data["text/html"]).toContain("<progress")
  }
  const values = sent.flatMap(({ type, content }) =>
    type === "comm_msg" && content.comm_id === bar?.content.comm_id ? [content.data.state?.value] : [],
  )
  expect(values.length).toBeGreaterThanOrEqual(10)
  expect(values.at(-1)).toBe(1)
  expect(JSON.stringify(sent)).toContain("&lt;steps&gt;")
})
