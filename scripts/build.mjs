// Builds dist/ (JavaScript and declarations) with the TypeScript compiler, bundles the kernel in it, then builds the native
// kernels where a C++ compiler exists.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const node = (script, ...args) => {
  const run = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" })
  if (run.status !== 0) process.exit(run.status ?? 1)
}

node(join(root, "node_modules/typescript/bin/tsc"), "-p", "scripts/tsconfig.build.json")
node(join(root, "scripts/bundle.mjs"))
const native = join(root, "scripts/build-native.mjs")
if (existsSync(native)) node(native)
