import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { parseSync } from "oxc-parser"
import { describe, expect, test } from "vitest"
import { root } from "./requirements.js"

/** The layers of the runtime, from left to right: a file imports from its own layer or from one to the left. */
const layers = [
  "native",
  "tensor",
  "autograd",
  "ops",
  "nn",
  "optim",
  "data",
  "text",
  "images",
  "datasets",
  "io",
  "metrics",
  "display",
  "trainer",
  "assignment",
]

const files = [...sourcesUnder("src"), ...sourcesUnder("kernel")]

/** Paths of the TypeScript sources under a folder, relative to the checkout, with forward slashes. */
function sourcesUnder(folder: string): string[] {
  const found: string[] = []
  for (const name of readdirSync(join(root, folder))) {
    const path = `${folder}/${name}`
    if (statSync(join(root, path)).isDirectory()) found.push(...sourcesUnder(path))
    else if (name.endsWith(".ts")) found.push(path)
  }
  return found
}

interface Import {
  /** The imported file as a path in the checkout, or the specifier of a package. */
  readonly target: string
  readonly typeOnly: boolean
}

/** What a file imports or re-exports, `import()` with a literal included. */
function importsOf(path: string, text: string): Import[] {
  const { module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const target = (specifier: string) =>
    specifier.startsWith(".")
      ? relative(root, resolve(root, path, "..", specifier))
          .replaceAll("\\", "/")
          .replace(/\.js$/, ".ts")
      : specifier
  const found: Import[] = []
  for (const entry of module.staticImports) {
    const typeOnly = entry.entries.length > 0 && entry.entries.every((name) => name.isType)
    found.push({ target: target(entry.moduleRequest.value), typeOnly })
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries)
      if (entry.moduleRequest) found.push({ target: target(entry.moduleRequest.value), typeOnly: entry.isType })
  }
  for (const call of module.dynamicImports) {
    const literal = text.slice(call.moduleRequest.start, call.moduleRequest.end).match(/^["'`]([^"'`$]+)["'`]$/)
    if (literal?.[1]) found.push({ target: target(literal[1]), typeOnly: false })
  }
  return found
}

/** Why an import breaks the rule, or undefined when it keeps it. */
function fault(from: string, { target, typeOnly }: Import): string | undefined {
  if (!target.startsWith("src/") && !target.startsWith("kernel/")) return undefined
  if (from.startsWith("src/") && target.startsWith("kernel/")) return "src/ never imports kernel/"
  if (from.startsWith("kernel/")) {
    if (target.startsWith("kernel/") || from === "kernel/preload.ts") return undefined
    // The seam: what a value looks like, which knows nothing of tensors.
    if (target === "src/display/host.ts") return undefined
    return "in kernel/ only preload.ts imports the runtime"
  }
  if (from === "src/index.ts") return undefined
  if (target === "src/index.ts") return "nothing inside src/ imports src/index.ts"
  const [left, right] = [layerOf(target), layerOf(from)]
  if (left <= right) return undefined
  if (from === "src/tensor/tensor.ts" && typeOnly && /^src\/(ops|autograd)\//.test(target)) return undefined
  return `${layers[right]} imports ${layers[left]}, which stands to its right`
}

function layerOf(path: string): number {
  const layer = layers.indexOf(path.split("/")[1] ?? "")
  if (layer < 0) throw new Error(`${path} belongs to no layer; the layers are ${layers.join(" < ")}`)
  return layer
}

describe("the import rule", () => {
  test("holds in every file of src/ and kernel/", () => {
    const faults: string[] = []
    for (const path of files) {
      for (const entry of importsOf(path, readFileSync(join(root, path), "utf8"))) {
        const reason = fault(path, entry)
        if (reason !== undefined) faults.push(`${path} → ${entry.target}: ${reason}`)
      }
    }
    expect(faults).toEqual([])
  })

  test("sees what it should see", () => {
    const faultsOf = (path: string, text: string) => importsOf(path, text).map((entry) => fault(path, entry))
    expect(faultsOf("src/native/a.ts", `import { x } from "../ops/b.js"`)).toEqual([
      "native imports ops, which stands to its right",
    ])
    expect(faultsOf("src/ops/a.ts", `export * from "../nn/b.js"`)).toEqual([
      "ops imports nn, which stands to its right",
    ])
    expect(faultsOf("src/nn/a.ts", `await import("../display/b.js")`)).toEqual([
      "nn imports display, which stands to its right",
    ])
    expect(faultsOf("src/nn/a.ts", `import { x } from "../ops/b.js"; import "node:fs"`)).toEqual([undefined, undefined])
    expect(faultsOf("src/nn/a.ts", `import "../../kernel/wire.js"`)).toEqual(["src/ never imports kernel/"])
    expect(faultsOf("src/tensor/tensor.ts", `import type { A } from "../ops/b.js"`)).toEqual([undefined])
    expect(faultsOf("src/tensor/tensor.ts", `import { A } from "../ops/b.js"`)).not.toEqual([undefined])
    expect(faultsOf("kernel/session.ts", `import "../src/index.js"`)).not.toEqual([undefined])
    expect(faultsOf("kernel/preload.ts", `import "../src/index.js"`)).toEqual([undefined])
  })
})

describe("the shape of the sources", () => {
  test("no file of src/ or kernel/ is longer than 500 lines", () => {
    const long = files
      .map((path) => ({ path, lines: readFileSync(join(root, path), "utf8").split("\n").length - 1 }))
      .filter(({ lines }) => lines > 500)
    expect(long).toEqual([])
  })

  test("an index.ts only imports and re-exports", () => {
    const allowed = new Set(["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"])
    for (const path of files.filter((name) => name.endsWith("/index.ts"))) {
      const { program } = parseSync(path, readFileSync(join(root, path), "utf8"))
      const others = program.body
        .filter(
          (node) => !allowed.has(node.type) || (node.type === "ExportNamedDeclaration" && node.declaration !== null),
        )
        .map((node) => node.type)
      expect({ path, others }).toEqual({ path, others: [] })
    }
  })
})
