import { afterAll, beforeAll, expect, test } from "vitest"
import { requires } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

requires("jupyter")("jupyter console under a pseudo-terminal", () => {
  let sandbox: Sandbox
  let seen: Record<string, string | number | boolean>

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    seen = await sandbox.python("console.py", ["cellgrad"], 150_000, { TERM: "xterm-256color" })
  }, 180_000)
  afterAll(() => sandbox?.close())

  test.each([
    ["banner", "Cellgrad"],
    ["result", "42"],
    ["stream", "printed"],
    ["stream", "to stderr"],
    ["call", "42"],
    ["error", "RangeError: too far"],
    ["error", "Cell 5, line 1, column 7"],
    ["input", "'hello Ada'"],
    ["interrupt", "InterruptError"],
    ["after", "3"],
    ["completed", "3"],
  ])("%s shows %s", (step, text) => {
    expect(seen[step]).toContain(text)
  })

  test("ends in order", () => {
    expect(seen.exit).toBe(0)
  })
})
