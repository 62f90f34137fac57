import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CellScope } from "../../kernel/cell-scope.js"
import type { Language } from "../../kernel/language.js"
import { startLanguage } from "../../kernel/language-server.js"
import { LanguageUnavailable } from "../../kernel/lsp.js"

const folders: string[] = []

function notebookFolder(files: Record<string, string> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cellgrad-language-")))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** A notebook whose cells are checked and then committed, one after the other. */
class Notebook {
  readonly language: Language
  #cell = 0

  constructor(readonly folder: string) {
    this.language = startLanguage({ cwd: folder })
  }

  /** Runs cells as far as types go; says the problems of the last one as "line:column code". */
  async cells(...codes: string[]): Promise<string[]> {
    let found: string[] = []
    for (const code of codes) {
      this.#cell++
      const diagnostics = await this.language.check(code, this.#cell)
      await this.language.commit(code, this.#cell)
      found = diagnostics
        .filter(({ severity }) => severity === "error")
        .map(({ start, code }) => `${start.line}:${start.column} ${code}`)
    }
    return found
  }

  async words(code: string, offset = code.length): Promise<string[]> {
    const { items } = await this.language.complete(code, offset)
    return items.map(({ text }) => text)
  }
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe("the language of a notebook", () => {
  let notebook: Notebook
  beforeAll(() => {
    notebook = new Notebook(
      notebookFolder({
        "helper.ts":
          "/** Doubles. */\nexport const twice = (x: number) => 2 * x\nexport type Pair = [number, number]\n",
        "data.json": '{ "rows": [1, 2] }',
        "node_modules/tiny/package.json": '{ "name": "tiny", "version": "1.0.0", "types": "index.d.ts" }',
        "node_modules/tiny/index.d.ts": "export declare function tiny(): string\n",
      }),
    )
  })
  afterAll(() => notebook.language.close())

  it("carries values, functions, generics and types across cells", async () => {
    expect(
      await notebook.cells(
        "let a = 1; const k = 5\nclass Box<T> { constructor(readonly value: T) {} }",
        "/** Adds one. */\nfunction inc(x: number) { return x + a }\ninterface Options { lr: number }\nenum Mode { On, Off }",
        'const box = new Box("text")\nconst wrong: number = box.value\ninc("1")\nconst o: Options = { lr: "a" }\nMode.Maybe',
      ),
    ).toEqual(["1:6 2322", "2:4 2345", "3:21 2322", "4:5 2339"])
  })

  it("lets a later cell assign a let but not a const", async () => {
    expect(await notebook.cells("let n = 1; const fixed = 2", "n = 3", "n = 'x'; fixed = 3")).toEqual([
      "0:0 2322",
      "0:9 2588",
    ])
    const [, constant] = await notebook.language.check("n = 'x'; fixed = 3", 99)
    expect(constant?.message).toBe("Cannot assign to 'fixed' because it is a constant.")
  })

  it("shadows what a later cell declares again", async () => {
    expect(await notebook.cells("const v = 1", "const v = 'text'", "v.toUpperCase()", "class v {}", "new v()")).toEqual(
      [],
    )
    expect(await notebook.cells("v.nope")).toEqual(["0:2 2339"])
  })

  it("lets a type and a value of one name come from two cells", async () => {
    expect(
      await notebook.cells(
        "type Point = { x: number }",
        "const Point = (x: number): Point => ({ x })",
        "const p: Point = Point(1); p.x.toFixed(); Point('a')",
      ),
    ).toEqual(["0:48 2345"])
  })

  it("carries imports across cells: node's, local files, JSON, packages", async () => {
    expect(
      await notebook.cells(
        'import fs, { readFileSync as read } from "node:fs"\nimport type { PathLike } from "node:fs"\n' +
          'import { twice, type Pair } from "./helper.ts"\nimport data from "./data.json" with { type: "json" }\n' +
          'import { tiny } from "tiny"',
        "fs.existsSync('x'); read('x'); const path: PathLike = 'x'; const pair: Pair = [twice(1), data.rows[0]]; tiny()",
      ),
    ).toEqual([])
    expect(await notebook.cells("twice('a'); tiny().nope; data.nope")).toEqual(["0:6 2345", "0:19 2339", "0:30 2339"])
  })

  it("reports a package that is not there", async () => {
    expect(await notebook.cells('import x from "not-there"')).toEqual(["0:14 2307"])
  })

  it("sees a local file that changed, and a package installed, since", async () => {
    const { folder } = notebook
    writeFileSync(join(folder, "late.ts"), "export const first = 1\n")
    expect(await notebook.cells('import { first } from "./late.ts"', "first.toFixed()")).toEqual([])
    writeFileSync(join(folder, "late.ts"), 'export const first = "now text"\nexport const second = 2\n')
    expect(await notebook.cells('import { first, second } from "./late.ts"', "first.toUpperCase(); second")).toEqual([])
    mkdirSync(join(folder, "node_modules/not-there"), { recursive: true })
    writeFileSync(join(folder, "node_modules/not-there/package.json"), '{ "name": "not-there", "types": "index.d.ts" }')
    writeFileSync(join(folder, "node_modules/not-there/index.d.ts"), "declare const x: number\nexport default x\n")
    expect(await notebook.cells('import x from "not-there"', "x.toFixed()")).toEqual([])
  })

  it("knows top-level await, using, Node's globals, and no DOM", async () => {
    expect(
      await notebook.cells('const r = await fetch("http://x"); new URL(r.url); using u = { [Symbol.dispose]() {} }'),
    ).toEqual([])
    expect(await notebook.cells("document")).toEqual(["0:0 2584"])
  })

  it("does not ask for types of parameters, nor complain of what is unused", async () => {
    expect(
      await notebook.cells(
        "function g(x, y) { return x + y }\nconst losses = []\nconst counts = {}; counts['a'] = 1\ntry {} catch (e) { e.message }",
        "losses.push(1); g(1, 2)",
        "for (var i = 0; i < 3; i++) {}",
        "i.toFixed(); const { q, ...rest } = { q: 1, z: 2 }, [w = 2] = [1]",
        "rest.z + w + q",
        "{ a: 1, b: 2 }",
        "export const shown = 1; export default 3",
        "shown",
      ),
    ).toEqual([])
  })

  it("knows the runtime's names without an import, and by import", async () => {
    expect(
      await notebook.cells(
        "class Net extends nn.Module {\n  fc = new nn.Linear(2, 1)\n  forward(x: Tensor): Tensor { return this.fc(x) }\n}\n" +
          "const net = new Net()\nconst optimizer = new optim.SGD(net.parameters(), { lr: 0.1 })",
        'import { tensor as make, type Tensor as T } from "cellgrad"\nconst y: T = net(make([[1, 2]]))\ny.relu().nope',
        "const tensor = 3; tensor.toFixed()",
        "tensor.toFixed(); function* count(): Generator<number> { yield 1 }",
      ),
    ).toEqual([])
    expect(await notebook.cells("net(zeros([1, 2])).nope")).toEqual(["0:19 2339"])
    expect((await notebook.language.complete("zero", 4)).items[0]).toMatchObject({ text: "zeros", type: "function" })
  })

  it("names the cell where two types of one name meet", async () => {
    await notebook.cells("class Twin { #a = 1 }", "const old = new Twin()", "class Twin { #a = 1; b = 2 }")
    const [problem] = await notebook.language.check("const t: Twin = old", 99)
    expect(problem?.message).not.toContain("cellgrad")
    expect(problem?.message).not.toContain("import(")
  })

  it("keeps the positions of lines after a carriage return and beside astral characters", async () => {
    expect(await notebook.cells('const emoji = "😀😀"; emoji.nope\r\nemoji.nope')).toEqual(["0:28 2339", "1:6 2339"])
  })

  it("completes members, cells' variables, globals, keywords, modules", async () => {
    await notebook.cells("const sample = { width: 1, 'my-key': 2, weight() { return 3 } }; function samplesOf() {}")
    expect(await notebook.words("sample.w")).toEqual(["weight", "width"])
    expect(await notebook.words("sam")).toEqual(["sample", "samplesOf"])
    expect(await notebook.words("awa")).toEqual(["await"])
    expect(await notebook.words('import fs from "node:fs/')).toEqual(["promises"])
    expect((await notebook.words("")).length).toBeGreaterThan(100)
    const { items } = await notebook.language.complete("sam", 3)
    expect(items.map(({ type }) => type)).toEqual(["variable", "function"])
    expect(items[1]?.signature).toBe("function samplesOf(): void")
  })

  it("replaces exactly what was typed, after astral characters and before an optional member", async () => {
    expect(await notebook.language.complete('"😀"; sample.wi; 1', 15)).toMatchObject({ start: 13, end: 15 })
    const optional = "let m: { x: number } | null = Math.random() > 1 ? null : { x: 1 }; function f() { return m.x }"
    const offset = optional.length - 3
    const { items, start, end } = await notebook.language.complete(optional, offset)
    expect(optional.slice(0, start) + (items[0]?.text ?? "") + optional.slice(end)).toBe(
      optional.replace("m.x", "m?.xx"),
    )
  })

  it("shows the type and the words of documentation", async () => {
    await notebook.cells("/** Adds one. */\nfunction inc(x: number) { return x + 1 }\nconst sample = { width: 1 }")
    expect(await notebook.language.hover("inc(1)", 1)).toEqual({
      markdown: "```typescript\nfunction inc(x: number): number\n```\nAdds one.",
      text: "function inc(x: number): number\nAdds one.",
    })
    expect((await notebook.language.hover("inc(1, ", 7))?.text).toBe("inc(x: number): number\nAdds one.")
    await notebook.cells('import { twice } from "./helper.ts"')
    expect((await notebook.language.hover("twice(1)", 1))?.text).toContain("Doubles.")
    expect((await notebook.language.hover("sample", 1))?.text).toMatch(/^const sample: \{/)
    expect((await notebook.language.hover("Table", 1))?.text).toMatch(
      /^class Table<[\s\S]*A table of named columns(?![\s\S]*@ts-expect-error)/,
    )
    expect(await notebook.language.hover("unheardOf", 1)).toBeUndefined()
  })

  it("writes nothing into the notebook's folder", () => {
    expect(readdirSync(notebook.folder).sort()).toEqual(["data.json", "helper.ts", "late.ts", "node_modules"])
  })

  it("uses the module of a cell that nothing refers to any more for another", () => {
    const scope = new CellScope()
    scope.commit("class Net {}", 1)
    scope.commit("const net = new Net()", 2)
    for (let cell = 3; cell < 50; cell++) scope.commit("const again = net; class Net {}", cell)
    expect(scope.freeDead()).toEqual(Array.from({ length: 46 }, (_, index) => index + 3))
    expect(scope.cellText("net; again").text).toContain("__cell49.again")
    const hub = scope.hub()
    expect(scope.next).toBe(3)
    scope.commit("const fresh = {}", 50)
    expect(scope.cellOf(3)).toBe(50)
    expect(scope.hub()).toBe(hub)
    expect(scope.cellText("fresh").text).toContain("__cell3.fresh")
  })

  it("knows simple types by heart: no module is kept for them", async () => {
    expect(
      await notebook.cells(
        'const lit = 5; const word = "train"; let count = 1; const weights = randn([2]).mul(2); const list = [1, 2]',
        "let copy = lit; copy = 6; const w: 'train' | 'test' = word; count = 2; weights.shape; list.push(3)",
        "weights.nope; list.push('x'); word.nope; let q: string = count",
      ),
    ).toEqual(["0:8 2339", "0:24 2345", "0:35 2339", "0:45 2322"])
    const scope = new CellScope()
    scope.commit("const five = 5, minus = -5; let n = 5; const t: string | number = 5", 1)
    scope.release(1)
    expect(scope.free).toContain(1)
    expect(scope.cellText("five + minus + n + t").text).toContain(
      "declare const five = 5; declare const minus = -5; declare let n: number; declare const t: string | number;",
    )
    scope.commit("/** Explained. */ const noted = 5", 2)
    scope.release(1)
    expect(scope.free).not.toContain(1)
  })

  it("checks and carries many cells, more than there are modules made ahead", async () => {
    const many = new Notebook(notebookFolder())
    await many.cells(...Array.from({ length: 70 }, (_, i) => `const step${i} = ${i === 0 ? "1" : `step${i - 1} + 1`}`))
    expect(await many.cells("step0.toFixed(); step69.toFixed(); step69.nope; step70")).toEqual([
      "0:42 2339",
      "0:48 2552",
    ])
    await many.language.close()
  })

  it("suggests fixes: of spelling, what to import, where a name of the runtime is, what the server would write", async () => {
    const fixes = async (code: string) => {
      const found = await notebook.language.check(code, 99)
      return (await notebook.language.explain(code, found)).map(({ fix }) => fix)
    }
    await notebook.cells("class Shape { surface() { return 1 } }")
    expect(await fixes("const y = 1 +\n  new Shape().surfcae()")).toEqual(["new Shape().surface()"])
    expect(await fixes('readFileSync("x"); zlib.gzipSync("a")')).toEqual([
      'import { readFileSync } from "node:fs"',
      'import zlib from "node:zlib"',
    ])
    expect(await fixes("new Linear(2, 3)")).toEqual(["nn.Linear"])
    expect(await fixes("function f() {\n  await Promise.resolve(1)\n}")).toEqual([
      "mark this function as 'async' (line 1)",
    ])
    const [implement] = await fixes("interface Sized { size: number }\nclass Box implements Sized {}")
    expect(implement).toMatch(/^Implement interface 'Sized'\n\s*size: number/)
    expect(await fixes("const n: number = 'x'")).toEqual([undefined])
    await notebook.cells("const people = new Table({ age: [1, 2], 'net income': [2, 3] })")
    const [column] = await notebook.language.check('dataLoader(people, "aeg")', 99)
    expect(column?.message).toContain(`parameter of type '"age" | "net income"'`)
    expect(await fixes('dataLoader(people, "net incom", { batchSize: 2 })')).toEqual([
      'dataLoader(people, "net income", { batchSize: 2 })',
    ])
    expect(await fixes('people.column("something else")')).toEqual([undefined])
  })

  it("forgives a var that only a loop assigns, not a let", async () => {
    expect(await notebook.cells("for (var k of [1, 2]) { var last = k }\nlast + k")).toEqual([])
    expect(await notebook.cells("let never: number\nnever + 1")).toEqual(["1:0 2454"])
  })

  it("checks cells with JSX by the factory that a comment names, and carries what they declare", async () => {
    const jsx = "/** @jsx el */\n"
    expect(
      await notebook.cells(
        "const el = (tag: string, props: object | null, ...children: unknown[]) => ({ tag, children })",
        `${jsx}const list = <ul id="a">{[1, 2].map((n) => <li>{n}</li>)}</ul>; const wrong: number = 'x'`,
      ),
    ).toEqual(["1:70 2322"])
    expect(await notebook.cells(`${jsx}const item = (n: number) => <b>{n}</b>`, "item(1); item('x')")).toEqual([
      "0:14 2345",
    ])
    expect(await notebook.words(`${jsx}<b>{[1].toF</b>`, `${jsx}<b>{[1].`.length)).toContain("toString")
    expect(await notebook.cells("const cast = <number>(5 as unknown); cast.nope")).toEqual(["0:42 2339"])
  })

  it("honours @ts-ignore and @ts-expect-error", async () => {
    expect(
      await notebook.cells("// @ts-ignore\nconst i: number = 'x'\n// @ts-expect-error\nconst j: number = 'x'"),
    ).toEqual([])
    expect(await notebook.cells("// @ts-expect-error\nconst fine = 1")).toEqual(["0:0 2578"])
  })

  it("survives text that is no TypeScript", async () => {
    for (const code of ["(((", "`${", "\u0000\ud800", "}{", "class { class", "//", "/*", "export {"]) {
      await expect(notebook.language.check(code, 99)).resolves.toBeInstanceOf(Array)
      await notebook.language.commit(code, 99)
      await expect(notebook.language.complete(code, code.length)).resolves.toBeTruthy()
    }
    expect(await notebook.cells("1 + 1")).toEqual([])
  })
})

describe("a notebook with a tsconfig.json beside it", () => {
  it("keeps to its options and its paths", async () => {
    const notebook = new Notebook(
      notebookFolder({
        "tsconfig.json": `{
          // comments and trailing commas are allowed here
          "compilerOptions": { "strict": true, "noUncheckedIndexedAccess": true, "paths": { "#lib/*": ["./lib/*"] }, },
          "include": ["src"],
        }`,
        "lib/one.ts": "export const one = 1\n",
      }),
    )
    expect(
      await notebook.cells(
        'import { one } from "#lib/one.ts"\none.toFixed()',
        "function f(x) {}\nlet q: number = [1][0]",
      ),
    ).toEqual(["0:11 7006", "1:4 2322"])
    await notebook.language.close()
  })

  it("works in spite of a broken one", async () => {
    const notebook = new Notebook(notebookFolder({ "tsconfig.json": "{ not json" }))
    expect(await notebook.cells("const x: number = 'a'")).toEqual(["0:6 2322"])
    await notebook.language.close()
  })
})

describe("the language server's process", () => {
  const children = () =>
    execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes("--lsp"))
      .map((line) => Number.parseInt(line, 10))

  it.runIf(process.platform === "linux")("is started again once, with all cells, and then given up", async () => {
    const before = new Set(children())
    const started = () => children().filter((pid) => !before.has(pid))
    const notebook = new Notebook(notebookFolder())
    await notebook.cells("const kept = 'text'")
    process.kill(started()[0] ?? 0, "SIGKILL")
    await expect.poll(() => notebook.cells("kept.nope").catch(() => "dead")).toEqual(["0:5 2339"])
    process.kill(started()[0] ?? 0, "SIGKILL")
    await expect.poll(() => notebook.cells("kept").catch((error: unknown) => error)).toBeInstanceOf(LanguageUnavailable)
    await notebook.language.close()
    expect(started()).toEqual([])
  })

  it.runIf(process.platform === "linux")("ends with close, also when it has hardly begun", async () => {
    const before = new Set(children())
    const language = startLanguage({ cwd: notebookFolder() })
    await language.close()
    expect(children().filter((pid) => !before.has(pid))).toEqual([])
    await expect(language.check("1", 1)).rejects.toBeInstanceOf(LanguageUnavailable)
  })
})
