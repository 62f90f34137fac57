import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { stripAnsi } from "../../kernel/terminal.js"
import { Conversation } from "./support/conversation.js"

// What a cell started and left running prints under that cell, whatever runs meanwhile.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-late-"))
let kernel: Conversation

beforeAll(async () => {
  kernel = await Conversation.start(folder, { CELLGRAD_CHECK: "off" })
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Cells that end at once and print "late" some milliseconds later. */
const started: Record<string, string> = {
  "a timer": "setTimeout(() => console.log('late'), 30)",
  "an interval": "const i = setInterval(() => { console.log('late'); clearInterval(i) }, 30)",
  "an immediate of a timer": "setTimeout(() => setImmediate(() => console.log('late')), 30)",
  "a loop that awaits":
    "(async () => { for (let i = 0; i < 4; i++) await new Promise((r) => setTimeout(r, 10)); console.log('late') })(); 0",
  "an awaited rejection":
    "(async () => { try { await new Promise((_, no) => setTimeout(no, 30)) } catch { console.log('late') } })(); 0",
  "process.stdout": "setTimeout(() => process.stdout.write('late\\n'), 30)",
  "a display": "setTimeout(() => display(html`<b>late</b>`), 30)",
}

test.for(Object.entries(started))("%s", async ([, code]) => {
  const early = await kernel.execute(code)
  const next = await kernel.execute(
    "console.log('next'); await new Promise((r) => setTimeout(r, 60)); console.log('still next')",
  )
  const shown = (id: string) =>
    kernel
      .of(id)
      .map(({ content }) => String(content.text ?? JSON.stringify(content.data ?? "")))
      .join("")
  await kernel.until(() => shown(early.id).includes("late"))
  expect(kernel.text(next.id)).toBe("next\nstill next\n")
})

test("two cells' awaits that end in the same turn keep apart", async () => {
  const first = await kernel.execute(
    "globalThis.go = new Promise((r) => { globalThis.start = r }); (async () => { await go; console.log('one') })(); 0",
  )
  const second = await kernel.execute("(async () => { await go; console.log('two') })(); 0")
  const third = await kernel.execute("start(); await go; await 0; console.log('three')")
  await sleep(50)
  expect([first, second, third].map(({ id }) => kernel.text(id))).toEqual(["one\n", "two\n", "three\n"])
})

test("an error in a timer is shown under the cell that started it", async () => {
  const early = await kernel.execute("setTimeout(() => { throw new RangeError('of a timer') }, 30)")
  const next = await kernel.execute("await new Promise((r) => setTimeout(r, 60))")
  expect(stripAnsi(kernel.text(early.id, "stderr"))).toMatch(/^RangeError: of a timer\nCell \d+, line 1/)
  expect(kernel.text(next.id, "stderr")).toBe("")
})

test("a rejection that nobody handles, too", async () => {
  const early = await kernel.execute(
    "(async () => { await new Promise((r) => setTimeout(r, 30)); throw new RangeError('of a promise') })(); 0",
  )
  const next = await kernel.execute("await new Promise((r) => setTimeout(r, 60))")
  expect(stripAnsi(kernel.text(early.id, "stderr"))).toMatch(/^RangeError: of a promise\nCell \d+, line 1/)
  expect(kernel.text(next.id, "stderr")).toBe("")
})

test("callbacks of libraries lose nothing, and keep to their cell where Node can follow them", async () => {
  const early = await kernel.execute(
    `const { readFile } = await import("node:fs"); const { setTimeout: later } = await import("node:timers/promises");
     setTimeout(() => readFile("/", () => console.log('callback')), 20); later(30).then(() => console.log('promise')); 0`,
  )
  const next = await kernel.execute("await new Promise((r) => setTimeout(r, 100))")
  const lines = (ids: string[]) =>
    ids
      .map((id) => kernel.text(id))
      .join("")
      .trim()
      .split("\n")
      .sort()
  // On a busy machine the file is read after the next cell has ended.
  await expect.poll(() => lines([early.id, next.id]), { timeout: 5000 }).toEqual(["callback", "promise"])
  // Before Node 24 some of them print under the cell that runs.
  if (Number.parseInt(process.versions.node, 10) >= 24) expect(lines([early.id])).toEqual(["callback", "promise"])
})
