import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { stripAnsi } from "../../kernel/terminal.js"
import { root } from "../requirements.js"

// Cells share the realm with the kernel. Whatever they do to it, the session lives on, and `alive` is still 41.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-hostile-"))
let kernel: KernelClient

interface Run {
  readonly status: string
  readonly result: unknown
  /** What was printed or thrown. */
  readonly text: string
}

async function run(code: string): Promise<Run> {
  const execution = kernel.execute(code)
  let result: unknown
  let text = ""
  for await (const event of execution) {
    if (event.type === "execute_result") result = event.content.data["text/plain"]
    if (event.type === "stream") text += stripAnsi(event.content.text)
    if (event.type === "error") text += stripAnsi(event.content.traceback.join("\n"))
  }
  return { status: (await execution.reply).status, result, text }
}

beforeAll(async () => {
  const argv = [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"]
  // The type checker would refuse most of these cells.
  kernel = await KernelClient.launch({ argv, cwd: folder, env: { ...process.env, CELLGRAD_CHECK: "off" } })
  await run("let alive = 41")
})

afterAll(async () => {
  await kernel?.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

/** Cells, and what their result or text must match. */
const cells: Record<string, { code: string; expected: string | RegExp }> = {
  "declares names of the realm": {
    code: "const process = 1; let Error = 2, Promise = 3, setTimeout = (x: number) => x; class Map {}; setTimeout(4)",
    expected: "4",
  },
  "and later cells see its variables": { code: "[process, Error, Promise, Map.name]", expected: "[ 1, 2, 3, 'Map' ]" },
  "imports a name of the realm": {
    code: 'import { setTimeout } from "node:timers/promises"\nawait setTimeout(1, "slept")',
    expected: "'slept'",
  },
  "assigns to Promise": { code: "globalThis.Promise = undefined; 1", expected: "1" },
  "assigns to Object, Symbol and Error": {
    code: "globalThis.Object = globalThis.Symbol = globalThis.Error = undefined; null.x",
    expected: /^TypeError: Cannot read properties of null/,
  },
  "assigns to what it awaits with": { code: "globalThis.Promise = 1; await null; 'on'", expected: "'on'" },
  "assigns to timers and to process": {
    code: "globalThis.setTimeout = () => { throw 1 }; globalThis.process = undefined; globalThis.JSON = 0; 2",
    expected: "2",
  },
  "takes console away": { code: "globalThis.console = null; 3", expected: "3" },
  "deletes what its own script calls": {
    code: "delete globalThis.__cellgrad; 5",
    expected: /__cellgrad is not defined/,
  },
  "declares what its own script calls": { code: "let __cellgrad = 1, babelHelpers = 2; __cellgrad", expected: "1" },
  "throws a proxy that throws": {
    code: "throw new Proxy(new RangeError('p'), { get() { throw new TypeError('trap') } })",
    expected: /an error that cannot be shown \(trap\)/,
  },
  "throws nothing at all": { code: "throw undefined", expected: /undefined/ },
  "returns a proxy that throws": {
    code: "new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 }, has() { throw 4 } })",
    expected: "{}",
  },
  "returns an object whose inspection throws": {
    code: "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new globalThis.RangeError('no') } })",
    expected: /cannot be shown \(no\)/,
  },
  "returns a promise that never settles": {
    code: "new globalThis.Promise(() => {})",
    expected: "Promise { <pending> }",
  },
  "returns a thenable that throws": { code: "({ then() { throw 1 } })", expected: "{ then: [Function: then] }" },
  "awaits a thenable that throws": {
    code: "await ({ then() { throw new TypeError('then') } })",
    expected: /^TypeError: then/,
  },
  "recurses without end": {
    code: "(function f(): never { return f() })()",
    expected: /^RangeError: Maximum call stack size exceeded[\s\S]*… and \d+ more such calls/,
  },
  "makes a string that is too long": { code: "'x'.repeat(1e9)", expected: /^RangeError: Invalid string length/ },
  "removes the listeners of the process": {
    code: "globalThis.process.removeAllListeners(); queueMicrotask(() => { throw new TypeError('late') }); 6",
    expected: "6",
  },
}

test.for(Object.entries(cells))("a cell that %s does not harm the session", async ([, { code, expected }]) => {
  const { status, result, text } = await run(code)
  const shown = status === "ok" ? result : text
  if (typeof expected === "string") expect(shown).toBe(expected)
  else expect(shown).toMatch(expected)
  expect((await run("alive")).result).toBe("41")
})

test("an error that nobody catches is shown, and heard by the user's own listener", async () => {
  await run("globalThis.heard = []; globalThis.process.on('uncaughtException', (e) => heard.push(e.message))")
  const { text } = await run(
    "setImmediate(() => { throw new TypeError('late') }); await new globalThis.Promise((r) => setImmediate(r)); 0",
  )
  expect(text).toMatch(/TypeError: late/)
  expect((await run("heard")).result).toBe("[ 'late' ]")
})
