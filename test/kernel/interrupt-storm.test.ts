import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { root } from "../requirements.js"

// A termination ends whatever JavaScript comes next. Here interrupts come at every moment of a cell's life, so that some
// of them meet its very end: the reply must come all the same, and the next cell must run.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-storm-"))
let kernel: KernelClient

beforeAll(async () => {
  const argv = [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"]
  kernel = await KernelClient.launch({ argv, cwd: folder, env: { ...process.env, CELLGRAD_CHECK: "off" } })
  await kernel.execute("let alive = 41").reply
})

afterAll(async () => {
  await kernel?.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

const spin = (ms: number) => `{ const t = Date.now(); while (Date.now() - t < ${ms}) {} }`
const pause = (ms: number) => `await new Promise((r) => setTimeout(r, ${ms}))`
const cells: Record<string, string> = {
  "a loop": spin(60),
  "a loop after an await": `${pause(10)}; ${spin(50)}`,
  "many short loops and awaits": `for (let i = 0; i < 6; i++) { ${pause(4)}; ${spin(6)} }`,
}

test.for(Object.entries(cells))("interrupts at any moment of %s", async ([, code]) => {
  const outcomes = new Set<string>()
  // On a busy machine the interrupts of one round may all come late.
  for (let i = 0; i < 12 || (i < 60 && !outcomes.has("error")); i++) {
    const { reply } = kernel.execute(code)
    const interrupt = sleep(22 + ((i * 17) % 55)).then(() => kernel.interrupt())
    const { status } = await orHang(reply)
    outcomes.add(status)
    await interrupt
    const after = await orHang(kernel.execute("0", { userExpressions: { alive: "alive" } }).reply)
    expect(after).toMatchObject({ status: "ok", user_expressions: { alive: { data: { "text/plain": "41" } } } })
  }
  expect(outcomes).toContain("error")
})

test("a loop that an ended cell left behind is interrupted, too", async () => {
  await kernel.execute("setTimeout(() => { while (true) {} }, 1)").reply
  await sleep(20)
  const next = kernel.execute("alive", { userExpressions: { alive: "alive" } })
  await sleep(50)
  await kernel.interrupt()
  await orHang(next.reply)
  expect((await orHang(kernel.execute("alive").reply)).status).toBe("ok")
})

function orHang<T>(reply: Promise<T>): Promise<T> {
  const hang = sleep(8000, undefined, { ref: false }).then(() => {
    throw new Error("the kernel does not answer")
  })
  return Promise.race([reply, hang])
}
