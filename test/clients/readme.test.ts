import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { root } from "../requirements.js"

describe("the README", () => {
  let client: KernelClient

  beforeAll(async () => {
    const argv = [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"]
    client = await KernelClient.launch({ argv, cwd: root })
  }, 60_000)
  afterAll(() => client?.shutdown())

  test("its taste runs as it stands, type check included, and the loss falls", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8")
    const taste = readme.match(/^## A taste\n+```ts\n(.*?)^```$/ms)?.[1]
    if (taste === undefined) throw new Error("the README has no taste to try")
    let printed = ""
    for await (const event of client.execute(taste)) {
      if (event.type === "error") throw new Error(event.content.traceback.join("\n"))
      if (event.type === "stream") printed += event.content.text
    }
    const losses = [...printed.matchAll(/^\d+ ([\d.]+)$/gm)].map(([, loss]) => Number(loss))
    expect(losses).toHaveLength(10)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  }, 60_000)
})
