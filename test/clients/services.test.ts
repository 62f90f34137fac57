import type { Kernel, KernelMessage } from "@jupyterlab/services"
import { KernelAPI, KernelManager, KernelSpecAPI, ServerConnection } from "@jupyterlab/services"
import { afterAll, beforeAll, expect, test } from "vitest"
import { WebSocket } from "ws"
import { requires } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

/** What one cell broadcast, and its reply. */
interface Run {
  messages: KernelMessage.IIOPubMessage[]
  reply: KernelMessage.IExecuteReplyMsg["content"]
}

requires("jupyter")("@jupyterlab/services against a jupyter_server", () => {
  let sandbox: Sandbox
  let settings: ServerConnection.ISettings
  let manager: KernelManager
  let kernel: Kernel.IKernelConnection

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    const { url, token } = await sandbox.startServer("jupyter_server")
    settings = ServerConnection.makeSettings({
      baseUrl: url,
      wsUrl: url.replace("http", "ws"),
      token,
      appendToken: true,
      WebSocket: WebSocket as never,
      fetch,
      Request,
      Headers,
    })
    manager = new KernelManager({ serverSettings: settings })
    await manager.ready
    kernel = await manager.startNew({ name: "cellgrad" })
    await kernel.info
  }, 90_000)

  afterAll(async () => {
    if (kernel && !kernel.isDisposed) await kernel.shutdown().catch(() => {})
    manager?.dispose()
    await sandbox?.close()
  }, 60_000)

  async function run(code: string, options: Partial<KernelMessage.IExecuteRequestMsg["content"]> = {}): Promise<Run> {
    const messages: KernelMessage.IIOPubMessage[] = []
    const future = kernel.requestExecute({ code, ...options })
    future.onIOPub = (message) => {
      messages.push(message)
    }
    return { messages, reply: (await future.done).content }
  }

  /** The contents of the messages of one type. */
  function contents(messages: readonly KernelMessage.IIOPubMessage[], type: string): Record<string, unknown>[] {
    return messages.filter((message) => message.header.msg_type === type).map((message) => ({ ...message.content }))
  }

  const plain = (result: Run) =>
    contents(result.messages, "execute_result").map((content) => (content.data as Record<string, string>)["text/plain"])

  test("the server lists our kernelspec with its logo", async () => {
    const specs = await KernelSpecAPI.getSpecs(settings)
    const spec = specs.kernelspecs.cellgrad
    expect(spec?.language).toBe("typescript")
    expect(Object.keys(spec?.resources ?? {})).toEqual(expect.arrayContaining(["logo-64x64", "logo-svg"]))
  })

  test("the kernel introduces itself", async () => {
    const info = await kernel.info
    expect(info.status).toBe("ok")
    expect(info.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" })
    expect(info.protocol_version).toMatch(/^5\./)
  })

  test("a cell's value is an execute_result with its count, between busy and idle", async () => {
    const result = await run("1 + 1")
    expect(plain(result)).toEqual(["2"])
    const states = contents(result.messages, "status").map((content) => content.execution_state)
    expect(states).toEqual(["busy", "idle"])
    const [value] = contents(result.messages, "execute_result")
    expect(value?.execution_count).toBe((result.reply as { execution_count: number }).execution_count)
  })

  test("stdout and stderr are streams of their own", async () => {
    const { messages } = await run(`console.log("to stdout"); console.error("to stderr")`)
    expect(contents(messages, "stream")).toEqual([
      { name: "stdout", text: "to stdout\n" },
      { name: "stderr", text: "to stderr\n" },
    ])
  })

  test("a display is updated in place", async () => {
    const { messages, reply } = await run(
      `const handle = display({ "text/plain": "first" }, { raw: true, displayId: "one" })
       display({ "text/plain": "second" }, { raw: true, displayId: "one", update: true })`,
    )
    expect(reply.status).toBe("ok")
    expect(contents(messages, "display_data")).toMatchObject([
      { data: { "text/plain": "first" }, transient: { display_id: "one" } },
    ])
    expect(contents(messages, "update_display_data")).toMatchObject([
      { data: { "text/plain": "second" }, transient: { display_id: "one" } },
    ])
  })

  test("completion knows the session's variables and the runtime", async () => {
    await run("const learningRate = 0.001")
    const own = await kernel.requestComplete({ code: "learningR", cursor_pos: 9 })
    expect(own.content).toMatchObject({ status: "ok", cursor_start: 0, cursor_end: 9 })
    expect((own.content as { matches: string[] }).matches).toContain("learningRate")
    const member = await kernel.requestComplete({ code: "new nn.Lin", cursor_pos: 10 })
    expect((member.content as { matches: string[] }).matches).toContain("Linear")
  })

  test("inspection shows a variable's type", async () => {
    await run("const sizes: number[] = [1, 2]")
    const { content } = await kernel.requestInspect({ code: "sizes", cursor_pos: 3, detail_level: 0 })
    expect(content).toMatchObject({ status: "ok", found: true })
    expect(JSON.stringify(content)).toContain("number[]")
  })

  test("an error has a name, a value and a traceback, and the session goes on", async () => {
    const { messages, reply } = await run(`const answer = 42\nthrow new RangeError("too far")`)
    expect(reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "too far" })
    expect(contents(messages, "error")).toMatchObject([{ ename: "RangeError", evalue: "too far" }])
    expect(plain(await run("answer"))).toEqual(["42"])
  })

  test("while (true) {} is interrupted and the variables are still there", async () => {
    await run("let kept = [1, 2, 3]\nlet count = 0")
    const endless = kernel.requestExecute({ code: "while (true) { count++ }" })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const begin = performance.now()
    await kernel.interrupt()
    const { content } = await endless.done
    expect(content.status).toBe("error")
    expect(performance.now() - begin).toBeLessThan(3_000)
    expect(plain(await run("[kept.length, count > 0]"))).toEqual(["[ 3, true ]"])
  }, 30_000)

  test("a restart forgets the variables and keeps the connection", async () => {
    await run("const mark = 1")
    await kernel.restart()
    await kernel.info
    const { reply } = await run("mark")
    expect(reply).toMatchObject({ status: "error", execution_count: 1, evalue: expect.stringContaining("mark") })
    expect(plain(await run("const mark = 2\nmark"))).toEqual(["2"])
  }, 60_000)

  test("after shutdown the server has no kernel left", async () => {
    await kernel.shutdown()
    expect(await KernelAPI.listRunning(settings)).toEqual([])
  }, 30_000)
})
