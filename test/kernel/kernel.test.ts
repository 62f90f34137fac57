import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { endpointOf } from "../../kernel/connection.js"
import { createMessage, type ExecuteReply, type JsonObject } from "../../kernel/messages.js"
import { serializeMessage } from "../../kernel/wire.js"
import { DealerSocket } from "../../kernel/zmtp-client.js"
import { root } from "../requirements.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-kernel-test-"))
let kernel: KernelClient

/** What one cell broadcast, in short. */
interface Run {
  readonly reply: ExecuteReply
  readonly text: string
  readonly result: JsonObject | undefined
  readonly error: string
  readonly types: string[]
}

async function run(code: string, options?: Parameters<KernelClient["execute"]>[1]): Promise<Run> {
  const execution = kernel.execute(code, options)
  let text = ""
  let result: JsonObject | undefined
  let error = ""
  const types: string[] = []
  for await (const event of execution) {
    types.push(event.type)
    if (event.type === "stream") text += event.content.text
    if (event.type === "execute_result") result = event.content.data
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    if (event.type === "error") error = event.content.traceback.join("\n").replace(/\u001b\[\d+m/g, "")
  }
  return { reply: await execution.reply, text, result, error, types }
}

const value = async (code: string) => (await run(code)).result?.["text/plain"]

beforeAll(async () => {
  writeFileSync(
    join(folder, "helper.ts"),
    'import { twice } from "./deep"\nexport const f = (x: number): number => twice(x)\n',
  )
  writeFileSync(join(folder, "deep.ts"), "export const twice = (x: number): number => x * 2\n")
  writeFileSync(join(folder, "data.json"), '{ "answer": 42 }')
  const packageFolder = join(folder, "node_modules", "greeter")
  mkdirSync(packageFolder, { recursive: true })
  const manifest = {
    name: "greeter",
    version: "1.0.0",
    type: "module",
    exports: { ".": { import: "./main.js", types: "./main.d.ts" } },
  }
  writeFileSync(join(packageFolder, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(packageFolder, "main.js"), 'export const hello = () => "hello"')
  writeFileSync(join(packageFolder, "main.d.ts"), "export declare const hello: () => string")
  kernel = await KernelClient.launch({
    argv: [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"],
    cwd: folder,
  })
})

afterAll(async () => {
  await kernel?.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

describe("execute", () => {
  test("answers with a result, between busy and idle", async () => {
    const { reply, result, types } = await run("1 + 1")
    expect(reply).toMatchObject({ status: "ok", payload: [], user_expressions: {} })
    expect(result).toEqual({ "text/plain": "2" })
    expect(types).toEqual(["status", "execute_input", "execute_result", "status"])
  })

  test("silent cells broadcast neither input nor result and do not count", async () => {
    const before = await run("0")
    const { reply, types } = await run("5", { silent: true })
    expect(types).toEqual(["status", "status"])
    expect(reply).toMatchObject({
      status: "ok",
      execution_count: (before.reply as { execution_count: number }).execution_count,
    })
  })

  test("evaluates user expressions, each on its own", async () => {
    const { reply } = await run("const seven = 7", { userExpressions: { good: "seven * 6", bad: "missing.x" } })
    expect(reply).toMatchObject({
      user_expressions: {
        good: { status: "ok", data: { "text/plain": "42" } },
        bad: { status: "error", ename: "ReferenceError" },
      },
    })
  })

  test("keeps the order of stdout, stderr and results", async () => {
    const { types } = await run("console.log(1); console.error(2); console.log(3); 4")
    expect(types.filter((type) => type !== "status")).toEqual([
      "execute_input",
      "stream",
      "stream",
      "stream",
      "execute_result",
    ])
  })

  test("loses none of a flood of prints", async () => {
    const { text } = await run("for (let i = 0; i < 20_000; i++) console.log(i)")
    expect(text.trimEnd().split("\n").map(Number)).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
  })

  test("aborts the cells that wait behind an error", async () => {
    const failing = kernel.execute('throw new Error("first")')
    const waiting = kernel.execute("1")
    expect(await failing.reply).toMatchObject({ status: "error", ename: "Error", evalue: "first" })
    expect(await waiting.reply).toMatchObject({ status: "aborted" })
    expect(await value("2")).toBe("2")
  })

  test("asks the user for input", async () => {
    kernel.onInput = (prompt) => `${prompt}Ada`
    expect(await value('const who = await input("> "); who')).toBe("'> Ada'")
    kernel.onInput = undefined
  })
})

describe("cells share one scope", () => {
  test("anything can be declared again", async () => {
    await run("const thing = 1")
    await run('const thing = "text"')
    await run("function thing() { return 3 }")
    expect(await value("class thing { x = 4 }\nnew thing().x")).toBe("4")
  })

  test("functions see what later cells assign", async () => {
    await run("let rate = 1\nfunction readRate() { return rate }")
    await run("rate = 5")
    expect(await value("readRate()")).toBe("5")
  })

  test("await stands at the top level", async () => {
    expect(await value("const late = await new Promise<number>((r) => setTimeout(() => r(9), 5))\nlate")).toBe("9")
  })

  test("imports local TypeScript, JSON, installed packages and built-in modules", async () => {
    expect(await value('import { f } from "./helper"\nf(21)')).toBe("42")
    expect(await value('import data from "./data.json"\ndata.answer')).toBe("42")
    expect(await value('import { hello } from "greeter"\nhello()')).toBe("'hello'")
    expect(await value('import * as path from "node:path"\npath.basename("/a/b")')).toBe("'b'")
    expect(await value('const { f: again } = await import("./helper")\nagain(1)')).toBe("2")
  })

  test("a local module that changed is imported anew, also one below it", async () => {
    writeFileSync(join(folder, "deep.ts"), "export const twice = (x: number): number => x * 20\n")
    utimesSync(join(folder, "deep.ts"), new Date(), new Date(Date.now() + 5000))
    expect(await value('import { f } from "./helper"\nf(2)')).toBe("40")
  })

  test("a package that is not installed is named, with the command that installs it", async () => {
    const { error } = await run('await import("not-" + "installed")')
    expect(error).toContain("npm install not-installed")
  })
})

describe("errors", () => {
  test("a type error stops the cell before it runs and points at it", async () => {
    await run("let touched = false")
    const { reply, error } = await run('touched = true\nconst n: number = "text"')
    expect(reply).toMatchObject({ status: "error", ename: "TypeError TS2322" })
    expect(error).toContain("line 2, column 7")
    expect(error).toContain('> 2 | const n: number = "text"')
    expect(await value("touched")).toBe("false")
  })

  test("a traceback shows the user's frames only, with line, column and code", async () => {
    const { error, reply } = await run(
      "function outer(x: number): never {\n  throw new RangeError('bad ' + x)\n}\n\nouter(3)",
    )
    expect(reply).toMatchObject({ ename: "RangeError", evalue: "bad 3" })
    expect(error).toMatch(/Cell \d+, line 2, column 9 in outer/)
    expect(error).toContain("> 2 |   throw new RangeError('bad ' + x)")
    expect(error).toMatch(/Cell \d+, line 5, column 1$/)
    expect(error).not.toMatch(/node:|dist\/|kernel\//)
  })

  test("a syntax error comes with its place", async () => {
    const { reply, error } = await run("const a = (1 +")
    expect(reply).toMatchObject({ ename: "SyntaxError" })
    expect(error).toContain("> 1 | const a = (1 +")
  })

  test("errors nobody caught appear under the cell", async () => {
    const { text } = await run(
      'setTimeout(() => { throw new Error("of a timer") }, 1)\nPromise.reject(new Error("of a promise"))\nawait new Promise((r) => setTimeout(r, 30))',
    )
    expect(text).toContain("of a timer")
    expect(text).toContain("of a promise")
  })

  test.each([
    ["throw undefined"],
    ["throw { odd: true }"],
    ["function deep(): number { return deep() + 1 }\ndeep()"],
    ["process.exit(1)"],
    ["({ get x(): number { throw new Error('getter') }, [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } })"],
    ["new Proxy({}, { get() { throw new Error('trap') } })"],
    ["const cycle: any = {}; cycle.self = cycle; cycle"],
    ["new Array(1e7).fill(1)"],
    ["console.log = null as any"],
  ])("the session outlives %s", async (code) => {
    await run(code)
    expect(await value("40 + 2")).toBe("42")
  })
})

describe("interrupt", () => {
  test.each([
    ["a loop", "while (true) {}"],
    ["a loop after an await", "await 0; while (true) {}"],
    ["a promise that never settles", "await new Promise(() => {})"],
    ["a waiting loop", "while (true) await new Promise((r) => setTimeout(r, 1))"],
    [
      "a waiting loop that catches everything",
      "for (;;) { try { await new Promise((r) => setTimeout(r, 1)) } catch {} }",
    ],
    ["microtasks without end", "async function spin() { for (;;) await null }\nawait spin()"],
    ["a loop in a timer", "setTimeout(() => { while (true) {} }, 0); await new Promise(() => {})"],
    ["a loop in a microtask", "queueMicrotask(() => { while (true) {} }); await new Promise(() => {})"],
  ])("stops %s; the variables are still there", async (_name, code) => {
    await run("let survivor = 41")
    const running = kernel.execute(code)
    const queued = kernel.execute("1")
    await sleep(150)
    await kernel.interrupt()
    expect(await running.reply).toMatchObject({ status: "error", ename: "InterruptError" })
    expect(await queued.reply).toMatchObject({ status: "aborted" })
    expect(await value("survivor + 1")).toBe("42")
  })

  test.each([0, 2, 5, 10, 20, 40])(
    "comes through %i ms after the request, wherever the cell is by then",
    async (ms) => {
      const running = kernel.execute("const early = 1\nwhile (early) {}")
      await sleep(ms)
      await kernel.interrupt()
      expect(await running.reply).toMatchObject({ status: expect.stringMatching(/error|aborted/) })
      expect(await value("1 + 2")).toBe("3")
    },
  )

  test("in the middle of noGrad leaves recording on", async () => {
    const running = kernel.execute("noGrad(() => { while (true) {} })")
    await sleep(300)
    await kernel.interrupt()
    expect(await running.reply).toMatchObject({ ename: "InterruptError" })
    expect(await value("ones([2]).requiresGrad_().mul(2).requiresGrad")).toBe("true")
  })

  test("nothing of the interrupted cell goes on printing", async () => {
    const running = kernel.execute('setInterval(() => console.log("tick"), 5); await new Promise(() => {})')
    await sleep(60)
    await kernel.interrupt()
    await running.reply
    const { text } = await run("await new Promise((r) => setTimeout(r, 50))")
    expect(text).toBe("")
  })
})

describe("requests", () => {
  test.each([
    [
      "kernel_info_request",
      {},
      { status: "ok", implementation: "cellgrad", language_info: { name: "typescript", file_extension: ".ts" } },
    ],
    ["is_complete_request", { code: "function f() {" }, { status: "incomplete", indent: "  " }],
    ["is_complete_request", { code: "1 + 1" }, { status: "complete" }],
    ["is_complete_request", { code: "const = 1" }, { status: "invalid" }],
    ["history_request", { hist_access_type: "tail", n: 1, output: false, raw: true }, { status: "ok" }],
    ["comm_info_request", {}, { status: "ok", comms: {} }],
    ["interrupt_request", {}, { status: "ok" }],
    ["complete_request", {}, { status: "ok", cursor_start: 0, cursor_end: 0 }],
  ] as const)("%s %o", async (type, content, expected) => {
    const reply = await kernel.request(type, content as never)
    expect(reply.content).toMatchObject(expected)
  })

  test("completes and explains what earlier cells declared, also while a cell runs, counted in code points", async () => {
    await run("const settings = { learningRate: 0.1, epochs: 10 }")
    const busy = kernel.execute("await new Promise((r) => setTimeout(r, 600))")
    const code = '"🙂"; settings.lear'
    const reply = await kernel.request("complete_request", { code, cursor_pos: [...code].length })
    expect(reply.content).toMatchObject({ matches: ["learningRate"], cursor_start: 14, cursor_end: 18 })
    const hover = await kernel.request("inspect_request", { code: "settings.epochs", cursor_pos: 12, detail_level: 0 })
    expect(hover.content).toMatchObject({ found: true })
    expect(JSON.stringify(hover.content)).toContain("number")
    await busy.reply
  })

  test("knows what variables hold, also while a cell computes: layers, shapes, columns", async () => {
    await run(
      "class LiveNet extends nn.Module { fc1 = new nn.Linear(10, 64); forward(x: Tensor) { return this.fc1(x) } }\n" +
        "const liveNet = new LiveNet(), liveX = zeros([32, 10]), liveTable = new Table({ alcohol: [1], ash: [2] })",
    )
    const busy = kernel.execute("const stop = Date.now() + 600; while (Date.now() < stop) {}")
    const completed = async (code: string) => {
      const { content } = await kernel.request("complete_request", { code, cursor_pos: code.length })
      const { matches, metadata } = content as {
        matches: string[]
        metadata: { _jupyter_types_experimental: { signature: string }[] }
      }
      return { matches, signature: metadata._jupyter_types_experimental[0]?.signature }
    }
    const layers = await completed("liveNet.")
    expect([layers.matches[0], layers.signature]).toEqual(["fc1", "Linear(10 -> 64)"])
    expect((await completed('dataLoader(liveTable, "al')).matches).toEqual(["alcohol"])
    const { content } = await kernel.request("inspect_request", { code: "liveX", cursor_pos: 3, detail_level: 0 })
    expect(JSON.stringify(content)).toContain("now Tensor float32 [32, 10]")
    expect(await Promise.race([busy.reply, "still computing"])).toBe("still computing")
    await busy.reply
  })

  test("messages that are forged or broken are dropped, and the kernel lives on", async () => {
    const socket = new DealerSocket(() => {}, "stranger")
    const { connection } = kernel.process
    await socket.connect(endpointOf(connection, "shell"), { timeoutMs: 5000 })
    const content = { code: "globalThis.forged = true", silent: false }
    socket.send(serializeMessage(createMessage("execute_request", "s", content), "wrong key"))
    socket.send(["<IDS|MSG>", "", "{", "{}", "{}", "{}"])
    socket.send(["no delimiter at all"])
    await sleep(50)
    expect(await value("(globalThis as { forged?: boolean }).forged ?? 'untouched'")).toBe("'untouched'")
    socket.close()
  })
})
