import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { type CodeCell, readNotebook } from "../kernel/notebook.js"
import { root } from "./requirements.js"

// Every notebook runs from the first cell to the last in a kernel of its own, as `cellgrad run` executes it for a user.

const notebooks = readdirSync(join(root, "notebooks"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ipynb") && !file.includes(".ipynb_checkpoints"))
  .filter((file) => !file.startsWith("assignments")) // test/assignments.test.ts runs those
  .sort()
const out = mkdtempSync(join(tmpdir(), "cellgrad-notebooks-"))
afterAll(() => rmSync(out, { recursive: true, force: true }))

const codeCells = (path: string) => readNotebook(path).cells.filter((cell) => cell.cell_type === "code") as CodeCell[]

describe.each(notebooks)("notebooks/%s", (file) => {
  const path = join(root, "notebooks", file)

  test("is kept without outputs", () => {
    for (const cell of codeCells(path)) expect(cell.outputs, String(cell.source)).toEqual([])
  })

  test("runs to its end and draws", { timeout: 180_000 }, () => {
    const folder = join(out, relative("notebooks", file).replaceAll(/\W/g, "-"))
    const run = spawnSync(process.execPath, [join(root, "bin/cellgrad.js"), "run", path, "--out", folder, "--html"], {
      cwd: root,
      encoding: "utf8",
    })
    expect(run.status, run.stdout + run.stderr).toBe(0)
    const [executed = ""] = readdirSync(folder).filter((name) => name.endsWith(".ipynb"))
    const cells = codeCells(join(folder, executed))
    expect(cells.every((cell) => cell.execution_count !== null)).toBe(true)
    const outputs = cells.flatMap((cell) => cell.outputs)
    expect(outputs.filter((output) => output.output_type === "error")).toEqual([])
    expect(JSON.stringify(outputs)).toContain('"image/png"')
    expect(readFileSync(join(folder, executed.replace(/ipynb$/, "html")), "utf8")).toContain("<img")
  })
})
