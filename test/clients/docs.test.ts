import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { python, requires, root } from "../requirements.js"

// The pages of docs/ as a reader follows them: every block is run, in order, in one session a page.

interface Block {
  readonly language: string
  readonly code: string
  readonly line: number
}

/** The code blocks of a page, in order. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, "docs", page), "utf8")
  return Array.from(text.matchAll(/^```(\w+)\n(.*?)^```$/gms), ({ 1: language = "", 2: code = "", index }) => ({
    language,
    code,
    line: text.slice(0, index).split("\n").length,
  }))
}

const bin = join(root, "bin/cellgrad.js")
const folder = mkdtempSync(join(tmpdir(), "cellgrad-docs-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const launch = () =>
  KernelClient.launch({
    argv: [process.execPath, bin, "kernel", "{connection_file}"],
    cwd: folder,
    env: { ...process.env, CELLGRAD_CHECK_PATIENCE: "10000" },
  })

interface Ran {
  readonly text: string
  readonly failed: boolean
}

/** Runs code as a cell; the text is what stands under it, without colours. */
async function run(client: KernelClient, code: string): Promise<Ran> {
  let text = ""
  let failed = false
  for await (const event of client.execute(code)) {
    if (event.type === "stream") text += event.content.text
    if (event.type === "execute_result" || event.type === "display_data")
      text += `${event.content.data["text/plain"]}\n`
    if (event.type === "error") {
      failed = true
      text += `${event.content.traceback.join("\n")}\n`
    }
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes
  return { text: text.replace(/\x1b\[[0-9;]*m/g, ""), failed }
}

describe("docs/pytorch.md", () => {
  const blocks = blocksOf("pytorch.md")
  const pairs = blocks.flatMap(({ language, code, line }, i) => {
    if (language !== "ts") return []
    const before = blocks[i - 1]
    return [{ line, ts: code, py: before?.language === "python" ? before.code : "" }]
  })
  const printed: string[] = []

  test("is made of pairs", () => {
    expect(blocks.length).toBe(2 * pairs.length)
    expect(pairs.length).toBeGreaterThan(5)
    for (const { line, py } of pairs) expect(py, `line ${line}`).not.toBe("")
  })

  test("the TypeScript runs as it stands, types checked", { timeout: 60_000 }, async () => {
    const client = await launch()
    try {
      for (const { ts, line } of pairs) {
        const { text, failed } = await run(client, ts)
        expect(failed, `line ${line}\n${text}`).toBe(false)
        expect(text, `line ${line}`).not.toBe("")
        printed.push(text)
      }
    } finally {
      await client.shutdown()
    }
  })

  requires("torch")("beside PyTorch", () => {
    test("each pair prints the same", { timeout: 60_000 }, () => {
      const mark = "--- next ---"
      const script = join(folder, "pairs.py")
      writeFileSync(script, pairs.map(({ py }) => `${py}\nprint("${mark}")\n`).join("\n"))
      const { stdout, stderr } = spawnSync(python, [script], { cwd: folder, encoding: "utf8" })
      const theirs = stdout.split(`${mark}\n`)
      expect(theirs.length, stderr).toBe(pairs.length + 1)
      for (const [i, { line }] of pairs.entries()) expect(printed[i], `line ${line}`).toBe(theirs[i])
    })
  })
})

/** Runs a page's shell blocks, with `npx cellgrad` for this checkout's, and gives what they print. */
function shell(code: string): { status: number | null; text: string } {
  const command = code.replaceAll("npx cellgrad", `"${process.execPath}" "${bin}"`)
  const env = { ...process.env, HOME: folder, JUPYTER_DATA_DIR: join(folder, "jupyter"), NO_COLOR: "1" }
  const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", command], { cwd: folder, encoding: "utf8", env })
  return { status, text: stdout + stderr }
}

/** Runs the blocks of a page in order: `ts` as cells of one session, each beside the `text` that it must give, `sh` in a shell. */
async function follow(page: string): Promise<number> {
  const client = await launch()
  client.onInput = () => "Ada"
  let done = 0
  try {
    const blocks = blocksOf(page)
    for (const [i, { language, code, line }] of blocks.entries()) {
      const next = blocks[i + 1]
      const place = `docs/${page}, line ${line}`
      if (language === "sh") {
        const { status, text } = shell(code)
        expect(status, `${place}\n${text}`).toBe(0)
      } else if (language === "ts") {
        const { text, failed } = await run(client, code)
        const isError = next?.language === "text" && /^\w*Error\b/.test(next.code)
        expect(failed, `${place}\n${text}`).toBe(isError)
        if (next?.language === "text") expect(text.trimEnd(), place).toBe(next.code.trimEnd())
      } else expect(language, place).toBe("text")
      done++
    }
  } finally {
    await client.shutdown()
  }
  return done
}

const notebook = (...cells: string[]) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: i === 0 ? { tags: ["parameters"] } : {},
      source,
      outputs: [],
      execution_count: null,
    })),
  })

test("docs/guide.md", { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, "notebook.ipynb"), notebook("const epochs = 2", "console.log(epochs)"))
  expect(await follow("guide.md")).toBeGreaterThan(20)
  expect(readFileSync(join(folder, "out/notebook.ipynb"), "utf8")).toContain('"5\\n"')
  expect(readFileSync(join(folder, "results/notebook.html"), "utf8")).toContain("<html")
  expect(readdirSync(join(folder, "jupyter/kernels"))).toEqual(["cellgrad"])
})

test("docs/assignments.md", { timeout: 120_000 }, async () => {
  const begin = 'import { check, score, todo } from "cellgrad/assignment"'
  const end = 'check("Task", (t) => t.gives("the sum", () => sum(1, 2), 3))\nscore()'
  const solved = "function sum(a: number, b: number): number {\n  return a + b\n}"
  const marked = solved.replace(
    / {2}return.*/,
    '  // BEGIN SOLUTION instead of: return todo("the sum")\n$&\n  // END SOLUTION',
  )
  for (const name of ["solutions", "returned"]) mkdirSync(join(folder, name))
  writeFileSync(join(folder, "solutions/sigmoid.ipynb"), notebook(begin, marked, end))
  writeFileSync(join(folder, "returned/ada.ipynb"), notebook(begin, solved, end))
  writeFileSync(
    join(folder, "returned/bob.ipynb"),
    notebook(begin, "thrwo new Error('no')", solved.replace("+", "-"), end),
  )
  expect(await follow("assignments.md")).toBeGreaterThan(12)
  expect(readFileSync(join(folder, "students/sigmoid.ipynb"), "utf8")).not.toContain("a + b")
})
