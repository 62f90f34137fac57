// The kernels that are compared, ours and its peers as far as they are installed, and the scripts that ask them.
import { spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { kernelArgv } from "../dist/kernel/package.js"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bench = join(root, "test/bench")
const windows = process.platform === "win32"

/** The Python that `node scripts/venv.mjs` set up. */
export const python = join(
  process.env.CELLGRAD_VENV ?? join(root, ".venv"),
  windows ? "Scripts/python.exe" : "bin/python",
)

/** Where `npm run bench -- --install-peers` installs. */
export const peers = join(bench, "peers")

/** Every kernel with how it is started and interrupted; `missing(name, how)` hears of those that are not installed. */
export function kernelsHere(missing) {
  const file = "{connection_file}"
  const kernels = [{ name: "cellgrad", language: "typescript", interrupt: "message", argv: kernelArgv() }]
  const tslab = join(root, "node_modules/tslab/bin/tslab")
  if (existsSync(tslab)) {
    const argv = [process.execPath, tslab, "kernel", "--config-path", file]
    kernels.push({ name: "tslab", language: "typescript", interrupt: "signal", argv })
  } else missing("tslab", "npm ci")
  const ipykernel = [python, "-m", "ipykernel_launcher", "-f", file]
  kernels.push({ name: "ipykernel", language: "python", interrupt: "signal", argv: ipykernel })
  const deno = denoBinary()
  if (deno) {
    const argv = [deno, "jupyter", "--kernel", "--conn", file]
    kernels.push({ name: "deno", language: "typescript", interrupt: "message", argv })
  } else missing("deno", "npm run bench -- --install-peers")
  return kernels
}

/** The lines of JSON that a Python script of test/bench prints, as they come. */
export async function* linesOf(script, ...words) {
  const child = spawn(python, [join(bench, script), ...words], { stdio: ["ignore", "pipe", "ignore"] })
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line)
}

/** The executable inside Deno's npm package, which differs by platform. */
function denoBinary() {
  const scope = join(peers, "node_modules/@deno")
  if (!existsSync(scope)) return undefined
  const name = windows ? "deno.exe" : "deno"
  return readdirSync(scope)
    .map((folder) => join(scope, folder, name))
    .find((path) => existsSync(path))
}
