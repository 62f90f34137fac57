import { spawnSync } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, Readable } from "node:stream"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { highlight } from "../../kernel/highlight.js"
import { History, historyPath } from "../../kernel/history.js"
import type { Completions } from "../../kernel/language.js"
import { pipedCells } from "../../kernel/piped-cells.js"
import { Prompt } from "../../kernel/prompt.js"
import { stripAnsi } from "../../kernel/terminal.js"
import { TerminalOutput } from "../../kernel/terminal-output.js"
import { root } from "../requirements.js"
import { hasPseudoTerminal, PseudoTerminal } from "./support/pseudo-terminal.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-repl-"))
const bin = join(root, "bin", "cellgrad.js")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function cellgrad(args: string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    input,
    encoding: "utf8",
  })
  return { status, stdout, stderr }
}

describe("cells from a pipe", () => {
  async function cellsOf(text: string): Promise<string[]> {
    const cells: string[] = []
    for await (const cell of pipedCells(Readable.from([text]))) cells.push(cell)
    return cells
  }

  it.each<[string, string[]]>([
    ["1\n2\n", ["1", "2"]],
    ["const f = () => {\n  return 1\n}\nf()", ["const f = () => {\n  return 1\n}", "f()"]],
    ["if (a) {\n}\nelse {\n}\nb", ["if (a) {\n}\nelse {\n}", "b"]],
    ["xs\n  .map(f)\n  .join()\ny", ["xs\n  .map(f)\n  .join()", "y"]],
    [".help\n\n.type x\n1", [".help", ".type x", "1"]],
    ["`a\n.help\nb`", ["`a\n.help\nb`"]],
    ["1 +\r\n2\r\n", ["1 +\n2"]],
    ["f(\n", ["f("]],
    ["", []],
  ])("%j", async (text, cells) => {
    expect(await cellsOf(text)).toEqual(cells)
  })

  it("does not wait for more when a program talks through the pipe", async () => {
    const input = new PassThrough()
    const cells = pipedCells(input)
    input.write("1 + 1\n")
    expect((await cells.next()).value).toBe("1 + 1")
    input.end()
    expect((await cells.next()).done).toBe(true)
  })
})

describe("the history", () => {
  const path = join(folder, "state", "history")

  it("keeps entries of several lines between sessions, without repeats and empty ones", () => {
    const history = new History(path)
    for (const entry of ["a", "a", " ", "function f() {\n}", "b"]) history.add(entry)
    expect(new History(path).entries).toEqual(["a", "function f() {\n}", "b"])
  })

  it("passes over lines it cannot read, and stays short", () => {
    new History(path).add("first")
    appendFileSync(path, `{broken\n{"no":"string"}\n${'"x"\n"y"\n'.repeat(1500)}`)
    expect(new History(path).entries).toHaveLength(1000)
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1001)
  })

  it("works in memory where nothing can be written", () => {
    writeFileSync(join(folder, "a-file"), "")
    const history = new History(join(folder, "a-file", "history"))
    history.add("a")
    expect(history.entries).toEqual(["a"])
  })

  it("stands where the XDG rules say", () => {
    expect(historyPath({ XDG_STATE_HOME: "/state" })).toBe(join("/state", "cellgrad", "history"))
  })
})

describe("output on a terminal", () => {
  let shown = ""
  const output = (overwrite: boolean) =>
    new TerminalOutput({
      write: (text) => {
        shown += text
      },
      writeError: (text) => {
        shown += `!${text}`
      },
      color: false,
      overwrite,
      columns: () => 10,
      ask: async () => "",
    })
  const text = (value: string) => ({ data: { "text/plain": value }, metadata: {} })
  beforeEach(() => {
    shown = ""
  })

  it("starts a result on a line of its own, and ends one that was begun", () => {
    const terminal = output(true)
    terminal.stream("stdout", "a")
    terminal.result(text("1"))
    terminal.stream("stdout", "b")
    terminal.endCell()
    expect(shown).toBe("a\n1\nb\n")
  })

  it("updates a display in place while nothing stands below it", () => {
    const terminal = output(true)
    terminal.display(text("ten cells wide"), { displayId: "bar" })
    terminal.display(text("half"), { displayId: "bar", update: true })
    expect(shown).toBe("ten cells wide\n\x1b[2A\r\x1b[Jhalf\n")
  })

  it("shows the last state of other displays when the cell ends", () => {
    const terminal = output(false)
    terminal.display(text("0 %"), { displayId: "bar" })
    terminal.display(text("50 %"), { displayId: "bar", update: true })
    terminal.display(text("100 %"), { displayId: "bar", update: true })
    terminal.endCell()
    expect(shown).toBe("0 %\n100 %\n")
  })

  it("says what it cannot show, and writes errors apart", () => {
    const terminal = output(true)
    terminal.result({ data: { "image/png": "…" }, metadata: {} })
    terminal.error({ ename: "Error", evalue: "boom", traceback: ["\x1b[31mError\x1b[39m: boom"] })
    expect(shown).toBe("(image/png: open this in a notebook)\n!Error: boom\n")
  })

  it("colours values as code, but not what brings its own colours", () => {
    expect(highlight("{ a: 'x', n: 1 }")).toBe("{ a: \x1b[32m'x'\x1b[39m, n: \x1b[33m1\x1b[39m }")
    expect(stripAnsi(highlight("[ 1, true ]"))).toBe("[ 1, true ]")
    expect(highlight("\x1b[1m1\x1b[22m")).toBe("\x1b[1m1\x1b[22m")
  })
})

