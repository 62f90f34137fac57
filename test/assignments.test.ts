import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../kernel/client.js"
import { handOutNotebooks } from "../kernel/handout.js"
import { type CodeCell, readNotebook } from "../kernel/notebook.js"
import { root } from "./requirements.js"

// Each assignment in a kernel of its own, as a student has it: solved, every check is content; unsolved, it runs to its end and the
// checks say "not yet"; and mistakes that students make are called by their name.

const folder = join(root, "notebooks/assignments")
const names = readdirSync(join(folder, "solutions"))
  .filter((file) => file.endsWith(".ipynb"))
  .sort()

interface Mistake {
  /** What of the solution becomes what. */
  readonly change: readonly [right: string, wrong: string]
  readonly check: string
  readonly says: RegExp
}

const mistakes: Record<string, readonly Mistake[]> = {
  "01-perceptron.ipynb": [
    { change: ["x.matmul(w).add(b)", "x.matmul(w)"], check: "Task 1", says: /✗ one point[^✗]*The bias is missing/ },
    { change: ["x.matmul(w).add(b)", "x.mul(w).add(b)"], check: "Task 1", says: /did not add up/ },
    { change: [".gt(0).float()", ".ge(0).float()"], check: "Task 2", says: /exactly on the line/ },
    { change: ["- predict(x.at(i), w, b).item()", "+ 0"], check: "Task 3", says: /✗/ },
    {
      change: ["w = w.add(x.at(i).mul(lr * error))", "w.add(x.at(i).mul(lr * error))"],
      check: "Task 3",
      says: /add gives a new tensor/,
    },
    { change: ["return -(w1 * x1 + b) / w2", "return (w1 * x1 + b) / w2"], check: "Task 4", says: /The sign/ },
    { change: [".float().mean().item()", ".float().sum().item()"], check: "Task 5", says: /divide by the number/ },
  ],
}

const codeCells = (path: string) => readNotebook(path).cells.filter((cell) => cell.cell_type === "code") as CodeCell[]

interface Ran {
  readonly text: string
  readonly pictures: number
}

/** Runs code as a cell and gives what stands under it. */
async function run(client: KernelClient, code: string): Promise<Ran> {
  let text = ""
  let pictures = 0
  for await (const event of client.execute(code)) {
    if (event.type === "error") throw new Error(`${code}\n${event.content.traceback.join("\n")}`)
    if (event.type === "stream") text += event.content.text
    if (event.type === "execute_result" || event.type === "display_data") {
      text += `${event.content.data["text/plain"] ?? ""}\n`
      if (event.content.data["image/png"] !== undefined) pictures++
    }
  }
  return { text, pictures }
}

const launch = () =>
  KernelClient.launch({
    argv: [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"],
    cwd: folder,
    env: { ...process.env, CELLGRAD_CHECK_PATIENCE: "10000" },
  })

const out = mkdtempSync(join(tmpdir(), "cellgrad-assignments-"))
afterAll(() => rmSync(out, { recursive: true, force: true }))

test("the students' notebooks are what `cellgrad handout` makes of the solutions", () => {
  const written = handOutNotebooks({ notebooks: names.map((name) => join(folder, "solutions", name)), out })
  expect(written.map((path) => basename(path))).toEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ipynb"))
      .sort(),
  )
  const again = "node bin/cellgrad.js handout notebooks/assignments/solutions/*.ipynb --out notebooks/assignments"
  for (const path of written) {
    expect(readFileSync(join(folder, basename(path)), "utf8"), `write them anew: ${again}`).toBe(
      readFileSync(path, "utf8"),
    )
  }
})

describe.each(names)("%s", (name) => {
  const solution = codeCells(join(folder, "solutions", name))
  let client: KernelClient
  beforeAll(async () => {
    client = await launch()
  }, 60_000)
  afterAll(() => client?.shutdown())

  test("solved, every check is content, within ten seconds", { timeout: 60_000 }, async () => {
    const started = performance.now()
    let pictures = 0
    let checks = 0
    for (const { source, outputs } of solution) {
      expect(outputs, "kept without outputs").toEqual([])
      const ran = await run(client, source)
      pictures += ran.pictures
      if (!source.startsWith("check(")) continue
      checks++
      expect(ran.text, source).toMatch(/^.*: all right\n/)
    }
    expect(checks).toBeGreaterThanOrEqual(4)
    expect(pictures).toBeGreaterThanOrEqual(1)
    // Ten seconds is meant for a machine that does nothing else.
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  test.each(mistakes[name] ?? [])(
    "$change.1 instead of $change.0: $says",
    { timeout: 60_000 },
    async ({ change, check, says }) => {
      const [right, wrong] = change
      const cell = solution.find(({ source }) => source.includes(right))
      const checking = solution.find(({ source }) => source.startsWith(`check("${check}`))
      if (cell === undefined || checking === undefined)
        throw new Error(`no cell with ${right}, or none that checks ${check}`)
      await run(
        client,
        cell.source.replace(right, () => wrong),
      )
      const { text } = await run(client, checking.source)
      await run(client, cell.source)
      expect(text).toMatch(says)
    },
  )

  test("unsolved, it runs to its end and the checks say what is still to be done", { timeout: 60_000 }, async () => {
    expect(mistakes[name]?.length, "mistakes that it should recognise").toBeGreaterThanOrEqual(3)
    const student = await launch()
    try {
      for (const { source } of codeCells(join(folder, name))) {
        const { text } = await run(student, source)
        if (source.startsWith("check(")) expect(text, source).toMatch(/^.*: not yet\n/)
        if (source.startsWith("score(")) expect(text).toMatch(/^Score: 0 of \d+ points\n/)
      }
    } finally {
      await student.shutdown()
    }
  })
})
