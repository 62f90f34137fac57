import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { handOutNotebooks, handout } from "../../kernel/handout.js"
import { type Cell, checkNotebook } from "../../kernel/notebook.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-handout-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const json = (cells: object[]) => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
const code = (source: string, more: object = {}) => ({ cell_type: "code", source, metadata: {}, outputs: [], ...more })
const given = (...cells: object[]): Cell[] => handout(checkNotebook(json(cells), "a.ipynb"), "a.ipynb").cells
const sourceOf = (source: string) => given(code(source))[0]?.source

describe("what students get", () => {
  test("has other code, or none, in place of a solution, indented as the solution is", () => {
    const solved = `function f(x: number) {
  // TODO: twice x
  // BEGIN SOLUTION instead of: return todo("f")
  return 2 * x
  // END SOLUTION
}
// BEGIN SOLUTION
f(2)
// END SOLUTION
f(3)`
    expect(sourceOf(solved)).toBe(`function f(x: number) {\n  // TODO: twice x\n  return todo("f")\n}\nf(3)`)
  })

  test("is without outputs and without cells tagged as solutions", () => {
    const output = { output_type: "stream", name: "stdout", text: "42" }
    const answer = { cell_type: "markdown", source: "Because.", metadata: { tags: ["solution"] } }
    const cells = given(code("6 * 7", { outputs: [output], execution_count: 3 }), answer)
    expect(cells).toMatchObject([{ source: "6 * 7", outputs: [], execution_count: null }])
  })

  test.each([
    ["// BEGIN SOLUTION\n1", "a.ipynb, cell 1: the solution of line 1 has no // END SOLUTION"],
    ["1\n// END SOLUTION", "a.ipynb, cell 1: line 2 ends a solution that nothing began"],
    ["// BEGIN SOLUTION\n// BEGIN SOLUTION", "a.ipynb, cell 1: line 2 begins a solution inside that of line 1"],
    [
      "### BEGIN SOLUTION",
      "a.ipynb, cell 1: line 1 is no mark we know: write // BEGIN SOLUTION [instead of: CODE] or // END SOLUTION",
    ],
    ["1", "a.ipynb holds no solution: mark it by // BEGIN SOLUTION and // END SOLUTION"],
  ])("%j is refused: nobody hands out a solution by a slip", (source, message) => {
    expect(() => sourceOf(source)).toThrow(message)
  })
})

describe("handing out files", () => {
  const path = join(folder, "a.ipynb")
  writeFileSync(path, JSON.stringify(json([code("// BEGIN SOLUTION\n1\n// END SOLUTION\n2")])))

  test("writes them to the folder", () => {
    const out = join(folder, "new/students")
    expect(handOutNotebooks({ notebooks: [path], out })).toEqual([join(out, "a.ipynb")])
    const { cells } = JSON.parse(readFileSync(join(out, "a.ipynb"), "utf8"))
    expect(cells).toMatchObject([{ source: ["2"], outputs: [] }])
  })

  test("never writes over the solutions, nor two notebooks to one place", () => {
    expect(() => handOutNotebooks({ notebooks: [path], out: folder })).toThrow(
      /would overwrite .*a\.ipynb, solutions and all/,
    )
    expect(() => handOutNotebooks({ notebooks: [path, path], out: join(folder, "b") })).toThrow(
      /two notebooks would be written/,
    )
    expect(readFileSync(path, "utf8")).toContain("BEGIN SOLUTION")
    expect(() => handOutNotebooks({ notebooks: [path], out: join(path, "c") })).toThrow(
      /cannot make the folder .*: ENOTDIR/,
    )
  })
})
