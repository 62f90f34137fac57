import { afterEach, expect, test, vi } from "vitest"
import { display, plot } from "../../src/index.js"

const globals = globalThis as { Deno?: unknown }
afterEach(() => {
  delete globals.Deno
  vi.useRealTimers()
})

test("in Deno's kernel displays and live charts go by its broadcast, complete at every update", () => {
  vi.useFakeTimers()
  const sent: [string, { data: Record<string, unknown>; transient: { display_id?: string } }][] = []
  globals.Deno = { jupyter: { broadcast: async (type: string, content: never) => void sent.push([type, content]) } }
  display(plot.bar({ a: 1 }))
  expect(sent[0]?.[0]).toBe("display_data")
  expect(Object.keys(sent[0]?.[1].data ?? {}).sort()).toEqual([
    "application/vnd.vegalite.v5+json",
    "image/png",
    "text/plain",
  ])
  const curve = plot.live()
  for (let epoch = 1; epoch <= 10; epoch++) {
    curve.log({ train: 1 / epoch })
    vi.advanceTimersByTime(100)
  }
  vi.advanceTimersByTime(5000)
  const [first, ...updates] = sent.slice(1)
  expect(first?.[0]).toBe("display_data")
  expect(updates.length).toBeGreaterThanOrEqual(2)
  expect(
    updates.every(
      ([type, { transient }]) =>
        type === "update_display_data" && transient.display_id === first?.[1].transient.display_id,
    ),
  ).toBe(true)
  expect(updates.at(-1)?.[1].data).toMatchObject({
    "text/plain": "Loss · train 0.1 (10 epochs)",
    "image/png": expect.any(String),
  })
})

test("in plain Deno, where touching the notebook throws, the text is printed", () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true)
  globals.Deno = {
    get jupyter() {
      throw new Error("Deno.jupyter is only available in a notebook")
    },
  }
  display("a line")
  const printed = write.mock.calls.map(([text]) => text)
  write.mockRestore()
  expect(printed).toEqual(["a line\n"])
})