describe("the prompt", () => {
  async function answer(
    typed: string,
    completions: Partial<Completions> = {},
    kind: "cell" | "password" = "cell",
    history = ["earlier"],
  ) {
    const input = new PassThrough()
    let shown = ""
    const output = { write: (text: string) => (shown += text), columns: 40, rows: 10 }
    const complete = async () => ({ items: [], start: 0, end: 0, ...completions })
    const prompt = new Prompt({ input, output, color: false, history, complete })
    input.write(typed)
    const result = await prompt.read({ prompt: "> ", continuation: ". ", kind })
    return { result, shown: stripAnsi(shown) }
  }
  const item = (text: string) => ({ text, type: "variable" })

  it("answers with the text, cancelled, or ended", async () => {
    expect((await answer("1 +\r2\r")).result).toEqual({ text: "1 +\n2" })
    expect((await answer("1\x03")).result).toBe("cancelled")
    expect((await answer("\x04")).result).toBe("ended")
    expect((await answer("\x1b[A\r")).result).toEqual({ text: "earlier" })
    expect((await answer(".help {\r")).result).toEqual({ text: ".help {" })
  })

  it("completes the only proposal, and the common start of several", async () => {
    expect((await answer("con\t\r", { items: [item("console")], start: 0 })).result).toEqual({ text: "console" })
    expect((await answer("x.w\t\r", { items: [item("width"), item("widest")], start: 2 })).result).toEqual({
      text: "x.wid",
    })
  })

  it("lists what there is to choose from", async () => {
    const { result, shown } = await answer("wid\t\r", { items: [item("width"), item("widest")], start: 0 })
    expect(result).toEqual({ text: "wid" })
    expect(shown).toContain("width   variable")
    const many = Array.from({ length: 13 }, (_, i) => item(`wid${i}`))
    expect((await answer("wid\t\r", { items: many, start: 0 })).shown).toMatch(/wid0 +wid\d+ +wid\d+/)
  })

  it("shows the types of a few proposals, cut to the screen", async () => {
    const items = [
      { text: "width", type: "property", signature: "number" },
      { text: "wider", type: "method", signature: "(by: number, and: a very long list of parameters) => void" },
    ]
    const { shown } = await answer("wid\t\r", { items, start: 0 })
    expect(shown).toContain("width  number")
    expect(shown).toContain("wider  (by: number, and: a very long l…")
  })

  it("searches the history backwards with Ctrl-R", async () => {
    const history = ["let a = 1", "fit(model)", "let b = 2", "print(b)"]
    expect((await answer("\x12let\r", {}, "cell", history)).result).toEqual({ text: "let b = 2" })
    expect((await answer("\x12let\x12\r", {}, "cell", history)).result).toEqual({ text: "let a = 1" })
    expect((await answer("\x12let\x12\x12\r", {}, "cell", history)).result).toEqual({ text: "let a = 1" })
    expect((await answer("\x12fit\x1b[C + 1\r", {}, "cell", history)).result).toEqual({ text: "fit(model) + 1" })
    expect((await answer("mine\x12let\x07!\r", {}, "cell", history)).result).toEqual({ text: "mine!" })
    expect((await answer("\x12lex\x7ft a\r", {}, "cell", history)).result).toEqual({ text: "let a = 1" })
    const { result, shown } = await answer("mine\x12zzz\r\r", {}, "cell", history)
    expect(result).toEqual({ text: "mine" })
    expect(shown).toContain("search backwards: zzz  (nothing found)")
  })

  it("does not show a password", async () => {
    const { result, shown } = await answer("secret\r", {}, "password")
    expect(result).toEqual({ text: "secret" })
    expect(shown).not.toContain("secret")
  })
})

describe("cellgrad repl, piped", () => {
  it("prints values without a prompt", () => {
    expect(cellgrad(["repl"], "let a = 20\na + 1\nnumbr = 1\n")).toMatchObject({
      status: 1,
      stdout: "21\n",
      stderr: expect.stringMatching(/^TypeError TS2552: Cannot find name 'numbr'/),
    })
    expect(cellgrad(["repl"], "const s: string = 'x'\ns\n[1, 2]\n.type s\nawait Promise.resolve(7)")).toEqual({
      status: 0,
      stdout: "'x'\n[ 1, 2 ]\nstring\n7\n",
      stderr: "",
    })
  })

  it("loads, saves, and complains of what it cannot do", () => {
    writeFileSync(join(folder, "script.ts"), "const loaded: number = 5\nloaded * 2\n")
    expect(cellgrad(["repl"], "const one = 1\n.load script.ts\n.save saved.ts\n")).toEqual({
      status: 0,
      stdout: "10\nwrote 2 cells to saved.ts\n",
      stderr: "",
    })
    expect(readFileSync(join(folder, "saved.ts"), "utf8")).toBe(
      "const one = 1\nconst loaded: number = 5\nloaded * 2\n\n",
    )
    expect(cellgrad(["repl"], ".load nowhere.ts\n")).toMatchObject({ status: 1, stdout: /^cannot read nowhere.ts/ })
    expect(cellgrad(["repl"], ".frob\n")).toMatchObject({
      status: 1,
      stdout: "there is no command .frob; .help lists them\n",
    })
  })
})

