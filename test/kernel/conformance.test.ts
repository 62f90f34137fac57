import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { JsonObject, Message } from "../../kernel/messages.js"
import { Conversation, contents, type SendOptions, types } from "./support/conversation.js"

// Every message of Jupyter's messaging protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html): what is
// sent, what comes back, and what is broadcast meanwhile.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-conformance-"))
let kernel: Conversation

beforeAll(async () => {
  kernel = await Conversation.start(folder, { CELLGRAD_HISTORY: join(folder, "history") })
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Row {
  readonly name: string
  readonly type: string
  readonly content: JsonObject
  readonly on?: SendOptions["channel"]
  /** What the content of the reply must hold; undefined for messages that have none. */
  readonly reply?: JsonObject
  /** What is broadcast between busy and idle: types, with what their contents must hold. */
  readonly iopub?: readonly (readonly [type: string, content: JsonObject])[]
}

const text = expect.any(String)
const execute = (code: string, more: JsonObject = {}) => ({ code, silent: false, store_history: true, ...more })
const result = (plain: string, more: JsonObject = {}) =>
  [
    "execute_result",
    { data: { "text/plain": plain }, metadata: {}, execution_count: expect.any(Number), ...more },
  ] as const
const input = (code: string) => ["execute_input", { code, execution_count: expect.any(Number) }] as const
const cell = (code: string, ...output: (readonly [string, JsonObject])[]): Pick<Row, "type" | "content" | "iopub"> => ({
  type: "execute_request",
  content: execute(code),
  iopub: [input(code), ...output],
})
const ok = { status: "ok" }

const rows: readonly Row[] = [
  {
    name: "kernel_info: who we are, what we speak, what we can",
    type: "kernel_info_request",
    content: {},
    reply: {
      status: "ok",
      protocol_version: expect.stringMatching(/^5\.\d+$/),
      implementation: "cellgrad",
      implementation_version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      banner: expect.stringContaining("TypeScript"),
      debugger: false,
      supported_features: ["kernel subshells"],
      help_links: expect.arrayContaining([{ text, url: expect.stringMatching(/^https:/) }]),
      language_info: {
        name: "typescript",
        version: expect.stringMatching(/^\d+\.\d+/),
        mimetype: "text/typescript",
        file_extension: ".ts",
        pygments_lexer: "typescript",
        codemirror_mode: expect.anything(),
        nbconvert_exporter: "script",
      },
    },
    iopub: [],
  },
  {
    name: "kernel_info on the control channel",
    type: "kernel_info_request",
    content: {},
    on: "control",
    reply: ok,
    iopub: [],
  },

  // execute
  {
    name: "a statement has no result",
    ...cell("const unused = 1"),
    reply: { status: "ok", payload: [], user_expressions: {} },
  },
  {
    name: "an expression has one",
    ...cell("1 + 1", result("2")),
    reply: { status: "ok", execution_count: expect.any(Number) },
  },
  { name: "undefined is none", ...cell("undefined"), reply: ok },
  { name: "the last result is _", ...cell("(_ as number) * 10", result("20")), reply: ok },
  { name: "an empty cell", ...cell(""), reply: ok },
  {
    name: "stdout and stderr",
    ...cell(
      "console.log(1); console.error(2)",
      ["stream", { name: "stdout", text: "1\n" }],
      ["stream", { name: "stderr", text: "2\n" }],
    ),
    reply: ok,
  },
  {
    name: "an error",
    ...cell("throw new RangeError('far')", [
      "error",
      { ename: "RangeError", evalue: "far", traceback: expect.arrayContaining([text]) },
    ]),
    reply: {
      status: "error",
      ename: "RangeError",
      evalue: "far",
      traceback: expect.arrayContaining([text]),
      execution_count: expect.any(Number),
    },
  },
  {
    name: "a syntax error",
    ...cell("let = 5 5", ["error", { ename: "SyntaxError", evalue: text, traceback: expect.any(Array) }]),
    reply: { status: "error", ename: "SyntaxError" },
  },
  {
    name: "a type error",
    ...cell("const wrong: number = 'x'", [
      "error",
      { ename: "TypeError TS2322", evalue: text, traceback: expect.any(Array) },
    ]),
    reply: { status: "error" },
  },
  {
    name: "silent: nothing is shown or counted",
    type: "execute_request",
    content: { code: "console.log('seen'); 5", silent: true },
    reply: { status: "ok", payload: [], user_expressions: {} },
    iopub: [["stream", { name: "stdout", text: "seen\n" }]],
  },
  {
    name: "a silent error",
    type: "execute_request",
    content: { code: "throw new Error('quiet')", silent: true },
    reply: { status: "error", ename: "Error", evalue: "quiet" },
    iopub: [],
  },
  {
    name: "user_expressions",
    type: "execute_request",
    content: execute("const base = 2", {
      user_expressions: { good: "base * 21", rich: "html`<b>x</b>`", bad: "nothing.here" },
    }),
    reply: {
      status: "ok",
      user_expressions: {
        good: { status: "ok", data: { "text/plain": "42" }, metadata: {} },
        rich: { status: "ok", data: { "text/html": "<b>x</b>", "text/plain": text }, metadata: {} },
        bad: { status: "error", ename: "ReferenceError", evalue: text, traceback: expect.any(Array) },
      },
    },
  },
  {
    name: "execute without code",
    type: "execute_request",
    content: {},
    reply: { status: "error", ename: "BadRequest" },
    iopub: [],
  },
  {
    name: "execute with code that is no text",
    type: "execute_request",
    content: { code: 5 },
    reply: { status: "error" },
    iopub: [],
  },

  // display
  {
    name: "display with an id, and its update",
    ...cell(
      "display({ 'text/plain': 'a' }, { raw: true, displayId: 'd1' }); display({ 'text/plain': 'b' }, { raw: true, displayId: 'd1', update: true })",
      ["display_data", { data: { "text/plain": "a" }, metadata: {}, transient: { display_id: "d1" } }],
      ["update_display_data", { data: { "text/plain": "b" }, metadata: {}, transient: { display_id: "d1" } }],
    ),
    reply: ok,
  },
  {
    name: "display of a value",
    ...cell("display([1, 2])", [
      "display_data",
      { data: { "text/plain": "[ 1, 2 ]" }, metadata: {}, transient: expect.any(Object) },
    ]),
    reply: ok,
  },
  {
    name: "several representations",
    ...cell("html`<i>x</i>`", result("<i>x</i>", { data: { "text/html": "<i>x</i>", "text/plain": "<i>x</i>" } })),
    reply: ok,
  },
  { name: "clear_output at once", ...cell("clearOutput()", ["clear_output", { wait: false }]), reply: ok },
  {
    name: "clear_output with the next output",
    ...cell("clearOutput({ wait: true })", ["clear_output", { wait: true }]),
    reply: ok,
  },
  {
    name: "set_next_input",
    ...cell("setNextInput('1 + 1')"),
    reply: { status: "ok", payload: [{ source: "set_next_input", text: "1 + 1", replace: false }] },
  },
  {
    name: "set_next_input that replaces",
    ...cell("setNextInput('2', { replace: true })"),
    reply: { status: "ok", payload: [{ source: "set_next_input", text: "2", replace: true }] },
  },
  {
    name: "a page",
    ...cell("page('long help')"),
    reply: { status: "ok", payload: [{ source: "page", data: { "text/plain": "long help" }, start: 0 }] },
  },

  // introspection
  {
    name: "is_complete: complete",
    type: "is_complete_request",
    content: { code: "f(1)" },
    reply: { status: "complete" },
    iopub: [],
  },
  {
    name: "is_complete: incomplete, with the indentation",
    type: "is_complete_request",
    content: { code: "if (x) {" },
    reply: { status: "incomplete", indent: "  " },
    iopub: [],
  },
  {
    name: "is_complete: invalid",
    type: "is_complete_request",
    content: { code: "let = ;" },
    reply: { status: "invalid" },
    iopub: [],
  },
  {
    name: "is_complete without code",
    type: "is_complete_request",
    content: {},
    reply: { status: "complete" },
    iopub: [],
  },
  {
    name: "complete: members, with their types",
    type: "complete_request",
    content: { code: "Math.cbr", cursor_pos: 8 },
    reply: {
      status: "ok",
      matches: ["cbrt"],
      cursor_start: 5,
      cursor_end: 8,
      metadata: { _jupyter_types_experimental: [{ text: "cbrt", type: text, start: 5, end: 8 }] },
    },
    iopub: [],
  },
  {
    name: "complete: the cursor counts code points, not UTF-16 units",
    type: "complete_request",
    content: { code: "'😀😀'; Math.cbr", cursor_pos: 14 },
    reply: { status: "ok", matches: ["cbrt"], cursor_start: 11, cursor_end: 14 },
  },
  {
    name: "complete: nothing to complete",
    type: "complete_request",
    content: { code: "'text", cursor_pos: 99 },
    reply: { status: "ok", matches: expect.any(Array) },
  },
  {
    name: "inspect: text and Markdown",
    type: "inspect_request",
    content: { code: "Math.sqrt(2)", cursor_pos: 7, detail_level: 0 },
    reply: {
      status: "ok",
      found: true,
      data: { "text/plain": expect.stringContaining("sqrt"), "text/markdown": expect.stringContaining("sqrt") },
      metadata: {},
    },
    iopub: [],
  },
  {
    name: "inspect: not found",
    type: "inspect_request",
    content: { code: "  ", cursor_pos: 1, detail_level: 0 },
    reply: { status: "ok", found: false, data: {}, metadata: {} },
  },

  // history
  {
    name: "history: tail",
    type: "history_request",
    content: { hist_access_type: "tail", n: 1, output: false, raw: true },
    reply: { status: "ok", history: [[1, expect.any(Number), "page('long help')"]] },
    iopub: [],
  },
  {
    name: "history: range with outputs",
    type: "history_request",
    content: { hist_access_type: "range", session: 0, start: 2, stop: 3, output: true, raw: true },
    reply: { status: "ok", history: [[0, 2, ["1 + 1", "2"]]] },
  },
  {
    name: "history: search",
    type: "history_request",
    content: { hist_access_type: "search", pattern: "*RangeError*", n: 5, unique: true, output: false, raw: true },
    reply: { status: "ok", history: [[1, expect.any(Number), "throw new RangeError('far')"]] },
  },
  {
    name: "history: of no known kind",
    type: "history_request",
    content: { hist_access_type: "odd" },
    reply: { status: "ok" },
  },

  // comms
  { name: "comm_info", type: "comm_info_request", content: {}, reply: { status: "ok", comms: {} }, iopub: [] },
  {
    name: "comm_open to nobody",
    type: "comm_open",
    content: { comm_id: "c", target_name: "t", data: {} },
    iopub: [["comm_close", { comm_id: "c", data: {} }]],
  },
  { name: "comm_msg to nobody", type: "comm_msg", content: { comm_id: "c", data: {} }, iopub: [] },
  { name: "comm_close of nothing", type: "comm_close", content: { comm_id: "c", data: {} }, iopub: [] },

  // control
  { name: "interrupt while idle", type: "interrupt_request", content: {}, on: "control", reply: ok, iopub: [] },
  {
    name: "subshells",
    type: "list_subshell_request",
    content: {},
    on: "control",
    reply: { status: "ok", subshell_id: [] },
    iopub: [],
  },
  {
    name: "debug: there is no debugger",
    type: "debug_request",
    content: { type: "request", seq: 7, command: "initialize", arguments: {} },
    on: "control",
    reply: { type: "response", request_seq: 7, success: false, command: "initialize", message: text },
    iopub: [],
  },
  {
    name: "a request nobody knows",
    type: "odd_request",
    content: {},
    reply: { status: "error", ename: "UnknownRequest", evalue: text, traceback: [text] },
    iopub: [],
  },
  { name: "a message nobody knows", type: "odd_message", content: {}, iopub: [] },
]

const isStatus = ({ header }: Message) => header.msg_type === "status"

describe("each message", () => {
  test.for(rows)("$name", async ({ type, content, on = "shell", reply, iopub }) => {
    const exchange = await kernel.ask(type, content, { channel: on })
    const states = exchange.iopub.filter(isStatus).map(({ content }) => content.execution_state)
    expect(states).toEqual(["busy", "idle"])
    expect(isStatus(exchange.iopub[0] as Message) && isStatus(exchange.iopub.at(-1) as Message)).toBe(true)
    if (reply) {
      expect(exchange.reply?.header.msg_type).toBe(type.replace("_request", "_reply"))
      expect(exchange.reply?.content).toMatchObject(reply)
    } else expect(exchange.reply).toBeUndefined()
    if (!iopub) return
    const shown = exchange.iopub.filter((message) => !isStatus(message))
    expect(types(shown)).toEqual(iopub.map(([type]) => type))
    for (const [i, [, expected]] of iopub.entries())
      expect(shown[i]?.content).toEqual(expect.objectContaining(expected))
  })

  test("carries the headers that the protocol asks for", () => {
    const sessions = new Set<string>()
    for (const { header, parentHeader } of [...kernel.replies, ...kernel.iopub]) {
      expect(header).toMatchObject({ msg_id: text, msg_type: text, username: text, version: "5.4" })
      expect(new Date(header.date).toISOString()).toBe(header.date)
      sessions.add(header.session)
      if (parentHeader.msg_id !== undefined) expect(parentHeader.session).toBe(kernel.session)
    }
    expect(sessions.size).toBe(1)
    const ids = [...kernel.replies, ...kernel.iopub].map(({ header }) => header.msg_id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe("conversations", () => {
  test("inspect with more detail shows the source of what a cell declared", async () => {
    await kernel.execute("const before = 1\nfunction area(r: number): number {\n  return Math.PI * r * r\n}\nbefore")
    const inspect = async (detail_level: number) => {
      const content = { code: "area(2)", cursor_pos: 2, detail_level }
      return (await kernel.ask("inspect_request", content)).reply?.content.data as Record<string, string>
    }
    const source = "function area(r: number): number {\n  return Math.PI * r * r\n}"
    expect((await inspect(0))["text/plain"]).not.toContain("Math.PI")
    const detailed = await inspect(1)
    expect(detailed["text/plain"]).toMatch(/In \[\d+\]:\n/)
    expect(detailed["text/plain"]?.endsWith(source)).toBe(true)
    expect(detailed["text/markdown"]).toContain(`\`\`\`typescript\n${source}\n\`\`\``)
  })

  test("a new subscriber is welcomed (JEP 65)", () => {
    const [welcome] = kernel.iopub.filter(({ header }) => header.msg_type === "iopub_welcome")
    expect(welcome?.content).toEqual({ subscription: "" })
    expect(welcome?.parentHeader).toEqual({})
  })

  test("the heart beats, also while a cell loops", async () => {
    expect(await kernel.beat("ping")).toBe("ping")
    const id = kernel.send("execute_request", execute("console.log('on'); while (true) {}"))
    await kernel.until(() => kernel.text(id) === "on\n")
    expect(await kernel.beat("pong")).toBe("pong")
    expect((await kernel.ask("kernel_info_request", {}, { channel: "control" })).reply?.content.status).toBe("ok")
    expect((await kernel.ask("complete_request", { code: "Math.cbr", cursor_pos: 8 })).reply?.content.matches).toEqual([
      "cbrt",
    ])
    await kernel.ask("interrupt_request", {}, { channel: "control" })
    expect((await kernel.answered(id)).reply?.content).toMatchObject({ ename: "InterruptError" })
  })

  test.each([
    ["control", "while (true) {}"],
    // VS Code's Jupyter extension sends it there to a kernel that asks for messages.
    ["shell", "while (true) {}"],
    ["shell", "await new Promise(() => {})"],
  ] as const)("an interrupt on the %s channel ends %s, and the session goes on", async (channel, code) => {
    const id = kernel.send("execute_request", execute(`let reached = 7; console.log('on'); ${code}`))
    await kernel.until(() => kernel.text(id) === "on\n")
    const { reply } = await kernel.ask("interrupt_request", {}, { channel })
    expect(reply?.content).toEqual({ status: "ok" })
    expect((await kernel.answered(id)).reply?.content).toMatchObject({ status: "error", ename: "InterruptError" })
    expect(contents((await kernel.execute("reached")).iopub, "execute_result")).toMatchObject([
      { data: { "text/plain": "7" } },
    ])
  })

  test("counts: cells that are stored count, others do not", async () => {
    const count = async (content: JsonObject) =>
      (await kernel.execute("0", content)).reply?.content.execution_count as number
    const first = await count({})
    expect(await count({})).toBe(first + 1)
    expect(await count({ store_history: false })).toBe(first + 1)
    expect(await count({ silent: true })).toBe(first + 1)
    expect(await count({})).toBe(first + 2)
  })

  test("an error aborts what waits behind it, unless the request says otherwise", async () => {
    const run = (code: string, more: JsonObject = {}) => kernel.send("execute_request", execute(code, more))
    const status = async (id: string) => (await kernel.answered(id)).reply?.content.status
    const [failing, waiting] = [run("throw 1"), run("1")]
    expect([await status(failing), await status(waiting)]).toEqual(["error", "aborted"])
    expect(types(kernel.of(waiting))).toEqual([])
    const [tolerant, next] = [run("throw 1", { stop_on_error: false }), run("2")]
    expect([await status(tolerant), await status(next)]).toEqual(["error", "ok"])
  })

  test("cells are answered in the order in which they came", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => kernel.send("execute_request", execute(`await 0; ${i}`)))
    await kernel.answered(ids.at(-1) as string)
    const replies = kernel.replies.map(({ parentHeader }) => parentHeader.msg_id).filter((id) => ids.includes(id ?? ""))
    expect(replies).toEqual(ids)
  })

  test.each([
    ["input", false],
    ["password", true],
  ])("%s asks the client that sent the cell", async (name, password) => {
    const before = kernel.questions.length
    const id = kernel.send("execute_request", execute(`await ${name}("Who? ")`, { allow_stdin: true }))
    await kernel.until(() => kernel.questions.length > before)
    const question = kernel.questions.at(-1) as Message
    expect(question.header.msg_type).toBe("input_request")
    expect(question.content).toEqual({ prompt: "Who? ", password })
    expect(question.parentHeader.msg_id).toBe(id)
    kernel.send("input_reply", { status: "ok", value: "Ada" }, { channel: "stdin", parent: question })
    expect(contents((await kernel.answered(id)).iopub, "execute_result")).toMatchObject([
      { data: { "text/plain": "'Ada'" } },
    ])
  })

  test("input is refused where the client cannot answer, and ended by an interrupt", async () => {
    const refused = await kernel.execute("await input()", { allow_stdin: false })
    expect(refused.reply?.content).toMatchObject({ status: "error", evalue: expect.stringContaining("input()") })
    const before = kernel.questions.length
    const id = kernel.send("execute_request", execute("await input()", { allow_stdin: true }))
    await kernel.until(() => kernel.questions.length > before)
    await kernel.ask("interrupt_request", {}, { channel: "control" })
    expect((await kernel.answered(id)).reply?.content).toMatchObject({ ename: "InterruptError" })
  })

  test("an answer that names no question is one to the last", async () => {
    const before = kernel.questions.length
    const id = kernel.send("execute_request", execute("await input()", { allow_stdin: true }))
    await kernel.until(() => kernel.questions.length > before)
    kernel.send("input_reply", { value: "bare" }, { channel: "stdin" })
    expect(contents((await kernel.answered(id)).iopub, "execute_result")).toMatchObject([
      { data: { "text/plain": "'bare'" } },
    ])
  })

  test("a restarted kernel remembers what the one before it ran", async () => {
    const second = await Conversation.start(folder, { CELLGRAD_HISTORY: join(folder, "history") })
    const { reply } = await second.ask("history_request", { hist_access_type: "search", pattern: "*RangeError*", n: 1 })
    expect(reply?.content.history).toEqual([[1, expect.any(Number), "throw new RangeError('far')"]])
    await second.execute("'second'")
    const tail = await second.ask("history_request", { hist_access_type: "tail", n: 1, output: true })
    expect(tail.reply?.content.history).toEqual([[2, 1, ["'second'", "'second'"]]])
    await second.close()
  })

  test.each([true, false])(
    "shutdown with restart %s is confirmed on both channels, and ends the process",
    async (restart) => {
      const other = await Conversation.start(folder)
      writeFileSync(join(folder, "alive"), "")
      const id = other.send("shutdown_request", { restart }, { channel: "control" })
      await other.until(() => other.replies.some(({ parentHeader }) => parentHeader.msg_id === id))
      expect(other.replies.at(-1)?.content).toEqual({ status: "ok", restart })
      expect(types(other.of(id))).toEqual(["shutdown_reply"])
      expect(await other.process.exited).toEqual({ code: 0, signal: null })
    },
  )

  test("a shutdown ends a kernel whose cell loops", async () => {
    const other = await Conversation.start(folder)
    const id = other.send("execute_request", execute("console.log('on'); while (true) {}"))
    await other.until(() => other.text(id) === "on\n")
    other.send("shutdown_request", { restart: false }, { channel: "control" })
    await other.process.exited
  })
})
