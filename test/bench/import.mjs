// The first import of a library, beyond the start of its own language: ours beside Node, PyTorch beside Python.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const library = join(dirname(fileURLToPath(import.meta.url)), "../../dist/src/index.js")

/** Milliseconds that a program takes as a whole process. */
function wholeProcess(command, args) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - begin
}

/** Milliseconds of each import, `repeats` times, each less an empty program of the same minute; PyTorch where there is one. */
export function measureImports(repeats, python) {
  const module = ["--input-type=module", "-e"]
  const libraries = [
    ["cellgrad", process.execPath, [...module, ""], [...module, `import ${JSON.stringify(library)}`]],
    ...(existsSync(python) ? [["PyTorch", python, ["-c", ""], ["-c", "import torch"]]] : []),
  ]
  return libraries.flatMap(([name, command, empty, importing]) => {
    wholeProcess(command, importing) // so that its files are in memory
    return Array.from({ length: repeats }, () => {
      const own = wholeProcess(command, empty)
      return { row: "import", library: name, value: wholeProcess(command, importing) - own }
    })
  })
}
