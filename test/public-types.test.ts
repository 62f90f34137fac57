import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { expect, test } from "vitest"
import { root } from "./requirements.js"

/** Where `any` stands on purpose: a subclass gives these methods parameters of its own. */
const allowed = [
  "nn/module.d.ts: abstract forward(...args: any[]): any;",
  "autograd/custom.d.ts: forward(context: FunctionContext, ...args: any[]): Tensor;",
]

test("no `any` reaches the user: there is none in the declarations of the runtime", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-types-"))
  try {
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const options = ["-p", "scripts/tsconfig.build.json", "--emitDeclarationOnly", "--sourceMap", "false"]
    execFileSync(process.execPath, [compiler, ...options, "--outDir", folder], { cwd: root })
    const src = join(folder, "src")
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"))
    expect(files.length).toBeGreaterThan(100)
    const found = new Set<string>()
    for (const file of files) {
      const code = readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
      for (const line of code.split("\n"))
        if (/(?:[:<|&,([]|=>|\bas|\bextends)\s*any\b(?!\w|\??:)/.test(line) && !/^(export|import) \{/.test(line.trim()))
          found.add(`${relative(src, join(src, file))}: ${line.trim()}`)
    }
    expect([...found].sort()).toEqual([...allowed].sort())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
