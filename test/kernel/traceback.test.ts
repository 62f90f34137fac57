import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect, test } from "vitest"
import { Session } from "../../kernel/session.js"
import { stripAnsi } from "../../kernel/terminal.js"

// What a user reads when a cell fails: places in the user's own TypeScript, and nothing of ours.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-traceback-"))
const nowhere = () => {}
const session = new Session({
  cwd: folder,
  output: {
    stream: nowhere,
    display: nowhere,
    result: nowhere,
    error: nowhere,
    clearOutput: nowhere,
    input: async () => "",
  },
})

/** The traceback without colours; cells are numbered from the first that `cells` holds. */
async function traceback(...cells: string[]): Promise<string> {
  const start = session.executionCount
  let text = "no error"
  for (const code of cells) {
    const result = await session.execute(code)
    if (result.status === "error") text = stripAnsi(result.traceback.join("\n"))
  }
  return text.replace(/Cell (\d+)/g, (_, number) => `Cell ${Number(number) - start}`)
}

writeFileSync(join(folder, "local.js"), "export function boom(x) {\n  return x.missing.field\n}\n")
writeFileSync(
  join(folder, "typed.ts"),
  "interface Options {\n  deep: number\n}\nexport async function load(o: Options): Promise<number> {\n  await null\n  throw new RangeError('too deep: ' + o.deep)\n}\n",
)

afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  delete process.env.CELLGRAD_FULL_TRACEBACK
})

test("the stack goes on through awaits, over cells", async () => {
  expect(
    await traceback(
      "async function inner(): Promise<void> {\n  await new Promise((r) => setTimeout(r, 1))\n  throw new TypeError('deep')\n}",
      "async function middle() {\n  await inner()\n}",
      "const n: number = 1\nawait middle()",
    ),
  ).toBe(`TypeError: deep
Cell 1, line 3, column 9 in inner
  1 | async function inner(): Promise<void> {
  2 |   await new Promise((r) => setTimeout(r, 1))
> 3 |   throw new TypeError('deep')
    |         ^
  4 | }
Cell 2, line 2, column 3 in middle
Cell 3, line 2, column 1`)
})

test("files are named from the notebook's folder and shown, of TypeScript as of JavaScript", async () => {
  const js = await traceback("import { boom } from './local.js'\nboom({})")
  expect(js).toMatch(
    /local\.js, line 2, column 20 in boom\n {2}1 \| export function boom\(x\) \{\n> 2 \| {3}return x\.missing\.field/,
  )
  expect(js).toMatch(/\nCell 1, line 2, column 1$/)
  const ts = await traceback("import { load } from './typed.ts'\n\nawait load({ deep: 3 })")
  expect(ts).toMatch(/typed\.ts, line 6, column 9 in load\n[\s\S]*> 6 \| {3}throw new RangeError\('too deep/)
  expect(ts).toMatch(/\nCell 1, line 3, column 1$/)
})

test("causes follow, each with its place, and one that goes round ends", async () => {
  const text = await traceback(
    "try { JSON.parse('{') } catch (cause) {\n  throw new Error('cannot read', { cause })\n}",
  )
  expect(text).toMatch(
    /^Error: cannot read\nCell 1, line 2, column 9\n[\s\S]*\ncaused by\nSyntaxError: .*\nCell 1, line 1/,
  )
  const round = await traceback("const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; throw a")
  expect(round.match(/^Error: a$/gm)).toHaveLength(1)
  expect(round.match(/^Error: b$/gm)).toHaveLength(1)
  expect(await traceback("throw new Error('x', { cause: 'plain' })")).toMatch(/caused by\nThrown: plain$/)
})

test("the errors of an AggregateError are numbered, and only so many", async () => {
  const text = await traceback(
    "throw new AggregateError(Array.from({ length: 8 }, (_, i) => new Error('no ' + i)), 'all')",
  )
  expect(text).toMatch(/^AggregateError: all\nCell 1, line 1, column 7/)
  expect(text).toMatch(/error 1 of 8\nError: no 0\nCell 1[\s\S]*error 5 of 8\nError: no 4/)
  expect(text).not.toContain("no 5")
  expect(text).toMatch(/… and 3 more errors$/)
})

test("what an error says beside its message is shown", async () => {
  expect(await traceback("import { readFileSync } from 'node:fs'\nreadFileSync('/nope')")).toMatch(
    /^Error: ENOENT: [\s\S]*\{ errno: -2, code: 'ENOENT', syscall: 'open', path: '\/nope' \}$/,
  )
})

test("an error class goes by its own name", async () => {
  expect(await traceback("class HttpError extends Error {}\nthrow new HttpError('gone')")).toMatch(/^HttpError: gone\n/)
})

test("recursion is told in short", async () => {
  const text = await traceback("function f(n: number): number {\n  return n === 0 ? missing : f(n - 1)\n}\nf(40)")
  expect(text).toMatch(/^ReferenceError: missing is not defined\nCell 1, line 2, column \d+ in f\n/)
  expect(text.split("\n").length).toBeLessThan(12)
  expect(text).toMatch(/… and \d+ more such calls/)
})

test.each([
  ["throw 'text'", "Thrown: text"],
  ["throw null", "Thrown: null"],
  ["throw undefined", "Thrown: undefined"],
  ["throw { code: 5 }", "Thrown: { code: 5 }"],
  ["throw Symbol('s')", "Thrown: Symbol(s)"],
  ["throw Object.assign(new Error('m'), { stack: 5 })", /^Error: m/],
  ["const e = new Error('g'); Object.defineProperty(e, 'stack', { get() { throw 1 } }); throw e", /^Error: g/],
  ["const e = new Error('g'); Object.defineProperty(e, 'cause', { get() { throw 1 } }); throw e", /^Error: g\nCell 1/],
  [
    "const e = new Error('g'); Object.defineProperty(e, 'code', { enumerable: true, get() { throw 1 } }); throw e",
    /^Error: g\nCell 1/,
  ],
  ["const e = new Error(); Object.defineProperty(e, 'message', { get() { throw 1 } }); throw e", "Error: "],
  ["throw new Proxy(new Error('p'), { get() { throw new Error('trap') } })", /trap/],
  ["throw Object.assign(new Error('m'), { name: 5, message: { a: 1 }, errors: 7 })", /^5: \[object Object\]/],
])("%s", async (code, expected) => {
  const text = await traceback(code)
  if (typeof expected === "string") expect(text).toBe(expected)
  else expect(text).toMatch(expected)
})

test("frames of Node and of ours are hidden unless they are asked for", async () => {
  const cell = "import { readFileSync } from 'fs'\n[1].map(() => readFileSync('/nope'))"
  expect(await traceback(cell)).not.toMatch(/node:|boundary|evaluate/)
  process.env.CELLGRAD_FULL_TRACEBACK = "1"
  expect(await traceback(cell)).toMatch(/at readFileSync \(node:fs[\s\S]*execution\.ts/)
})

test("the places of a cell of long ago are still those of its TypeScript", async () => {
  const others = Array.from({ length: 250 }, (_, i) => `${i} + 1`)
  const failing =
    "type Row = { name: string }\nfunction late<T extends Row>(row: T): never {\n  throw new Error(row.name as string)\n}"
  expect(await traceback(failing, ...others, "late({ name: 'old' })")).toMatch(
    /^Error: old\nCell 1, line 3, column 9 in late\n/,
  )
})
