import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { live } from "../../src/display/plot/live.js"
import { FakeHost } from "./fake-host.js"

const vegaLite = "application/vnd.vegalite.v5+json"
let host: FakeHost

beforeEach(() => {
  host = FakeHost.install()
})
afterEach(() => {
  FakeHost.remove()
  vi.useRealTimers()
})

test("shows the first step at once, then updates the same display", () => {
  vi.useFakeTimers()
  const curve = live({ title: "Loss" })
  for (let epoch = 1; epoch <= 20; epoch++) {
    curve.log({ train: 1 / epoch, val: 1.2 / epoch })
    vi.advanceTimersByTime(100)
  }
  expect(host.shown[0]?.update).toBe(false)
  expect(host.shown.slice(1).every(({ update }) => update)).toBe(true)
  expect(new Set(host.shown.map(({ displayId }) => displayId)).size).toBe(1)
  // Two seconds at four a second, and the first.
  expect(host.shown.length).toBeGreaterThanOrEqual(7)
  expect(host.shown.length).toBeLessThanOrEqual(9)
})

test("draws the picture once, with the last state at the end of the cell", () => {
  const curve = live()
  for (let epoch = 1; epoch <= 50; epoch++) curve.log({ train: 1 / epoch })
  expect(host.shown.length).toBe(1)
  expect(Object.keys(host.shown[0]?.data ?? {})).toEqual([vegaLite, "text/plain"])
  host.endCell()
  const last = host.shown.at(-1)
  expect(last?.update).toBe(true)
  expect(Object.keys(last?.data ?? {})).toEqual([vegaLite, "image/png", "text/plain"])
  expect(last?.data["text/plain"]).toBe("Loss · train 0.02 (50 epochs)")
  expect(last?.metadata["image/png"]).toMatchObject({ width: expect.any(Number), height: expect.any(Number) })
})

test("shows a change after a pause of the loop by a timer", () => {
  vi.useFakeTimers()
  const curve = live()
  curve.log({ train: 1 })
  curve.log({ train: 0.5 })
  expect(host.shown.length).toBe(1)
  vi.advanceTimersByTime(300)
  expect(host.shown.at(-1)?.data["text/plain"]).toBe("Loss · train 0.5 (2 epochs)")
})

test("is shown anew under the next cell that logs", () => {
  const curve = live()
  curve.log({ train: 1 })
  host.endCell()
  curve.log({ train: 0.5 })
  expect(host.shown.at(-1)?.update).toBe(false)
  host.endCell()
  host.endCell()
  expect(host.shown.length).toBe(4)
})

test("takes one-element tensors, keeps NaN as a gap, and refuses what is no number", () => {
  const curve = live()
  curve.log({ train: { item: () => 0.25 } })
  curve.log({ train: Number.NaN })
  expect(curve.latest("train")).toBeNaN()
  expect(() => curve.log({ train: "low" as never })).toThrow("train must hold numbers; this is a string.")
  expect(() => curve.push(1, { train: 3 })).toThrow("the position must not be below the last one")
  expect(String(curve.chart().text)).toBe("Loss · train NaN (2 epochs)")
})

test("costs little: 100,000 steps, with updates, in well under a second", () => {
  const curve = live({ xLabel: "step" })
  const start = performance.now()
  for (let step = 0; step < 100_000; step++) curve.log({ loss: 1 / (step + 1) })
  expect(performance.now() - start).toBeLessThan(1500)
})

test("a chart that takes long to draw is drawn less often, and its last state is shown all the same", () => {
  vi.useFakeTimers()
  host.display = (data, options) => {
    vi.advanceTimersByTime(20)
    host.shown.push({ data, displayId: options.displayId, update: options.update ?? false, metadata: {} })
  }
  const curve = live()
  for (let step = 1; step <= 200; step++) {
    curve.log({ loss: 1 / step })
    vi.advanceTimersByTime(50)
  }
  // Ten seconds at 20 ms each: one in three seconds instead of four in one.
  expect(host.shown.length).toBeGreaterThanOrEqual(4)
  expect(host.shown.length).toBeLessThanOrEqual(7)
  host.endCell()
  expect(host.shown.at(-1)?.data["text/plain"]).toContain("(200 epochs)")
})
