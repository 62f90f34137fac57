import { tmpdir } from "node:os"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type IopubEvent, KernelClient } from "../../kernel/client.js"
import { kernelArgv } from "../../kernel/package.js"

// Charts and bars that are updated in place, in a real kernel: whatever ends the cell, the last state is shown, complete.

const vegaLite = "application/vnd.vegalite.v5+json"
let client: KernelClient
let shown: { type: string; data: Record<string, unknown>; id: string | undefined }[] = []
let printed = ""

beforeAll(async () => {
  client = await KernelClient.launch({
    argv: kernelArgv(),
    cwd: tmpdir(),
    env: { ...process.env, CELLGRAD_CHECK: "off" },
  })
  client.onIopub = (event: IopubEvent) => {
    if (event.type === "stream") printed += event.content.text
    if (event.type !== "display_data" && event.type !== "update_display_data") return
    shown.push({ type: event.type, data: event.content.data, id: event.content.transient?.display_id })
  }
}, 60_000)
afterAll(() => client?.shutdown())

/** Runs a cell; with `interruptAfter`, interrupts it so many milliseconds after it has printed something. */
async function run(code: string, interruptAfter?: number): Promise<string> {
  shown = []
  printed = ""
  const execution = client.execute(code)
  if (interruptAfter !== undefined) {
    await expect.poll(() => printed, { timeout: 20_000 }).not.toBe("")
    await new Promise((resolve) => setTimeout(resolve, interruptAfter))
    await client.interrupt()
  }
  return (await execution.reply).status
}

/** The last state of each display, in the order in which they were shown first. */
function lastStates(): Record<string, unknown>[] {
  const states = new Map<string | undefined, Record<string, unknown>>()
  for (const { id, data } of shown) states.set(id, data)
  return [...states.values()]
}

const log = "curve.log({ train: 1 / ++step, val: 2 / step })"

test("a cell that ends: one display, updated, and with a picture at last", async () => {
  expect(await run(`const curve = plot.live(); let step = 0; while (step < 1000) ${log}`)).toBe("ok")
  expect(shown[0]?.type).toBe("display_data")
  expect(shown.slice(1).every(({ type, id }) => type === "update_display_data" && id === shown[0]?.id)).toBe(true)
  expect(Object.keys(shown[0]?.data ?? {})).not.toContain("image/png")
  expect(Object.keys(lastStates()[0] ?? {}).sort()).toEqual([vegaLite, "image/png", "text/plain"])
  expect(lastStates()[0]?.["text/plain"]).toBe("Loss · train 0.001 · val 0.002 (1,000 epochs)")
})

test("a cell that throws", async () => {
  const code = `const curve = plot.live(); let step = 0
    for (const i of progress(50, { label: "steps" })) { ${log}; if (i === 30) throw new Error("NaN") }`
  expect(await run(code)).toBe("error")
  const [bar, chart] = lastStates()
  expect(bar?.["text/plain"]).toMatch(/^steps +60% .* 30\/50/)
  expect(bar?.["text/html"]).toContain("stopped")
  expect(chart?.["text/plain"]).toMatch(/\(31 epochs\)$/)
  expect(chart?.["image/png"]).toEqual(expect.any(String))
})

test("a cell that is interrupted in its loop", async () => {
  const code = `const curve = plot.live({ xLabel: "step" }); let step = 0
    console.log("ready"); while (true) ${log}`
  expect(await run(code, 700)).toBe("error")
  const state = lastStates()[0]
  expect(state?.["image/png"]).toEqual(expect.any(String))
  const steps = Number(/\(([\d,]+) steps\)$/.exec(String(state?.["text/plain"]))?.[1]?.replaceAll(",", ""))
  await run("console.log(step)")
  expect(steps).toBeGreaterThanOrEqual(Number(printed) - 1)
}, 60_000)

test("a chart does not go on after its cell, and is shown anew by the next that logs", async () => {
  await run("const curve = plot.live(); curve.log({ train: 1 })")
  const first = shown[0]?.id
  await run("curve.log({ train: 0.5 })")
  expect(shown[0]?.type).toBe("display_data")
  expect(first).toBe(shown[0]?.id)
  expect(lastStates()[0]?.["text/plain"]).toBe("Loss · train 0.5 (2 epochs)")
})
