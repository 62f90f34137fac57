import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Conversation, contents, types } from "./support/conversation.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-comms-"))
let kernel: Conversation

beforeAll(async () => {
  kernel = await Conversation.start(folder)
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

test("a cell opens a comm, with data, metadata and buffers, and sends through it", async () => {
  const { iopub } = await kernel.execute(
    `const slider = new Comm("jupyter.widget", { state: { value: 3 } }, { metadata: { version: "2.1.0" }, buffers: [new Uint8Array([1, 2, 3])] })
     slider.send({ method: "update", state: { value: 4 } }, { buffers: [new Float32Array([0.5]).buffer] })
     slider.commId`,
  )
  const [open] = iopub.filter(({ header }) => header.msg_type === "comm_open")
  expect(open?.content).toMatchObject({ target_name: "jupyter.widget", data: { state: { value: 3 } } })
  expect(open?.metadata).toEqual({ version: "2.1.0" })
  expect(open?.buffers).toEqual([Buffer.from([1, 2, 3])])
  const [message] = iopub.filter(({ header }) => header.msg_type === "comm_msg")
  expect(message?.content).toMatchObject({ comm_id: open?.content.comm_id, data: { method: "update" } })
  expect(message?.buffers[0]?.readFloatLE()).toBe(0.5)
  const { reply } = await kernel.ask("comm_info_request", {})
  expect(reply?.content).toEqual({
    status: "ok",
    comms: { [String(open?.content.comm_id)]: { target_name: "jupyter.widget" } },
  })
})

test("the front end opens a comm to a target, talks to it and closes it; output appears under its messages", async () => {
  await kernel.execute(
    `comm.registerTarget("echo", (comm, { data, buffers }) => {
       console.log("open", data, buffers.map((b) => b.length))
       comm.onMsg(({ data, buffers }) => { comm.send({ back: data.text }, { buffers }) ; console.log("message", data.text) })
       comm.onClose(({ data }) => console.log("closed", data.why))
     })`,
  )
  const opened = await kernel.ask(
    "comm_open",
    { comm_id: "e1", target_name: "echo", data: { a: 1 } },
    { buffers: [Buffer.from("xyz")] },
  )
  expect(kernel.text(opened.id)).toBe("open { a: 1 } [ 3 ]\n")
  expect((await kernel.ask("comm_info_request", { target_name: "echo" })).reply?.content).toMatchObject({
    comms: { e1: { target_name: "echo" } },
  })
  const sent = await kernel.ask("comm_msg", { comm_id: "e1", data: { text: "hi" } }, { buffers: [Buffer.from([9])] })
  expect(contents(sent.iopub, "comm_msg")).toEqual([{ comm_id: "e1", data: { back: "hi" } }])
  expect(sent.iopub.find(({ header }) => header.msg_type === "comm_msg")?.buffers).toEqual([Buffer.from([9])])
  expect(kernel.text(sent.id)).toBe("message hi\n")
  const closed = await kernel.ask("comm_close", { comm_id: "e1", data: { why: "done" } })
  expect(kernel.text(closed.id)).toBe("closed done\n")
  expect((await kernel.ask("comm_info_request", { target_name: "echo" })).reply?.content).toMatchObject({ comms: {} })
})

test("a comm to a target that nobody registered is closed at once", async () => {
  const { iopub } = await kernel.ask("comm_open", { comm_id: "n1", target_name: "nobody", data: {} })
  expect(types(iopub)).toEqual(["comm_close"])
  expect(contents(iopub, "comm_close")).toEqual([{ comm_id: "n1", data: {} }])
})

test("an error in a handler is shown under the message, and the comm lives on", async () => {
  await kernel.execute(
    `comm.registerTarget("broken", (comm) => comm.onMsg(({ data }) => { if (data.bad) throw new RangeError("bad data"); comm.send({ fine: true }) }))`,
  )
  await kernel.ask("comm_open", { comm_id: "b1", target_name: "broken", data: {} })
  const bad = await kernel.ask("comm_msg", { comm_id: "b1", data: { bad: true } })
  expect(kernel.text(bad.id, "stderr")).toContain("RangeError")
  expect(kernel.text(bad.id, "stderr")).toContain("bad data")
  const good = await kernel.ask("comm_msg", { comm_id: "b1", data: {} })
  expect(contents(good.iopub, "comm_msg")).toEqual([{ comm_id: "b1", data: { fine: true } }])
})

test("a message to an open comm is handled while a cell awaits it", async () => {
  await kernel.execute(
    `let pressed = (_: unknown) => {}
     comm.registerTarget("button", (comm) => comm.onMsg(({ data }) => pressed(data.label)))`,
  )
  await kernel.ask("comm_open", { comm_id: "p1", target_name: "button", data: {} })
  const cell = kernel.send("execute_request", {
    code: 'console.log("ready"); await new Promise((resolve) => { pressed = resolve })',
  })
  await kernel.until(() => kernel.text(cell) === "ready\n")
  await kernel.ask("comm_msg", { comm_id: "p1", data: { label: "Go" } })
  expect(contents((await kernel.answered(cell)).iopub, "execute_result")).toMatchObject([
    { data: { "text/plain": "'Go'" } },
  ])
})

test("a comm that is opened behind a cell waits for it, since the cell may register its target", async () => {
  const cell = kernel.execute(
    `await new Promise((r) => setTimeout(r, 50)); comm.registerTarget("late", () => console.log("late open"))`,
  )
  const opened = await kernel.ask("comm_open", { comm_id: "l1", target_name: "late", data: {} })
  expect(kernel.text(opened.id)).toBe("late open\n")
  await cell
})

test("malformed comm messages do no harm", async () => {
  for (const content of [{}, { comm_id: 5 }, { comm_id: "x", target_name: 3, data: null }]) {
    await kernel.ask("comm_open", content)
    await kernel.ask("comm_msg", content)
    await kernel.ask("comm_close", content)
  }
  expect(contents((await kernel.execute("6 * 7")).iopub, "execute_result")).toMatchObject([
    { data: { "text/plain": "42" } },
  ])
})

test("a closed comm refuses to send, and says so", async () => {
  const { reply } = await kernel.execute(`const gone = new Comm("t"); gone.close(); gone.close(); gone.send({})`)
  expect(reply?.content).toMatchObject({ status: "error", ename: "DisplayError" })
})
