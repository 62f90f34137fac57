import { existsSync, readdirSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe } from "vitest"

/** The checkout's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url))

/** What some tests need beside npm packages. */
export type Requirement =
  | "jupyter"
  | "torch"
  | "exchange"
  | "chromium"
  | "tslab"
  | "deno"
  | "compiler"
  | "clang"
  | "qemu"
  | "wine"
  | "sanitizer"

const windows = process.platform === "win32"
const venv = process.env.CELLGRAD_VENV ?? join(root, ".venv")
const venvBin = join(venv, windows ? "Scripts" : "bin")

/** The Python of the virtual environment that `node scripts/venv.mjs` makes. */
export const python = join(venvBin, windows ? "python.exe" : "python")

/** The path of a Chromium that playwright-core can drive, or undefined. */
export const chromium: string | undefined = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path))

const peers = join(root, "test/bench/peers/node_modules")

/** The path of the Deno that npm brought, or undefined. */
export const deno: string | undefined = listFolder(join(peers, "@deno"))
  .map((platform) => join(peers, "@deno", platform, windows ? "deno.exe" : "deno"))
  .find((path) => existsSync(path))

/** The environment for a child process that should find the virtual environment's programs first. */
export function pythonEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${venvBin}${delimiter}${process.env.PATH ?? ""}`, VIRTUAL_ENV: venv, ...extra }
}

/** Whether the virtual environment holds these packages; read from disk, since starting Python costs 100 ms a time. */
function pythonHas(...packages: string[]): boolean {
  if (!existsSync(python)) return false
  const lib = windows ? [join(venv, "Lib")] : listFolder(join(venv, "lib")).map((name) => join(venv, "lib", name))
  return packages.every((name) => lib.some((folder) => existsSync(join(folder, "site-packages", name))))
}

function listFolder(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function onPath(name: string): boolean {
  const names = windows ? [`${name}.exe`] : [name]
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => names.some((file) => existsSync(join(folder, file))))
}

interface Probe {
  present: () => boolean
  install: string
}

const probes: Record<Requirement, Probe> = {
  jupyter: {
    present: () => pythonHas("jupyter_client", "nbclient", "nbconvert", "jupyter_server", "jupyterlab"),
    install: "node scripts/venv.mjs",
  },
  exchange: {
    present: () => pythonHas("torch", "numpy", "safetensors", "onnx", "onnxruntime"),
    install: "node scripts/venv.mjs",
  },
  torch: { present: () => pythonHas("torch"), install: "node scripts/venv.mjs" },
  chromium: { present: () => chromium !== undefined, install: "apt-get install chromium, or set CHROMIUM to its path" },
  tslab: { present: () => existsSync(join(root, "node_modules/tslab")), install: "npm ci" },
  deno: { present: () => deno !== undefined, install: "npm run bench -- --install-peers" },
  compiler: {
    present: () => process.env.CXX !== undefined || ["c++", "g++", "clang++"].some(onPath),
    install: "apt-get install g++ (or clang)",
  },
  clang: {
    present: () => process.env.CELLGRAD_CLANG !== undefined || (onPath("clang++-16") && onPath("wasm-ld-16")),
    install: "apt-get install clang-16 lld-16",
  },
  qemu: {
    present: () => onPath("qemu-aarch64-static") && existsSync("/usr/aarch64-linux-gnu/lib/libstdc++.so.6"),
    install: "apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross",
  },
  sanitizer: {
    // Compiling takes a minute, which only CI spends unasked.
    present: () => process.env.CI === "true" || existsSync(join(root, ".cache/sanitized")),
    install: "node scripts/build-native.mjs --sanitize --out=.cache/sanitized (with g++, on Linux)",
  },
  wine: { present: () => onPath("wine"), install: "apt-get install wine wine64" },
}

/** The first of `needs` that this machine lacks, with the command that brings it; undefined when all are here. */
export function missing(...needs: Requirement[]): string | undefined {
  for (const need of needs) if (!probes[need].present()) return `needs ${need}: ${probes[need].install}`
  return undefined
}

/**
 * Vitest's `describe` for tests that need more than npm packages: `requires("jupyter")("nbclient", () => { … })`.
 * Where a piece is missing, the tests are skipped and the suite's name says why; with `CI=true` that is an error.
 */
export function requires(...needs: Requirement[]): (name: string, body: () => void) => void {
  const reason = missing(...needs)
  if (reason === undefined) return (name, body) => describe(name, body)
  if (process.env.CI === "true") throw new Error(`CI=true, and this test ${reason}`)
  return (name, body) => describe.skip(`${name} [${reason}]`, body)
}
