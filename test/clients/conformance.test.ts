import { afterAll, beforeAll, expect, test } from "vitest"
import { requires } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

requires("jupyter")("jupyter_kernel_test, Jupyter's conformance suite", () => {
  let sandbox: Sandbox
  let outcomes: Record<string, string>

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    outcomes = await sandbox.python("conformance.py", [], 120_000)
  }, 150_000)
  afterAll(() => sandbox?.close())

  test.each([
    "kernel_info",
    "execute_stdout",
    "execute_stderr",
    "execute_result",
    "display_data",
    "clear_output",
    "error",
    "completion",
    "inspect",
    "is_complete",
  ])("%s", (name) => {
    expect(outcomes[`test_${name}`]).toBe("passed")
  })

  test("history keeps the last cells", () => {
    // The suite goes on to ranges and searches over past sessions, which it then skips as not offered.
    expect(outcomes.test_history).toMatch(/^(passed|skipped: (History (range|search)|No session))/)
  })
})
