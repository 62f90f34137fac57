import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder of the installed package: where package.json, bin/ and assets/ are, from dist/ as from the sources. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error("cellgrad's own package.json is missing; install the package again")
    folder = parent
  }
  return folder
}

/** The version in package.json. */
export function packageVersion(): string {
  const json = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }
  return json.version
}

/** The version of the TypeScript that checks cells. */
export function typescriptVersion(): string {
  const json = createRequire(import.meta.url)("typescript/package.json") as { version: string }
  return json.version
}

/** The command that starts our kernel, as in a kernelspec: `cellgrad kernel` without the detour over the command line. */
export function kernelArgv(): string[] {
  return [process.execPath, join(packageRoot(), "dist", "bundle", "kernel.cjs"), "{connection_file}"]
}
