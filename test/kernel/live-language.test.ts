import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { stringAt } from "../../kernel/code-strings.js"
import type { Completion, Language } from "../../kernel/language.js"
import { LiveLanguage } from "../../kernel/live-language.js"
import { describeValue, LiveValueChanges } from "../../kernel/live-values.js"
import { Session } from "../../kernel/session.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-live-"))
mkdirSync(join(folder, "data"))
writeFileSync(join(folder, "data", "wine.csv"), "")
writeFileSync(join(folder, "notes.txt"), "")
writeFileSync(join(folder, ".hidden"), "")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the type checker alone would say. */
let proposals: Completion[] = []
const typesOnly: Language = {
  check: async () => [],
  explain: async (_code, found) => found,
  commit: async () => {},
  complete: async (_code, offset) => ({ items: proposals, start: offset, end: offset }),
  hover: async () => ({ markdown: "```typescript\nlet x: Tensor\n```", text: "let x: Tensor" }),
  close: async () => {},
}

const session = new Session({
  cwd: folder,
  output: { stream() {}, display() {}, result() {}, error() {}, clearOutput() {}, input: async () => "" },
})

async function live(...cells: string[]): Promise<LiveLanguage> {
  const language = new LiveLanguage(typesOnly, folder)
  for (const cell of cells) {
    expect(await session.execute(cell)).toMatchObject({ status: "ok" })
    language.update(session.liveValues())
  }
  return language
}

async function words(language: LiveLanguage, code: string): Promise<string[]> {
  return (await language.complete(code, code.length)).items.map(({ text }) => text)
}

describe("what variables hold", () => {
  test("shows beside their types, and follows them from cell to cell", async () => {
    const language = await live("let x = zeros([32, 64]); let n = 5")
    expect((await language.hover("x", 1))?.text).toBe("let x: Tensor\n\nnow Tensor float32 [32, 64]")
    expect((await language.hover("a + n", 5))?.markdown).toContain("**now** `5`")
    expect((await language.hover("o.x", 3))?.text).toBe("let x: Tensor")
    await session.execute("x = zeros([3]); n = undefined as never")
    language.update(session.liveValues())
    expect((await language.hover("x", 1))?.text).toContain("float32 [3]")
    expect((await language.hover("n", 1))?.text).toBe("let x: Tensor")
  })

  test("a model lists its layers with their sizes, first and by path", async () => {
    const language = await live(
      "class Net extends nn.Module { fc1 = new nn.Linear(10, 64); body = new nn.Sequential(new nn.Linear(64, 1)); forward(x: Tensor) { return this.body(this.fc1(x)) } }\nlet model = new Net()",
    )
    proposals = [
      { text: "apply", type: "method" },
      { text: "fc1", type: "property", signature: "Linear" },
    ]
    const { items } = await language.complete("model.", 6)
    expect(items).toEqual([
      { text: "fc1", type: "property", signature: "Linear(10 -> 64)" },
      { text: "apply", type: "method" },
    ])
    proposals = []
    expect((await language.hover("model", 2))?.text).toMatch(/now Net, 769 parameters$/)
    expect((await language.hover("model.fc1.weight", 15))?.text).toMatch(/now Tensor float32 \[64, 10\]$/)
  })

  test("names of columns complete in strings that follow a table", async () => {
    const language = await live(
      "let df = new Table({ alcohol: [1, 2], ash: [3, 4], proline: [5, 6] }); let rows = [{ age: 1, name: 'a' }]",
    )
    expect(await words(language, 'df["')).toEqual(["alcohol", "ash", "proline"])
    expect(await words(language, "dataLoader(df, 'a")).toEqual(["alcohol", "ash"])
    expect(await words(language, 'rows[0]["')).toEqual(["age", "name"])
    expect(await words(language, 'log("')).toEqual([])
    expect((await language.hover("df", 1))?.text).toMatch(/now Table 2 rows × 3 columns$/)
    // The checker proposes a string that stands there already.
    proposals = [{ text: "a", type: "constant" }]
    expect(await words(language, 'df.column("a')).toEqual(["alcohol", "ash"])
    proposals = [{ text: "asc", type: "constant" }]
    expect(await words(language, 'df.sort("a')).toEqual(["asc"])
    proposals = []
  })

  test("names of files complete in strings", async () => {
    const language = await live()
    expect(await words(language, 'x = "./')).toEqual(["data/", "notes.txt"])
    expect(await words(language, 'await readCsv("')).toEqual(["data/", "notes.txt"])
    const { items, start } = await language.complete('readCsv("data/wi', 16)
    expect([items, start]).toEqual([[{ text: "wine.csv", type: "file" }], 14])
    expect(await words(language, 'x = "./nowhere/')).toEqual([])
    expect(await words(language, 'log("n')).toEqual([])
  })

  test("values that resist are passed over", async () => {
    const language = await live(
      "let trap = new Proxy({}, { get() { throw new Error('no') }, getPrototypeOf() { throw new Error('no') } })",
      "let after = [1, 2]",
    )
    expect((await language.hover("after", 1))?.text).toContain("now Array of 2")
  })

  test("only what changed is told again", () => {
    const changes = new LiveValueChanges()
    const one = { text: "1" }
    expect(changes.of(new Map([["a", one]]))).toEqual({ a: one })
    expect(changes.of(new Map([["a", one]]))).toEqual({})
    expect(changes.of(new Map())).toEqual({ a: null })
    expect(describeValue("x".repeat(100))).toEqual({ text: "string of 100 characters" })
    expect(describeValue(() => 1)).toBeUndefined()
  })
})

describe("the string at a place", () => {
  /** § stands for the dollar sign of a template's hole. */
  const at = (text: string) => stringAt(text.replaceAll("§", "$"), text.length)

  test.each([
    ['f("ab', 3],
    ["f('ab", 3],
    ["`ab", 1],
    ["`a§{x}b", 6],
    ["`a§{x + '", 9],
    ['"a\\"b', 1],
    ["'it' + \"", 8],
    ["// don't\n'x", 10],
    ["`a§{ { b: 1 } }c", 15],
  ])("%s", (code, start) => {
    expect(at(code)).toEqual({ start })
  })

  test.each(['f("ab")', "x + y", "// it's", "/* it's */ x", "`a§{x", "'open\nx", "`a§{`b`} c` + d"])(
    "none in %s",
    (code) => {
      expect(at(code)).toBeUndefined()
    },
  )
})
