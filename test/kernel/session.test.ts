import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, describe, expect, test } from "vitest"
import type { Diagnostic, Language } from "../../kernel/language.js"
import { type ExecuteResult, Session } from "../../kernel/session.js"
import { stripAnsi } from "../../kernel/terminal.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-session-"))

/** What the session said, in order. */
const said: string[] = []
/** What the language says of the next cells, and what it was told. */
let diagnostics: Diagnostic[] | Error | "never" | Promise<Diagnostic[]> = []
const checked: string[] = []
const committed: string[] = []

const language: Language = {
  check: async (code) => {
    checked.push(code)
    if (diagnostics instanceof Error) throw diagnostics
    return diagnostics === "never" ? new Promise(() => {}) : diagnostics
  },
  explain: async (_code, found) => found.map((one) => ({ ...one, fix: "const n: number = 1\nor another" })),
  commit: async (code) => {
    committed.push(code)
  },
  complete: async () => ({ items: [], start: 0, end: 0 }),
  hover: async () => undefined,
  close: async () => {},
}

const session = new Session({
  cwd: folder,
  language,
  output: {
    stream: (name, text) => said.push(`${name}: ${text}`),
    display: ({ data }, { update }) => said.push(`${update ? "update" : "display"}: ${data["text/plain"]}`),
    result: ({ data }, count) => said.push(`result ${count}: ${data["text/plain"]}`),
    error: ({ ename, evalue }) => said.push(`error: ${ename}: ${evalue}`),
    clearOutput: (wait) => said.push(`clear ${wait}`),
    input: async (prompt) => `answer to ${prompt}`,
  },
})

async function run(code: string, options?: Parameters<Session["execute"]>[1]): Promise<ExecuteResult> {
  said.length = 0
  return session.execute(code, options)
}

/** The traceback of a cell that fails, without colours. */
async function traceback(code: string): Promise<string> {
  const result = await run(code)
  return result.status === "error" ? stripAnsi(result.traceback.join("\n")) : `no error: ${said.join(" ")}`
}

