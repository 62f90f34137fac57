import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../requirements.js"

/** Imports and requires at the top of a file. */
const atOnce = /^(?:(?:import|export)\b[^;]*?|let \w+ = require\()"([^"\n]+)"\)?;?$/gm

/** What a file of dist/ imports at once, and what that imports: files of ours, and packages. */
function loadedWith(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set([entry])
  const packages = new Set<string>()
  for (const file of files) {
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(atOnce)) {
      if (specifier.startsWith(".")) files.add(join(dirname(file), specifier))
      else if (!specifier.startsWith("node:")) packages.add(specifier)
    }
  }
  return { files, packages }
}

test("the library comes in a few files, and without what draws charts", () => {
  const { files, packages } = loadedWith(join(root, "dist/src/index.js"))
  expect(files.size).toBeLessThanOrEqual(3)
  expect([...packages]).toEqual(["fflate"])
})

test("what the other modules share with the library are the same files", () => {
  const { files: own } = loadedWith(join(root, "dist/src/index.js"))
  for (const name of ["assignment/index", "display/compat/deno", "display/compat/tslab"]) {
    const { files } = loadedWith(join(root, `dist/src/${name}.js`))
    expect(files.size).toBeGreaterThan(1)
    expect([...files].slice(1).filter((file) => !own.has(file))).toEqual([])
  }
})

test("the kernel answers before it loads the compiler, the language server or the library", () => {
  for (const name of ["kernel.cjs", "server.cjs"]) {
    const { files, packages } = loadedWith(join(root, "dist/bundle", name))
    expect(files.size, name).toBe(1)
    expect([...packages], name).toEqual([])
    expect(readFileSync([...files][0] as string, "utf8"), name).toMatch(atOnce)
  }
})
