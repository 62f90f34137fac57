import { execFile } from "node:child_process"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { python, requires, root } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

const run = promisify(execFile)

const cell = (source: string, tags: string[] = []) => ({
  cell_type: "code",
  execution_count: null,
  id: Math.random().toString(36).slice(2, 10),
  metadata: { tags },
  outputs: [],
  source,
})

const notebook = (...cells: object[]) =>
  JSON.stringify({
    cells,
    metadata: { kernelspec: { name: "cellgrad", display_name: "TypeScript (Cellgrad)", language: "typescript" } },
    nbformat: 4,
    nbformat_minor: 5,
  })

interface Executed {
  cells: {
    source: string | string[]
    metadata: { tags?: string[] }
    outputs?: { output_type: string; text?: string | string[]; ename?: string }[]
  }[]
}

requires("jupyter")("papermill", () => {
  let sandbox: Sandbox
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    // As `pip install node_modules/cellgrad/assets/papermill` does, but beside the environment, not into it.
    const plugins = join(sandbox.folder, "plugins")
    const source = join(sandbox.folder, "papermill")
    cpSync(join(root, "assets/papermill"), source, { recursive: true })
    const options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", plugins]
    await run(python, ["-m", "pip", "install", ...options, source], { env: sandbox.env })
    env = { ...sandbox.env, PYTHONPATH: plugins }
  }, 90_000)
  afterAll(() => sandbox?.close())

  const papermill = (...args: string[]) =>
    run(python, ["-m", "papermill", ...args], { cwd: sandbox.work, env, timeout: 60_000 })
  const read = (name: string) => JSON.parse(readFileSync(join(sandbox.work, name), "utf8")) as Executed

  test("puts the parameters behind the notebook's own, and runs it with them", async () => {
    writeFileSync(
      join(sandbox.work, "in.ipynb"),
      notebook(
        cell("let rate: number = 0.1\nlet who = 'nobody'\nlet layers: number[] = []", ["parameters"]),
        cell("console.log(JSON.stringify({ rate, who, layers, deep, none, flag }))"),
      ),
    )
    const more = "{layers: [1, 2.5], deep: {a b: [true, null]}, none: null, flag: false}"
    await papermill("in.ipynb", "out.ipynb", "-p", "rate", "0.5", "-p", "who", 'A"d\n💡', "-y", more)
    const { cells } = read("out.ipynb")
    expect(cells.map(({ metadata }) => metadata.tags)).toEqual([["parameters"], ["injected-parameters"], []])
    expect([cells[1]?.source].flat().join("")).toMatch(/^\/\/ Parameters\n[\s\S]*^let rate = 0\.5$/m)
    expect(JSON.parse([cells[2]?.outputs?.[0]?.text].flat().join(""))).toEqual({
      rate: 0.5,
      who: 'A"d\n💡',
      layers: [1, 2.5],
      deep: { "a b": [true, null] },
      none: null,
      flag: false,
    })
  }, 90_000)

  test("tells what parameters a notebook has", async () => {
    writeFileSync(
      join(sandbox.work, "help.ipynb"),
      notebook(cell("const rate: number = 0.1 // learning rate\nlet name = 'x';", ["parameters"])),
    )
    const { stdout } = await papermill("--help-notebook", "help.ipynb")
    expect(stdout).toMatch(/rate: number \(default 0\.1\)\s+learning rate/)
    expect(stdout).toMatch(/name: Unknown type \(default 'x'\)/)
  }, 60_000)

  test("fails where a cell fails, and keeps what was there", async () => {
    writeFileSync(
      join(sandbox.work, "bad.ipynb"),
      notebook(cell("1 + 1"), cell("throw new RangeError('far')"), cell("3")),
    )
    const failure = await papermill("bad.ipynb", "bad-out.ipynb").then(
      () => undefined,
      (error: { stderr: string }) => error.stderr,
    )
    expect(failure).toContain("RangeError: far")
    const outputs = read("bad-out.ipynb").cells.map(({ outputs = [] }) => outputs.map((output) => output.output_type))
    expect(outputs.filter((types) => types.includes("error"))).toHaveLength(1)
  }, 60_000)
})
