import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { requires } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

requires("jupyter")("jupyter_kernel_test, Jupyter's conformance suite", () => {
  let sandbox: Sandbox
  let outcomes: Record<string, string>

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    const env = { CELLGRAD_HISTORY: join(sandbox.folder, "history") }
    outcomes = await sandbox.python("conformance.py", [], 120_000, env)
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
    "history",
    "pager",
    "recv_iopub_welcome_msg",
  ])("%s", (name) => {
    expect(outcomes[`test_${name}`]).toBe("passed")
  })

  test("nothing was skipped", () => {
    expect(Object.values(outcomes).filter((outcome) => outcome !== "passed")).toEqual([])
  })
})
