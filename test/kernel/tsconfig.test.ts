import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, test } from "vitest"
import { stripAnsi } from "../../kernel/terminal.js"
import { compilerOptions, mappedPaths } from "../../kernel/tsconfig.js"

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string>>

function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-tsconfig-"))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** What the cells say, one after the other, checked by the language server in a folder with these files. */
async function say(files: Files, cells: readonly string[]): Promise<string[]> {
  const script = join(import.meta.dirname, "support", "say.mjs")
  const { stdout } = await promisify(execFile)(process.execPath, [script, folderOf(files), JSON.stringify(cells)])
  return (JSON.parse(stdout) as string[]).map(stripAnsi)
}

function options(compilerOptions: object): string {
  return JSON.stringify({ compilerOptions })
}

const olderDecorator = [
  "function twice(_target: object, _key: string, d: PropertyDescriptor) { const f = d.value; d.value = () => 2 * f() }",
  "class A { @twice four() { return 2 } }",
  "new A().four()",
].join("\n")
const decorator = [
  "function twice(f: () => number, { name }: ClassMethodDecoratorContext) { console.log(name); return () => 2 * f() }",
  "function tenfold(_: undefined, _context: ClassFieldDecoratorContext) { return (start: number) => start * 10 }",
  "class A { @twice four() { return 2 }; @tenfold n = 3; @tenfold static s = 4 }",
  "[new A().four(), new A().n, A.s]",
].join("\n")
const sources = {
  "src/one.ts": "export const one = 1",
  "src/two.ts": "import { one } from '@lib/one'\nexport default one + 1",
}
const fields =
  "class P { constructor() { Object.assign(this, { x: 5 }) } }\nclass A extends P { x?: number }\nnew A().x ?? 'unset'"

const cases: readonly [name: string, files: Files, cells: readonly string[], said: readonly unknown[]][] = [
  ["strict false", { "tsconfig.json": options({ strict: false }) }, ["const s: string = null\ns"], ["null"]],
  [
    "strict true",
    { "tsconfig.json": options({ strict: true }) },
    ["const s: string = null"],
    ["Type 'null' is not assignable to type 'string'."],
  ],
  [
    "noUncheckedIndexedAccess",
    { "tsconfig.json": options({ strict: true, noUncheckedIndexedAccess: true }) },
    ["const a = [1]\na[0].toFixed()"],
    [expect.stringContaining("Object is possibly 'undefined'")],
  ],
  [
    "paths, of cells and of the files that they import",
    { ...sources, "tsconfig.json": options({ strict: true, paths: { "@lib/*": ["./src/*"] } }) },
    ["import { one } from '@lib/one'\none", "import two from '@lib/two'\ntwo", "require('@lib/one').one"],
    ["1", "2", "1"],
  ],
  [
    "what it extends, paths from there",
    {
      ...sources,
      "tsconfig.json": '{ "extends": "./config/base" }',
      "config/base.json": options({ strict: true, paths: { "@lib/*": ["../src/*"] } }),
    },
    ["import { one } from '@lib/one'\none", "const s: string = null"],
    ["1", "Type 'null' is not assignable to type 'string'."],
  ],
  [
    "a factory of JSX, declared by an earlier cell",
    { "tsconfig.json": options({ strict: true, jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Part" }) },
    [
      "const Part = 'part'\nfunction h(tag: string, _props: unknown, ...all: unknown[]) { return [tag, ...all] }\n" +
        "declare global { namespace JSX { interface IntrinsicElements { b: object } } }",
      "<b>bold</b>",
      "<>{1}</>",
    ],
    ["[ 'b', 'bold' ]", "[ 'part', 1 ]"],
  ],
  ["JavaScript's decorators unless asked otherwise", {}, [decorator], ["four\n", "[ 4, 30, 40 ]"]],
  [
    "experimentalDecorators",
    { "tsconfig.json": options({ strict: true, experimentalDecorators: true }) },
    [olderDecorator],
    ["4"],
  ],
  ["older decorators without it", {}, [olderDecorator], [expect.stringContaining("but the decorator expects 3")]],
  [
    "emitDecoratorMetadata",
    { "tsconfig.json": options({ experimentalDecorators: true, emitDecoratorMetadata: true }) },
    [
      "Object.assign(Reflect, { metadata: (key: string, value: unknown) => () => console.log(key, value) })\n" +
        "const seen = (_target: object, _key: string) => {}\nclass A { @seen n!: number }",
    ],
    ["design:type [Function: Number]\n"],
  ],
  ["useDefineForClassFields", { "tsconfig.json": options({ useDefineForClassFields: false }) }, [fields], ["5"]],
  ["target, by which class fields are assigned", { "tsconfig.json": options({ target: "es2020" }) }, [fields], ["5"]],
  ["fields as JavaScript defines them without it", {}, [fields], ["'unset'"]],
]

describe("tsconfig.json beside the notebook", () => {
  test.concurrent.each(cases)("%s", async (_name, files, cells, said) => {
    expect(await say(files, cells)).toEqual(said)
  })

  test("inherits from packages and from several files, the later ones first", () => {
    const folder = folderOf({
      "node_modules/@us/config/package.json": '{ "name": "@us/config" }',
      "node_modules/@us/config/tsconfig.json": options({ jsx: "react", jsxFactory: "h", target: "es2020" }),
      "own.json": options({ target: "es2022" }),
      "tsconfig.json": '{ "extends": ["@us/config", "./own.json"], "compilerOptions": { "jsx": "react-jsx" } } // ours',
    })
    expect(compilerOptions(folder)).toEqual({ jsx: "react-jsx", jsxFactory: "h", target: "es2022" })
    expect(compilerOptions(folderOf({ "tsconfig.json": '{ "extends": "./tsconfig.json" }' }))).toEqual({})
    expect(compilerOptions(folderOf({ "tsconfig.json": "{ not json" }))).toEqual({})
  })

  test("the pattern with the longest beginning decides where an import leads", () => {
    const paths = {
      "@a/*": ["/one/*"],
      "@a/b/*": ["/two/*", "/three/*.ts"],
      "@a/b/exact": ["/exact.ts"],
      "*/tail": ["/t/*"],
    }
    const places = (specifier: string) => mappedPaths(specifier, { paths })
    expect(places("@a/x")).toEqual(["/one/x"])
    expect(places("@a/b/x")).toEqual(["/two/x", "/three/x.ts"])
    expect(places("@a/b/exact")).toEqual(["/exact.ts"])
    expect(places("x/tail")).toEqual(["/t/x"])
    expect(places("react")).toEqual([])
  })
})
