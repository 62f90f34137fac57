import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { root } from "../requirements.js"

// `node scripts/stress.mjs` runs a million cells; here as many as there is time for.
const cells = process.env.CI === "true" ? 20_000 : 3_000

test(`of ${cells} cells, a hundred at once, none goes without its reply or its idle`, async () => {
  const script = join(root, "scripts/stress.mjs")
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(cells)], { timeout: 280_000 })
  const report = JSON.parse(stdout) as { cells: number; faults: Record<string, number> }
  expect(report.cells).toBe(cells)
  expect(report.faults).toEqual({ noReply: 0, noIdle: 0, noBusy: 0, order: 0, shown: 0, twice: 0 })
}, 300_000)
