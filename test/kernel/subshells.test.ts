import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Conversation, contents } from "./support/conversation.js"

// Subshells as of JEP 91: cells of one run while a cell of another awaits.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-subshells-"))
let kernel: Conversation
const control = { channel: "control" } as const

beforeAll(async () => {
  kernel = await Conversation.start(folder, { CELLGRAD_CHECK: "off" })
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function create(): Promise<string> {
  const { reply } = await kernel.ask("create_subshell_request", {}, control)
  expect(reply?.content.status).toBe("ok")
  return String(reply?.content.subshell_id)
}

const list = async () => (await kernel.ask("list_subshell_request", {}, control)).reply?.content.subshell_id
const result = (exchange: { iopub: Parameters<typeof contents>[0] }) =>
  contents(exchange.iopub, "execute_result").map(({ data }) => (data as Record<string, string>)["text/plain"])

test("kernel_info offers them", async () => {
  const { reply } = await kernel.ask("kernel_info_request", {})
  expect(reply?.content.supported_features).toContain("kernel subshells")
})

test("are made, listed and deleted", async () => {
  const [a, b] = [await create(), await create()]
  expect(a).not.toBe(b)
  expect(await list()).toEqual([a, b])
  expect((await kernel.ask("delete_subshell_request", { subshell_id: a }, control)).reply?.content.status).toBe("ok")
  expect(await list()).toEqual([b])
  const again = await kernel.ask("delete_subshell_request", { subshell_id: a }, control)
  expect(again.reply?.content).toMatchObject({ status: "error", ename: "SubshellNotFound" })
  await kernel.ask("delete_subshell_request", { subshell_id: b }, control)
})

test("run cells while one of the main shell awaits, with the same variables; results and output keep apart", async () => {
  const subshellId = await create()
  const main = kernel.execute(
    "let step = 1; console.log('main'); await new Promise((r) => { globalThis.finish = r }); console.log('main again'); step",
  )
  await kernel.until(() => kernel.iopub.some(({ content }) => content.text === "main\n"))
  const beside = await kernel.execute("console.log('beside'); await 0; step = 2; step * 10", {}, { subshellId })
  expect(result(beside)).toEqual(["20"])
  expect(kernel.text(beside.id)).toBe("beside\n")
  expect(beside.iopub.every(({ parentHeader }) => parentHeader.subshell_id === subshellId)).toBe(true)
  await kernel.execute("finish()", {}, { subshellId })
  const done = await main
  expect(result(done)).toEqual(["2"])
  expect(kernel.text(done.id)).toBe("main\nmain again\n")
  await kernel.ask("delete_subshell_request", { subshell_id: subshellId }, control)
})

test("an error aborts what waits in its own shell only", async () => {
  const subshellId = await create()
  const blocked = kernel.execute("await new Promise((r) => { globalThis.release = r }); 'main'")
  const failing = kernel.execute("throw 1", {}, { subshellId })
  const behind = kernel.execute("2", {}, { subshellId })
  expect((await failing).reply?.content.status).toBe("error")
  expect((await behind).reply?.content.status).toBe("aborted")
  await kernel.execute("release()", {}, { subshellId })
  expect((await blocked).reply?.content.status).toBe("ok")
  await kernel.ask("delete_subshell_request", { subshell_id: subshellId }, control)
})

test("an interrupt stops the cells of all", async () => {
  const subshellId = await create()
  const running = [
    kernel.execute("await new Promise(() => {})"),
    kernel.execute("await new Promise(() => {})", {}, { subshellId }),
  ]
  await kernel.until(
    () =>
      contents(kernel.iopub, "execute_input").filter(({ code }) =>
        String(code).startsWith("await new Promise(() => {})"),
      ).length === 2,
  )
  await kernel.ask("interrupt_request", {}, control)
  for (const { reply } of await Promise.all(running)) expect(reply?.content.ename).toBe("InterruptError")
})

test("a request for a subshell that is not there is refused", async () => {
  const { reply } = await kernel.execute("1", {}, { subshellId: "no such" })
  expect(reply?.content).toMatchObject({ status: "error", ename: "SubshellNotFound" })
})
