import { describe, expect, test } from "vitest"
import { cellHelpers } from "../../kernel/cell-helpers.js"
import { CellSyntaxError, noContext, transpile } from "../../kernel/transpile.js"

/** Runs the script of a cell on its own, its names declared before, and gives the names' values and the result. */
function run(code: string): Record<string, unknown> {
  const { names, script } = transpile(code)
  const declared = names.length > 0 ? `let ${[...new Set(names)].join(",")};` : ""
  const scope = names.map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`).join(",")
  const body = `${declared}(()=>{${script}})();return {${scope}${scope ? "," : ""}result: __cellgrad.result}`
  return new Function("__cellgrad", body)({ result: undefined }) as Record<string, unknown>
}

/** Runs a script after some declarations; what it leaves as its result. */
function runWith(script: string, declarations: string, globals: Record<string, unknown> = {}): unknown {
  const names = ["__cellgrad", "babelHelpers", ...Object.keys(globals)]
  const body = `${declarations};(()=>{${script}})();return __cellgrad.result`
  return new Function(...names, body)({ result: undefined }, cellHelpers, ...Object.values(globals))
}

describe("transpile", () => {
  test("turns declarations into names of the session", () => {
    expect(run("const a: number = 1; let b; var c = a + 1")).toMatchObject({ a: 1, b: undefined, c: 2 })
    expect(run("const { x, y: [z = 3], ...rest } = { x: 1, y: [], q: 4 }")).toMatchObject({
      x: 1,
      z: 3,
      rest: { q: 4 },
    })
    expect(run("let [m, , ...n] = [1, 2, 3, 4]")).toMatchObject({ m: 1, n: [3, 4] })
  })

  test("assigns functions before the statements above them run", () => {
    expect(run("const a = f(); function f(): number { return g() + 1 } function g() { return 1 }").a).toBe(2)
  })

  test("hoists var out of blocks and loop heads", () => {
    expect(run("for (var i = 0; i < 3; i++) { var last = i }\nif (true) { var inner = 5 }")).toMatchObject({
      i: 3,
      last: 2,
      inner: 5,
    })
    expect(run("for (var k of [1, 2]) {}").k).toBe(2)
    expect(transpile("function f() { var local = 1 }").names).toEqual(["f"])
  })

  test("knows enums, namespaces, classes and generics", () => {
    expect(run("enum E { A = 4, B }\nnamespace N { export const k = E.B }\nN.k").result).toBe(5)
    expect(run("class C<T> { constructor(readonly v: T) {} }\nnew C<number>(3).v").result).toBe(3)
    expect(transpile("interface I { a: number }\ntype T = I").names).toEqual([])
  })

  test("starts an enum afresh, whatever its name stood for before", () => {
    const { script } = transpile("enum E { A }\nenum E { B = 4 }\nE")
    expect(runWith(script, "let E = 5")).toEqual({ "0": "A", "4": "B", A: 0, B: 4 })
  })

  test("lowers decorators and using to what Node 20 runs", () => {
    const log: string[] = []
    const cells = [
      "function twice(_t: any, _k: string, d: any) { const f = d.value; return { ...d, value() { return 2 * f() } } }",
      "class D { @twice m() { return 4 } }",
      "{ using a = { [Symbol.dispose]() { log.push('a') } }, b = { [Symbol.dispose]() { log.push('b') } } }",
      "log.push(String(new D().m()))",
    ]
    const legacy = { ...noContext, compilerOptions: () => ({ experimentalDecorators: true }) }
    const { names: all, script } = transpile(cells.join("\n"), legacy)
    runWith(script, `let ${all.join(",")}`, { log })
    expect(log).toEqual(["b", "a", "8"])
    const { names, script: top } = transpile("using r = { v: 1, [Symbol.dispose]() { log.push('end') } }\nr.v")
    expect(names).toContain("r")
    expect(runWith(top, `let ${names.join(",")}`, { log })).toBe(1)
    expect(log.at(-1)).toBe("end")
  })

  test("puts everything awaited through the session, also where an expression begins with it", () => {
    expect(transpile("(await import('m')).x").script).toContain(
      "(__cellgrad.cell.after(await __cellgrad.wait(__cellgrad.import('m')))).x".replaceAll("'", '"'),
    )
    expect(transpile("import.meta.url").script).toContain("__cellgrad.meta.url")
    expect(transpile("for await (const x of y) f(x)").script).toContain("of __cellgrad.each(y))")
  })

  test("gives what a cell declares under a name of the realm another name, here and in later cells", () => {
    const reserved = new Set(["process", "Map"])
    const first = transpile("const process = { Map: 1, process: 2 }; class Map { process = process.Map }", {
      reserved,
      shadowed: new Set(),
    })
    expect(first.names).toEqual(["__user_process", "__user_Map"])
    expect(first.shadows).toEqual(["process", "Map"])
    const context = { reserved, shadowed: new Set(first.shadows) }
    const second = transpile("const f = ({ process: p }: any, Map = process) => ({ process, p, Map })", context)
    expect(second.names).toEqual(["f"])
    const code = `${first.script};${second.script};__cellgrad.result = [new __user_Map().process, f({ process: 9 })]`
    expect(runWith(code.replaceAll('"use strict";', ""), "let __user_process, __user_Map, f")).toEqual([
      1,
      { process: { Map: 1, process: 2 }, p: 9, Map: { Map: 1, process: 2 } },
    ])
    expect(transpile("import process, { Map } from 'm'", { reserved, shadowed: new Set() }).script).toContain(
      '({ default: __user_process, "Map": __user_Map } =',
    )
  })

  test("leaves the value of the last expression", () => {
    expect(run("1; 2 + 3 // a comment").result).toBe(5)
    expect(run("{ a: 1, b: [2] }").result).toEqual({ a: 1, b: [2] })
    expect(run("const a = 1").result).toBeUndefined()
    expect(run("let s = 0; for (const v of [1, 2]) s += v").result).toBeUndefined()
  })

  test("becomes asynchronous only where the cell itself awaits", () => {
    expect(transpile("await 1").isAsync).toBe(true)
    expect(transpile("for await (const x of []) {}").isAsync).toBe(true)
    expect(transpile("const f = async () => await 1").isAsync).toBe(false)
    expect(transpile("import a from 'a'").isAsync).toBe(true)
  })

  test("keeps imports that this cell does not use, and drops types", () => {
    const { names, script } = transpile(
      "import d, { a as b, type T } from 'm'\nimport * as ns from 'n'\nimport type { U } from 'u'",
    )
    expect(names).toEqual(["d", "b", "ns"])
    expect(script).toContain(
      '({ default: d, "a": b } = __cellgrad.named(__cellgrad.cell.after(await __cellgrad.wait(__cellgrad.import("m"))), "m", ["a"]));',
    )
    expect(script).not.toContain('"u"')
  })

  test("tolerates exports", () => {
    expect(run("export const a = 1; export function f() { return 2 }\nexport { a as z }")).toMatchObject({ a: 1 })
    expect(run("export default 7").result).toBeUndefined()
    expect(run("export default { a: 1 }").result).toBeUndefined()
    expect(run("export default class C { static v = 3 }\nC.v").result).toBe(3)
    for (const type of ["export type X = 1", "export type { T } from 't'", "import type { U } from 'u'"]) {
      expect(run(`${type}\n1 as number`).result).toBe(1)
      expect(run(`1 as number\n${type}`).result).toBe(1)
    }
  })

  test("takes what is copied from a script, its first line included", () => {
    expect(run("#!/usr/bin/env node\nconst a = 1\na").result).toBe(1)
    const { script, original } = transpile("#!/usr/bin/env node\nconst a = b")
    const line = script.split("\n").findIndex((text) => text.includes("a = b"))
    expect(original(line, 0)).toEqual({ line: 1, column: 6 })
  })

  test("knows accessor fields", () => {
    const { result } = run(
      "class P { accessor x = 1; static accessor y = 2 }\nconst p = new P(); p.x += 4;\n[p.x, P.y]",
    )
    expect(result).toEqual([5, 2])
    expect(run("const accessor = 3\naccessor").result).toBe(3)
  })

  test("tells arithmetic, which no type checker needs to see, from everything else", () => {
    expect(transpile("1 + 2 * -(3)").isArithmetic).toBe(true)
    for (const code of ["a + 1", "f()", "1 + 'a'", "", "const a = 1"]) expect(transpile(code).isArithmetic).toBe(false)
  })

  test("says where a syntax error stands", () => {
    const broken = () => transpile("const a = 1\nconst b = = 2")
    expect(broken).toThrow(CellSyntaxError)
    try {
      broken()
    } catch (error) {
      expect((error as CellSyntaxError).start).toEqual({ line: 1, column: 10 })
    }
  })

  test("maps a place of the script back to the user's line and column", () => {
    const code =
      "interface Dropped {\n  a: number\n}\nfunction f(x: number): never {\n  throw new Error(String(x))\n}\nf(1)"
    const { script, original } = transpile(code)
    const lines = script.split("\n")
    const line = lines.findIndex((text) => text.includes("new Error"))
    expect(original(line, lines[line]?.indexOf("new Error") ?? 0)).toEqual({ line: 4, column: 8 })
  })
})
