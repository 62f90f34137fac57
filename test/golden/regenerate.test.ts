import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { python, pythonEnvironment, requires, root } from "../requirements.js"
import { expectNear, type Numbers } from "./support.js"

requires("torch")("golden data", () => {
  test("is what PyTorch gives today", () => {
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-golden-"))
    try {
      execFileSync(python, [join(root, "scripts/golden"), folder], { env: pythonEnvironment() })
      const committed = join(root, "test/golden/data")
      expect(readdirSync(folder).sort()).toEqual(readdirSync(committed).sort())
      for (const file of readdirSync(folder)) {
        const [fresh, kept] = [folder, committed].map((from) => JSON.parse(readFileSync(join(from, file), "utf8")))
        expect(shapeOf(fresh), file).toEqual(shapeOf(kept))
        // Another processor may round differently, and training adds that up.
        expectNear(numbersOf(fresh), numbersOf(kept), { relative: 1e-3, absolute: 2e-6 })
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 180_000) // PyTorch computes all of it anew
})

/** The numbers of nested data, in order. */
function numbersOf(data: unknown): Numbers[] {
  if (typeof data === "number") return [data]
  return typeof data === "object" && data !== null ? Object.values(data).flatMap(numbersOf) : []
}

/** The same data without its numbers. */
function shapeOf(data: unknown): unknown {
  if (typeof data === "number") return 0
  if (Array.isArray(data)) return data.map(shapeOf)
  if (typeof data !== "object" || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, shapeOf(value)]))
}
