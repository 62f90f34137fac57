import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { OutputLimit, outputLimit } from "../../kernel/output-limit.js"
import { Conversation, contents, types } from "./support/conversation.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-descriptors-"))
let kernel: Conversation

beforeAll(async () => {
  kernel = await Conversation.start(folder, { CELLGRAD_CHECK: "off", CELLGRAD_OUTPUT_LIMIT: "100000" })
  await kernel.execute(
    "const { execSync, spawnSync, spawn, fork, exec } = await import('node:child_process'); const fs = await import('node:fs')",
  )
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What a cell printed: [stream, text] in order, pieces of one stream joined. */
async function printed(code: string): Promise<[string, string][]> {
  const { iopub, reply } = await kernel.execute(code)
  expect(reply?.content.status).toBe("ok")
  const pieces: [string, string][] = []
  for (const { name, text } of contents(iopub, "stream")) {
    const last = pieces.at(-1)
    if (last && last[0] === name) last[1] += text
    else pieces.push([String(name), String(text)])
  }
  return pieces
}

describe.runIf(process.platform !== "win32")("what does not go through JavaScript", () => {
  test("a child's output stands between the lines around it", async () => {
    expect(
      await printed(`console.log("before"); spawnSync("echo", ["child"], { stdio: "inherit" }); console.log("after")
        execSync("echo to stderr >&2", { stdio: "inherit" }); console.log("end")`),
    ).toEqual([
      ["stdout", "before\nchild\nafter\n"],
      ["stderr", "to stderr\n"],
      ["stdout", "end\n"],
    ])
  })

  test("also behind a flood of lines", async () => {
    const [[, text] = ["", ""]] = await printed(
      `for (let i = 0; i < 3000; i++) console.log(i); execSync("echo child", { stdio: "inherit" }); console.log("end")`,
    )
    expect(text).toBe(`${Array.from({ length: 3000 }, (_, i) => `${i}\n`).join("")}child\nend\n`)
  })

  test("a child that runs beside the cell prints as it goes", async () => {
    const id = kernel.send("execute_request", {
      code: `const child = spawn("sh", ["-c", "echo one; sleep 0.3; echo two"], { stdio: "inherit" }); await new Promise((r) => child.on("exit", r)); 0`,
    })
    await kernel.until(() => kernel.text(id) === "one\n")
    const { iopub } = await kernel.answered(id)
    expect(types(iopub)).toEqual(["execute_input", "stream", "stream", "execute_result"])
    expect(kernel.text(id)).toBe("one\ntwo\n")
  })

  test("a child that prints more than a pipe holds loses nothing and does not fail", async () => {
    const [[, text] = ["", ""]] = await printed(
      `spawnSync(process.execPath, ["-e", "for (let i = 0; i < 9000; i++) console.log('line ' + i)"], { stdio: "inherit" }).status`,
    )
    expect(text).toBe(Array.from({ length: 9000 }, (_, i) => `line ${i}\n`).join(""))
  })

  test("npm's and other programs' own colours and characters are kept", async () => {
    writeFileSync(join(folder, "text"), "\u001b[31mrot\u001b[39m größer 漢字 🙂\n")
    expect(await printed(`execSync("cat text", { stdio: "inherit" })`)).toEqual([
      ["stdout", "\u001b[31mrot\u001b[39m größer 漢字 🙂\n"],
    ])
  })

  test("native code and direct writes to the descriptors", async () => {
    expect(
      await printed(`process._rawDebug("native"); fs.writeSync(1, "direct\\n"); fs.writeSync(2, "error\\n")`),
    ).toEqual(expect.arrayContaining([["stdout", "direct\n"]]))
    const { id } = await kernel.execute(`process._rawDebug("native")`)
    expect(kernel.text(id, "stderr")).toBe("native\n")
  })

  test("a child that a cell left behind prints under the cell that started last", async () => {
    const early = await kernel.execute(`spawn("sh", ["-c", "sleep 0.1; echo late"], { stdio: "inherit" }); 0`)
    await kernel.until(() => kernel.text(early.id) === "late\n")
  })
})

describe("what goes through JavaScript", () => {
  test("process.stdout is a stream that can be written, piped into and asked", async () => {
    expect(
      await printed(`const { Readable } = await import("node:stream"); process.stdout.write("a"); process.stdout.write(new Uint8Array([98, 10]))
        await new Promise((r) => process.stdout.write("c\\n", r)); Readable.from(["d", "\\n"]).pipe(process.stdout); await new Promise((r) => setTimeout(r, 20))
        console.log(process.stdout.isTTY, process.stdout.fd, process.stdout.writable); process.stdout.end()`),
    ).toEqual([["stdout", "ab\nc\nd\nfalse 1 true\n"]])
    expect(await printed("console.log('still there')")).toEqual([["stdout", "still there\n"]])
  })

  test("carriage returns and colours pass as they are", async () => {
    expect(await printed("process.stdout.write('10%\\r20%\\r'); console.log('\\u001b[32mdone\\u001b[0m')")).toEqual([
      ["stdout", "10%\r20%\r\u001b[32mdone\u001b[0m\n"],
    ])
  })

  test("the text of a result holds no colour codes, whatever made it", async () => {
    const { iopub } = await kernel.execute(
      "({ [Symbol.for('nodejs.util.inspect.custom')]: () => '\\u001b[31mred\\u001b[39m' })",
    )
    expect(contents(iopub, "execute_result")).toMatchObject([{ data: { "text/plain": "red" } }])
    const { iopub: colored } = await kernel.execute("process.env.FORCE_COLOR = '1'; [1, 'a', null]")
    expect(contents(colored, "execute_result")).toMatchObject([{ data: { "text/plain": "[ 1, 'a', null ]" } }])
    await kernel.execute("delete process.env.FORCE_COLOR")
  })

  test("a cell that prints without end shows its head and its tail, and a notice", async () => {
    const [[, text] = ["", ""]] = await printed("for (let i = 0; i < 200_000; i++) console.log('line', i)")
    expect(text.length).toBeLessThan(100_000 + 70_000)
    expect(text).toMatch(/^line 0\nline 1\n/)
    expect(text).toMatch(/\n… more than 100,000 characters; .*\n… [\d,]+ characters left out …\nline \d+\n/)
    expect(text).toMatch(/line 199998\nline 199999\n$/)
  })

  test("and a progress bar may go on for as long as it likes", async () => {
    const [[, text] = ["", ""]] = await printed(
      "for (let i = 0; i < 4000; i++) process.stdout.write('\\r' + '#'.repeat(40) + ' ' + i); console.log(' done')",
    )
    expect(text).not.toContain("…")
    expect(text.endsWith("3999 done\n")).toBe(true)
  })
})

describe("OutputLimit", () => {
  const pieces = (limit: OutputLimit, ...texts: string[]) =>
    texts.flatMap((text) => limit.take("stdout", text)).concat(limit.end())

  test("passes what is within the limit", () => {
    expect(pieces(new OutputLimit(10), "12345", "6789\n")).toEqual([
      { name: "stdout", text: "12345" },
      { name: "stdout", text: "6789\n" },
    ])
  })

  test("keeps the tail of both streams in their order", () => {
    const limit = new OutputLimit(3)
    limit.take("stdout", "abcdef")
    limit.take("stderr", "error\n")
    limit.take("stdout", "end\n")
    expect(limit.end()).toEqual([
      { name: "stdout", text: "def" },
      { name: "stderr", text: "error\n" },
      { name: "stdout", text: "end\n" },
    ])
  })

  test("says how much is missing", () => {
    const limit = new OutputLimit(10)
    limit.take("stdout", "x".repeat(10))
    for (let i = 0; i < 100; i++) limit.take("stdout", `${"y".repeat(9_999)}\n`)
    const [{ text } = { text: "" }, ...others] = limit.end()
    expect(others).toEqual([])
    expect(text).toMatch(/^… 9[\d,]+ characters left out …\ny+\n/)
    expect(text.length).toBeLessThan(70_000)
  })

  test("counts a line that is written anew once", () => {
    const limit = new OutputLimit(100)
    for (let i = 0; i < 1000; i++) expect(limit.take("stdout", `\r${i} of 1000`)).toHaveLength(1)
    expect(limit.end()).toEqual([])
  })

  test("reads the limit from the environment", () => {
    expect(outputLimit({})).toBe(4 << 20)
    expect(outputLimit({ CELLGRAD_OUTPUT_LIMIT: "500" })).toBe(500)
    expect(outputLimit({ CELLGRAD_OUTPUT_LIMIT: "0" })).toBe(Number.POSITIVE_INFINITY)
    expect(outputLimit({ CELLGRAD_OUTPUT_LIMIT: "much" })).toBe(4 << 20)
  })
})
