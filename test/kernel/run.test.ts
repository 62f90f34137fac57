import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { type CodeCell, readNotebook } from "../../kernel/notebook.js"
import { joinParameters, readParameter } from "../../kernel/parameters.js"
import { type RunOptions, runNotebooks } from "../../kernel/run.js"
import { KeptOutput, scriptedArgv } from "./support/scripted.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-run-"))
afterAll(() => rmSync(folder, { recursive: true }))
let notebooks = 0

function notebookOf(...cells: (string | { source: string; metadata: object })[]): string {
  const path = join(folder, `n${++notebooks}.ipynb`)
  const list = cells.map((cell, i) => {
    const { source, metadata } = typeof cell === "string" ? { source: cell, metadata: {} } : cell
    return { cell_type: "code", id: `cell-${i}`, source, metadata, outputs: [], execution_count: null }
  })
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: list }))
  return path
}

async function run(path: string, options: Partial<RunOptions> = {}, output = new KeptOutput()) {
  const out = join(folder, "out")
  const given = options.inPlace ? {} : { out }
  const code = await runNotebooks({ notebooks: [path], ...given, output, argv: scriptedArgv, ...options })
  const target = options.inPlace ? path : join(out, relative(folder, path))
  const cells = existsSync(target) ? (readNotebook(target).cells as CodeCell[]) : []
  return { code, text: output.text.replaceAll(/\d+ ms|\d+\.\d s/g, "TIME"), cells, target }
}

