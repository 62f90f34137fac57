import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import * as assignment from "../src/assignment/index.js"
import * as cellgrad from "../src/index.js"

const exported: Readonly<Record<string, unknown>> = { ...cellgrad, ...assignment }

/** A one-line `@example` of a doc comment: code, and after the last `//` what it gives. */
interface Example {
  readonly place: string
  readonly code: string
  readonly expected: string
}

const src = fileURLToPath(new URL("../src", import.meta.url))

function examplesIn(file: string): Example[] {
  const text = readFileSync(file, "utf8")
  const found: Example[] = []
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const lines = comment[0]
      .split("\n")
      .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*)\s?/, "").replace(/\s*\*\/$/, ""))
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i]?.startsWith("@example")) continue
      const code = (lines[i] as string).slice("@example".length).trim()
      const mark = code.lastIndexOf(" // ")
      if (mark === -1) continue
      const line = text.slice(0, comment.index).split("\n").length
      found.push({
        place: `${relative(src, file)}:${line}`,
        code: code.slice(0, mark),
        expected: code.slice(mark + 4).trim(),
      })
    }
  }
  return found
}

/** How a value stands in an example: tensors as they print, arrays in brackets, everything else as in the source. */
function show(value: unknown): string {
  if (value instanceof cellgrad.Tensor) return String(value)
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`
  return typeof value === "string" ? JSON.stringify(value) : String(value)
}

/** Runs the statements of an example and gives the value of the last one. */
function run(code: string): unknown {
  const end = code.lastIndexOf("; ")
  const body = end === -1 ? `return (${code})` : `${code.slice(0, end)}; return (${code.slice(end + 2)})`
  return new Function(...Object.keys(exported), `"use strict"; ${body}`)(...Object.values(exported))
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(src, file))

describe("examples in doc comments", () => {
  it.each(files.flatMap(examplesIn))("$place $code", ({ code, expected }) => {
    expect(show(run(code))).toBe(expected.replaceAll("\\n", "\n"))
  })
})