beforeEach(() => {
  diagnostics = []
  checked.length = 0
  committed.length = 0
  delete process.env.CELLGRAD_CHECK
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("execute", () => {
  test("counts cells, shows the value of the last expression and keeps it as _", async () => {
    expect(await run("const a: number = 20; a + 1")).toMatchObject({ status: "ok" })
    expect(said).toEqual([`result ${session.executionCount}: 21`])
    await run("_ * 2")
    expect(said[0]).toMatch(/: 42$/)
    await run("undefined")
    expect(said).toEqual([])
  })

  test("silent cells show and count nothing, and their declarations stay", async () => {
    const before = session.executionCount
    await run("const quiet = 5; quiet", { silent: true })
    expect(said).toEqual([])
    expect(session.executionCount).toBe(before)
    await run("quiet")
    expect(said[0]).toMatch(/: 5$/)
  })

  test("answers user expressions one by one, TypeScript included", async () => {
    const result = await run("let n = 2", { userExpressions: { ok: "n as number + 1", bad: "n.x.y", worse: "let z" } })
    expect(result).toMatchObject({
      userExpressions: {
        ok: { status: "ok", data: { "text/plain": "3" } },
        bad: { status: "error", ename: "TypeError" },
        worse: { status: "error", ename: "SyntaxError" },
      },
    })
  })

  test("does not wait for a promise that is the value", async () => {
    await run("new Promise(() => {})")
    expect(said[0]).toMatch(/Promise \{ <pending> \}/)
  })

  test("asks for input", async () => {
    await run('await input("name? ")')
    expect(said[0]).toMatch(/'answer to name\? '/)
  })
})

describe("the type check", () => {
  const wrong: Diagnostic = {
    severity: "error",
    code: 2322,
    message: "Type 'string' is not assignable to type 'number'.",
    start: { line: 1, column: 6 },
    end: { line: 1, column: 7 },
  }

  test("an error stops the cell before it runs, and points at the place", async () => {
    await run("let ran = 0")
    diagnostics = [wrong]
    const text = await traceback("ran = 1\nconst n: number = 'x'")
    expect(text).toContain("TypeError TS2322: Type 'string' is not assignable to type 'number'.")
    expect(text).toMatch(/Cell \d+, line 2, column 7/)
    expect(text).toContain("> 2 | const n: number = 'x'\n    |       ^")
    expect(text).toContain("fix: const n: number = 1\n     or another")
    expect(committed).not.toContain("ran = 1\nconst n: number = 'x'")
    diagnostics = []
    await run("ran")
    expect(said[0]).toMatch(/: 0$/)
  })

  test("CELLGRAD_CHECK=warn runs the cell and says it on stderr; off does not check", async () => {
    diagnostics = [wrong]
    process.env.CELLGRAD_CHECK = "warn"
    expect(await run("1 + 1 as number;\n7 as number")).toMatchObject({ status: "ok" })
    process.env.CELLGRAD_CHECK = "off"
    checked.length = 0
    expect(await run("let unchecked = 1")).toMatchObject({ status: "ok" })
    expect(checked).toEqual([])
  })

  test("a comment at the top of a cell says it for that cell, before all else", async () => {
    diagnostics = [wrong]
    expect(await run("// A remark.\n// @check warn\nlet w1: number = 'x'")).toMatchObject({ status: "ok" })
    expect(stripAnsi(said.join(""))).toContain("TypeError TS2322")
    checked.length = 0
    for (const comment of ["// @check off", "/* @check off */", "// @ts-nocheck"]) {
      expect(await run(`${comment}\nlet w2: number = 'x'`)).toMatchObject({ status: "ok" })
    }
    expect(checked).toEqual([])
    process.env.CELLGRAD_CHECK = "off"
    expect(await run("// @check error\nlet w3: number = 'x'")).toMatchObject({ status: "error" })
    delete process.env.CELLGRAD_CHECK
    expect(await run("let w4: number = 'x' // @check off")).toMatchObject({ status: "error" })
  })

  test("a check that takes long does not keep the cell waiting; what it finds is shown before the cell ends", async () => {
    let ran = 0
    Object.assign(globalThis, { noteLateRun: () => (ran = performance.now()) })
    diagnostics = new Promise((resolve) => setTimeout(() => resolve([wrong]), 200))
    const start = performance.now()
    expect(await run("noteLateRun()\nlet late: number = 'x'")).toMatchObject({ status: "ok" })
    const ended = performance.now()
    expect(ran - start).toBeLessThan(150)
    expect(ended - start).toBeGreaterThan(150)
    expect(stripAnsi(said.join(""))).toContain("> 2 | let late: number = 'x'")
  })

  test("a warning does not stop the cell", async () => {
    diagnostics = [{ ...wrong, severity: "warning" }]
    expect(await run("let w = 1\nw")).toMatchObject({ status: "ok" })
  })

  test("cells of numbers and operators are not checked, all others are, and are committed once run", async () => {
    await run("1 + 2 * 3")
    expect(checked).toEqual([])
    await run("const checkedOne = 1")
    await run("throw new Error('half-way')")
    expect(checked).toEqual(["const checkedOne = 1", "throw new Error('half-way')"])
    expect(committed).toEqual(checked)
  })

  test("an import without types runs when there is such a module; else the message says what to install", async () => {
    const missing = (specifier: string): Diagnostic => ({
      ...wrong,
      code: 2307,
      message: `Cannot find module '${specifier}' or its corresponding type declarations.`,
    })
    writeFileSync(join(folder, "untyped.mjs"), "export const v = 6")
    diagnostics = [missing("./untyped.mjs")]
    await run("import { v } from './untyped.mjs'\nv")
    expect(said[0]).toMatch(/: 6$/)
    diagnostics = [missing("not-there")]
    expect(await traceback("import 'not-there'\n1")).toContain(`install it there: npm install not-there`)
  })

  test("an interrupt ends a cell that waits for its check", async () => {
    diagnostics = "never"
    const result = run("let never = 1")
    setTimeout(() => session.interrupt(), 20)
    expect(await result).toMatchObject({ status: "error", ename: "InterruptError" })
  })

  // Last of its kind: from then on this session checks nothing.
  test("when the language fails, one notice says so and cells run", async () => {
    diagnostics = new Error("the language server stopped twice")
    expect(await run("let a1 = 1")).toMatchObject({ status: "ok" })
    expect(said.join("")).toContain("cells run unchecked from here on: the language server stopped twice")
    expect(await run("let a2 = 1")).toMatchObject({ status: "ok" })
    expect(said).toEqual([])
  })
})

describe("tracebacks", () => {
  test("show the user's frames with line, column and code, and none of ours", async () => {
    const text = await traceback("function f(x: number): never {\n\n  throw new RangeError('no ' + x)\n}\nf(3)")
    expect(text).toMatch(/^RangeError: no 3\nCell \d+, line 3, column 9 in f\n/)
    expect(text).toContain("> 3 |   throw new RangeError('no ' + x)\n    |         ^")
    expect(text).toMatch(/Cell \d+, line 5, column 1$/)
  })

  test("cross cells, files and causes", async () => {
    await run("function thrower() {\n  throw new Error('inner')\n}")
    writeFileSync(
      join(folder, "wrap.ts"),
      "export function wrap(f: () => void): void {\n  try {\n    f()\n  } catch (cause) {\n    throw new TypeError('outer', { cause })\n  }\n}\n",
    )
    const text = await traceback("import { wrap } from './wrap.ts'\n\nwrap(thrower)")
    expect(text).toMatch(/^TypeError: outer\n.*wrap\.ts, line 5, column 11 in wrap/)
    expect(text).toMatch(/Cell \d+, line 3, column 1/)
    expect(text).toMatch(/caused by\nError: inner\nCell \d+, line 2, column 9 in thrower/)
  })

  test("follow an await, and keep to columns after other characters", async () => {
    expect(
      await traceback("await Promise.resolve()\nconst 変数 = '😀'; await Promise.reject(new Error(変数))"),
    ).toMatch(/^Error: 😀\nCell \d+, line 2, column 39/)
  })

  test("say where a syntax error is", async () => {
    const text = await traceback("const a = 1\nconst b = (2 + ]")
    expect(text).toMatch(/^SyntaxError: .*\nCell \d+, line 2, column 16/)
  })

  test("show values that are no errors", async () => {
    expect(await traceback("throw { code: 5 }")).toBe("Thrown: { code: 5 }")
  })
})

describe("imports", () => {
  test("a file that changed is imported anew", async () => {
    writeFileSync(join(folder, "changing.ts"), "export const version: number = 1")
    await run("import { version } from './changing.ts'; version")
    expect(said[0]).toMatch(/: 1$/)
    writeFileSync(join(folder, "changing.ts"), "export const version: number = 22")
    await run("import { version } from './changing.ts'; version")
    expect(said[0]).toMatch(/: 22$/)
  })

  test("files may import each other in a circle, and are imported anew when any of them changed", async () => {
    writeFileSync(
      join(folder, "ping.ts"),
      "import { pong } from './pong'\nexport const name = 'ping'\nexport const say = () => pong()\n",
    )
    writeFileSync(
      join(folder, "pong.ts"),
      "import { name } from './ping.ts'\nimport './self.ts'\nexport function pong(): string { return name }\n",
    )
    writeFileSync(join(folder, "self.ts"), "import * as self from './self.ts'\nexport const me = () => self\n")
    await run("import { say } from './ping.ts'\nimport { pong } from './pong.ts'\n[say(), pong()]")
    expect(said[0]).toMatch(/: \[ 'ping', 'ping' \]$/)
    await run("const same = await import('./ping.ts'); same === await import('./ping.ts')")
    expect(said[0]).toMatch(/: true$/)
    writeFileSync(
      join(folder, "pong.ts"),
      "import { name } from './ping.ts'\nexport function pong(): string { return name + '!' }\n",
    )
    await run("import { say } from './ping.ts'\nsay()")
    expect(said[0]).toMatch(/: 'ping!'$/)
  })

  test("JSX becomes calls of the factory that a comment names, or the tsconfig.json beside the notebook", async () => {
    await run("const h = (tag: string, props: object | null, ...rest: unknown[]) => [tag, props, ...rest].join(' ')")
    await run("/** @jsx h */\n<b id='x'>text {1 + 1}</b>")
    expect(said[0]).toMatch(/: 'b \[object Object\] text {2}2'$/)
    await run("/** @jsx h */\nconst bold = (text: string) => <b>{text}</b>\nbold('a')")
    expect(said[0]).toMatch(/: 'b {2}a'$/)
    writeFileSync(join(folder, "tsconfig.json"), '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } } // ours')
    await run("<i>a</i>")
    expect(said[0]).toMatch(/: 'i {2}a'$/)
    writeFileSync(join(folder, "view.tsx"), "const h = (tag: string) => 'own ' + tag\nexport const view = <p/>\n")
    await run("import { view } from './view.tsx'\nview")
    expect(said[0]).toMatch(/: 'own p'$/)
    rmSync(join(folder, "tsconfig.json"))
    await run("<i>a</i>")
    expect(said[0]).toContain('cannot find package "react"')
  })

  test("import.meta speaks of the notebook's folder, and resolves from it", async () => {
    await run("[import.meta.dirname, import.meta.resolve('./changing'), import.meta.resolve('fs')]")
    expect(said[0]).toContain(`'${folder}'`)
    expect(said[0]).toContain("/changing.ts'")
    expect(said[0]).toContain("'node:fs'")
  })

  test("the runtime by name is the runtime that cells have", async () => {
    await run("import { Tensor as T } from 'cellgrad'; T === Tensor")
    expect(said[0]).toMatch(/: true$/)
  })

  test("what a CommonJS file exports comes in by name, and what no module exports is an error", async () => {
    writeFileSync(join(folder, "common.cjs"), "const all = { a: 1 }; all.b = 2; module.exports = all")
    writeFileSync(join(folder, "typed.ts"), "export const one = 1")
    await run("import common, { b } from './common.cjs'; [common.a, b]")
    expect(said[0]).toMatch(/\[ 1, 2 \]$/)
    expect(await run("import { two } from './typed'")).toMatchObject({
      ename: "ImportError",
      evalue: '"./typed" exports no "two"; it exports one',
    })
  })

  test("require, also as import x = require(…), gives modules of all kinds", async () => {
    await run("import fs = require('node:fs')\nimport typed = require('./typed')\n[fs.existsSync('/'), typed.one]")
    expect(said[0]).toMatch(/\[ true, 1 \]$/)
    await run("[require('./typed.ts').one, require('./common.cjs').a, require('cellgrad') === require('cellgrad')]")
    expect(said[0]).toMatch(/\[ 1, 1, true \]$/)
    expect(await run("require('./nowhere')")).toMatchObject({
      status: "error",
      evalue: expect.stringContaining("nowhere"),
    })
  })

  test("parts of a namespace in one cell use one another's names", async () => {
    await run(
      "namespace Parts { export let a = 1 }\nnamespace Parts { export const b = () => a }\nParts.a = 7; Parts.b()",
    )
    expect(said[0]).toMatch(/: 7$/)
  })

  test("local files may use decorators and using", async () => {
    const lines = [
      "export const log: string[] = []",
      "const twice = (f: () => number, _: ClassMethodDecoratorContext) => () => 2 * f()",
      "export class C { @twice m(): number { return 4 } }",
      "export function f(): void { using _ = { [Symbol.dispose]: () => void log.push('disposed') }; log.push('used') }",
    ]
    writeFileSync(join(folder, "modern.ts"), lines.join("\n"))
    await run("import { C, f, log } from './modern.ts'\nf(); [new C().m(), ...log]")
    expect(said[0]).toMatch(/\[ 8, 'used', 'disposed' \]$/)
  })
})

describe("interrupt", () => {
  test("ends what waits, cancels what was scheduled, leaves variables alone", async () => {
    await run("let ticks = 0")
    const result = run("setInterval(() => ticks++, 1); await new Promise(() => {})")
    setTimeout(() => session.interrupt(), 60)
    expect(await result).toMatchObject({ status: "error", ename: "InterruptError" })
    await run("const before = ticks; await new Promise((r) => setTimeout(r, 20)); [before > 0, before === ticks]")
    expect(said[0]).toMatch(/\[ true, true \]$/)
  })

  test("shows no result of an interrupted cell, also when it goes on", async () => {
    const result = run("try { await new Promise(() => {}) } catch {} 'went on'")
    setTimeout(() => session.interrupt(), 20)
    await result
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(said).toEqual(["error: InterruptError: the cell was interrupted"])
  })

  test("does nothing when no cell runs", async () => {
    session.interrupt()
    expect(await run("1")).toMatchObject({ status: "ok" })
  })
})