describe("cellgrad eval", () => {
  it("prints the value, and fails with the error", () => {
    expect(cellgrad(["eval", "const x: number = 6; x * 7"])).toEqual({ status: 0, stdout: "42\n", stderr: "" })
    expect(cellgrad(["eval", "throw new Error('boom')"])).toMatchObject({ status: 1, stdout: "" })
    expect(cellgrad(["eval", "1 +* 2"])).toMatchObject({ status: 1, stdout: "" })
  })

  it("waits for what the code started", () => {
    expect(cellgrad(["eval", "setTimeout(() => console.log('late'), 50); 1"]).stdout).toBe("1\nlate\n")
  })
})

describe.runIf(hasPseudoTerminal)("cellgrad repl on a terminal", () => {
  let terminal: PseudoTerminal
  beforeEach(async () => {
    const env = { XDG_STATE_HOME: join(folder, "terminal-state"), NO_COLOR: "1" }
    terminal = new PseudoTerminal([process.execPath, bin, "repl"], { cwd: folder, env })
    await terminal.expect(/1> $/)
  })
  afterEach(() => terminal.kill())

  it("runs cells, of several lines too, and remembers them in the next session", async () => {
    terminal.type("const kept = [1, 2]\r")
    await terminal.expect(/2> $/)
    terminal.type("function f(x: number) {\rreturn x * 2\r}\r")
    await terminal.expect(/3> $/)
    terminal.type("kept.map(f)\r")
    expect(await terminal.expect(/4> $/)).toMatch(/\[ 2, 4 \]/)
    terminal.type("f('a')\r")
    expect(await terminal.expect(/5> $/)).toMatch(/TS2345[\s\S]*line 1, column 3/)
    terminal.type("\x04")
    expect(await terminal.exited).toBe(0)
    terminal = new PseudoTerminal([process.execPath, bin, "repl"], {
      cwd: folder,
      env: { XDG_STATE_HOME: join(folder, "terminal-state"), NO_COLOR: "1" },
    })
    await terminal.expect(/1> $/)
    terminal.type("\x1b[A\x1b[A")
    await terminal.expect(/kept\.map\(f\)/)
  })

  it("interrupts an endless loop and a cell that waits; variables stay", async () => {
    terminal.type("let kept = 41\r")
    await terminal.expect(/2> $/)
    for (const [index, loop] of ["while (true) {}", "await new Promise(() => {})", "for (;;) await null"].entries()) {
      terminal.type(`${loop}\r`)
      await new Promise((resolve) => setTimeout(resolve, 300))
      terminal.type("\x03")
      await terminal.expect(new RegExp(`InterruptError[\\s\\S]*${index + 3}> $`))
    }
    terminal.type("kept + 1\r")
    expect(await terminal.expect(/6> $/)).toMatch(/^.*\n?.*42/m)
    terminal.type("console.log('alive', kept)\r")
    expect(await terminal.expect(/7> $/)).toMatch(/alive 41/)
  })

  it("completes with Tab, cancels with Ctrl-C, shows types", async () => {
    terminal.type("const sample = { width: 1 }\r")
    await terminal.expect(/2> $/)
    terminal.type("sample.wi\t")
    await terminal.expect(/sample\.width$/)
    terminal.type("\x03")
    await terminal.expect(/2> $/)
    terminal.type(".type sample\r")
    expect(await terminal.expect(/\n2> $/)).toMatch(/width: number/)
  })

  it("prints what comes late above the line being written, and asks for input", async () => {
    terminal.type("setTimeout(() => console.log('from a timer'), 300)\r")
    await terminal.expect(/2> $/)
    terminal.type("unfinished")
    await terminal.expect(/from a timer\s+2> unfinished$/)
    terminal.type("\x03")
    await terminal.expect(/2> $/)
    terminal.type("const who = await input('name? ')\r")
    await terminal.expect(/name\? $/)
    terminal.type("Ada\r")
    await terminal.expect(/3> $/)
    terminal.type("who\r")
    expect(await terminal.expect(/4> $/)).toMatch(/'Ada'/)
  })

  it("leaves at once although a timer runs", async () => {
    terminal.type("setInterval(() => {}, 10)\r")
    await terminal.expect(/2> $/)
    terminal.type(".exit\r")
    expect(await terminal.exited).toBe(0)
  })
})