describe("cellgrad run", () => {
  test("executes, shows what happens as plain lines, and writes the notebook", async () => {
    const path = notebookOf("print hello\nresult 1", "", "show d epoch 1 loss 2\nupdate d epoch 2 loss 1\nprint done")
    const { code, text, cells, target } = await run(path)
    expect(code).toBe(0)
    const lines = text.split("\n").slice(1, -1)
    expect(lines).toEqual([
      "[1/3] print hello",
      "      hello",
      "      1",
      "[3/3] show d epoch 1 loss 2",
      "      done",
      "      epoch 2 loss 1",
      `✓ 3 cells in TIME → ${target}`,
    ])
    expect(cells.map(({ id }) => id)).toEqual(["cell-0", "cell-1", "cell-2"])
    expect(cells.map(({ execution_count }) => execution_count)).toEqual([1, null, 2])
    expect(cells[2]?.outputs).toEqual([
      { output_type: "display_data", data: { "text/plain": "epoch 2 loss 1" }, metadata: {} },
      { output_type: "stream", name: "stdout", text: "done\n" },
    ])
    const { metadata } = readNotebook(target)
    expect(metadata.kernelspec).toEqual({
      display_name: "TypeScript (Cellgrad)",
      language: "typescript",
      name: "cellgrad",
    })
    expect(metadata.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" })
  })

  test("on a terminal rewrites one line and clears it", async () => {
    const output = new KeptOutput(true)
    await run(notebookOf("show d epoch 1\nwait 350\nupdate d epoch 2\nprint bye"), {}, output)
    const text = output.text.replaceAll("\r\x1b[2K", "⟲").replaceAll("\x1b[2m", "").replaceAll("\x1b[22m", "")
    expect(text).toMatch(/⟲ {6}\S*⠋ \d+ ms {2}epoch 1/)
    expect(text).toMatch(/⟲ {6}bye\n {6}epoch 2\n/)
  })

  test("stops at the cell that fails, says which, its line and the error, and keeps what there is", async () => {
    const path = notebookOf("print before", "print fine\nfail RangeError too far", "print never")
    const { code, text, cells } = await run(path, { html: true })
    expect(code).toBe(1)
    expect(text).toContain("✗ failed after TIME")
    expect(text).toContain("cell 2 of 3, line 2 failed: RangeError: too far\n  2 │ fail RangeError too far\n")
    expect(text).not.toContain("never")
    expect(cells[1]?.outputs.map(({ output_type }) => output_type)).toEqual(["stream", "error"])
    expect(cells[2]?.outputs).toEqual([])
    expect(existsSync(join(folder, "out", relative(folder, path).replace(".ipynb", ".html")))).toBe(true)
  })

  test("goes on after a cell that is tagged raises-exception", async () => {
    const tagged = { source: "fail Error on purpose", metadata: { tags: ["raises-exception"] } }
    const { code, text } = await run(notebookOf(tagged, "print after"))
    expect(code).toBe(0)
    expect(text).toContain("after")
  })

  test("goes on after any cell that fails where errors are allowed, also one that takes too long", async () => {
    const path = notebookOf("fail Error first", "print between", "hang", "print after")
    const { code, text, cells } = await run(path, { allowErrors: true, timeoutSeconds: 0.3 })
    expect(code).toBe(0)
    expect(text).toMatch(
      /Error: first[\s\S]*between[\s\S]*TimeoutError: the cell took more[\s\S]*after[\s\S]*, 2 failed →/,
    )
    expect(cells.map(({ outputs }) => outputs.map(({ output_type }) => output_type))).toEqual([
      ["error"],
      ["stream"],
      ["error"],
      ["stream"],
    ])
  })

  test("stops a cell that takes too long", async () => {
    const { code, text } = await run(notebookOf("hang", "print never"), { timeoutSeconds: 0.3 })
    expect(code).toBe(1)
    expect(text).toContain("cell 1 of 2, line 1 failed: TimeoutError: the cell took more than TIME and was stopped")
  })

  test("says what the kernel wrote when it died, and keeps the outputs so far", async () => {
    const { code, text, cells } = await run(notebookOf("print one", "print two\nwait 20\ndie 9"))
    expect(code).toBe(1)
    expect(text).toContain("cellgrad: the kernel died (exit code 9); it wrote:\nsomething terrible happened\n")
    expect(cells.map(({ outputs }) => outputs.length)).toEqual([1, 1])
  })

  test("Ctrl-C stops the cell, keeps the outputs and ends with 130", async () => {
    const running = run(notebookOf("print one\nhang", "print never"))
    setTimeout(() => process.emit("SIGINT"), 500)
    const { code, text, cells } = await running
    expect(code).toBe(130)
    expect(text).toContain("InterruptError")
    expect(cells[0]?.outputs).toHaveLength(2)
  })

  test("--in-place writes over the notebook; without it the source is safe", async () => {
    const path = notebookOf("result 5")
    await expect(run(path, { out: folder })).rejects.toThrow("the result would overwrite")
    const { cells } = await run(path, { inPlace: true })
    expect(cells[0]?.outputs).toHaveLength(1)
  })

  test("--out may name the file of a single notebook", async () => {
    const path = notebookOf("result 5")
    const out = join(folder, "sub", "named.ipynb")
    const options = { out, output: new KeptOutput(), argv: scriptedArgv }
    expect(await runNotebooks({ ...options, notebooks: [path] })).toBe(0)
    expect(readNotebook(out).cells).toHaveLength(1)
    const two = [path, notebookOf("result 6")]
    await expect(runNotebooks({ ...options, notebooks: two })).rejects.toThrow("one file for 2 notebooks")
  })

  test("checks every notebook before the first one runs", async () => {
    const output = new KeptOutput()
    const paths = [notebookOf("print one"), join(folder, "missing.ipynb")]
    await expect(runNotebooks({ notebooks: paths, out: folder, output, argv: scriptedArgv })).rejects.toThrow("missing")
    expect(output.text).toBe("")
  })

  test("writes a page that carries its charts and programs and cannot be broken out of", async () => {
    const { target } = await run(notebookOf("chart d\nprint <b>not bold</b>"), { html: true })
    const html = readFileSync(target.replace(".ipynb", ".html"), "utf8")
    expect(html).toContain("&#60;b&#62;not bold")
    expect(html).toContain('data-chart="0"')
    expect(html).not.toContain("<script>document.title")
  })
})

describe("parameters", () => {
  const tagged = (source: string, tag = "parameters") => ({ source, metadata: { tags: [tag] } })

  test("are read as JSON or as text, with papermill's way of writing them", () => {
    expect(readParameter("lr=0.01")).toEqual(["lr", 0.01])
    expect(readParameter("sizes=[1, 2]")).toEqual(["sizes", [1, 2]])
    expect(readParameter("name=plain text")).toEqual(["name", "plain text"])
    expect(readParameter("flag=true")).toEqual(["flag", true])
    expect(readParameter("lr")).toBeUndefined()
    expect(joinParameters(["n.ipynb", "-p", "lr", "-1", "-p", "a=b", "--html", "-p", "last"])).toEqual([
      ...["n.ipynb", "-p", "lr=-1", "-p", "a=b", "--html", "-p", "last"],
    ])
  })

  test("go into a cell behind the tagged one, in place of that of an earlier run", async () => {
    const path = notebookOf(
      "print start",
      tagged("let lr = 0.1\nconst epochs = 5"),
      tagged("lr = 9", "injected-parameters"),
    )
    const parameters = new Map<string, unknown>([
      ["lr", 0.01],
      ["epochs", 2],
    ])
    const { code, cells } = await run(path, { parameters })
    expect(code).toBe(0)
    expect(cells.map(({ source }) => source)).toEqual([
      "print start",
      "let lr = 0.1\nconst epochs = 5",
      "// Parameters\nlr = 0.01\nconst epochs = 2",
    ])
    expect(cells[2]?.metadata).toEqual({ tags: ["injected-parameters"] })
  })

  test("that the notebook does not have are refused before anything runs", async () => {
    const parameters = new Map([["lrr", 1]])
    await expect(run(notebookOf(tagged("let lr = 1, n = 2")), { parameters })).rejects.toThrow(
      /has no parameter "lrr"; there are lr, n$/,
    )
    await expect(run(notebookOf("let lr = 1"), { parameters })).rejects.toThrow(
      /tag the cell that declares them "parameters"$/,
    )
  })
})
