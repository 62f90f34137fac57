import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { root } from "../requirements.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-stacks-"))
const launch = (env: NodeJS.ProcessEnv = {}) =>
  KernelClient.launch({
    argv: [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"],
    cwd: folder,
    env: { ...process.env, ...env },
  })
let client: KernelClient

beforeAll(async () => {
  writeFileSync(
    join(folder, "helper.ts"),
    'type N = number\nexport function half(n: N) {\n  return new Error("half of " + n)\n}\n',
  )
  client = await launch()
}, 60_000)
afterAll(async () => {
  await client?.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

/** What stands under a cell: prints and the value. */
async function shown(code: string, from = client): Promise<string> {
  let text = ""
  for await (const event of from.execute(code)) {
    if (event.type === "stream") text += event.content.text
    if (event.type === "execute_result") text += `${event.content.data["text/plain"]}\n`
    if (event.type === "error") throw new Error(event.content.traceback.join("\n"))
  }
  return text
}

test("a printed error has the user's places, and none of ours", async () => {
  expect(await shown('console.log(new Error("printed"))')).toMatch(
    /^Error: printed\n {4}at Cell \d+, line 1, column 13\n$/,
  )
  const caught = "try {\n  ones([2]).matmul(ones([3]))\n} catch (error) {\n  console.error(error)\n}"
  expect(await shown(caught)).toMatch(
    /^ShapeError: matmul: \[2\] @ \[3\]\n[\s\S]*\(3\)\.\n {4}at Cell \d+, line 2, column \d+\n$/,
  )
})

test("so has one that is the cell's value, alone or inside another value", async () => {
  const text = await shown('function make() {\n  return new RangeError("made")\n}\nconst list = [make()]\nlist')
  expect(text).toMatch(/RangeError: made\n +at Cell \d+, line 2, column 10 in make\n +at Cell \d+, line 4, column 15\n/)
  expect(text).not.toMatch(/node:|dist\//)
  expect(await shown('Promise.reject(new Error("no"))')).toMatch(
    /<rejected> Error: no\n {6}at Cell \d+, line 1, column 16\n\}/,
  )
})

test("files that cells import are named with their own lines", async () => {
  const text = await shown('import { half } from "./helper.ts"\nconsole.log(half(2))')
  expect(text).toMatch(
    /^Error: half of 2\n {4}at \S*helper\.ts, line 3, column 10 in half\n {4}at Cell \d+, line 2, column 13\n$/,
  )
})

test("other text stays as it is, also where it looks like a stack", async () => {
  const text = "Error: x\n    at somewhere (/tmp/a.js:1:2)\n    at node:vm:3:4\n"
  expect(await shown(`process.stdout.write(${JSON.stringify(text)}); undefined`)).toBe(text)
})

test("all frames are there for those who ask for them", async () => {
  const curious = await launch({ CELLGRAD_FULL_TRACEBACK: "1" })
  try {
    expect(await shown('console.log(new Error("x"))', curious)).toMatch(/cellgrad-cell:[\s\S]*node:vm/)
  } finally {
    await curious.shutdown()
  }
})
