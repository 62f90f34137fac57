// Makes .venv/ with the Python packages that the client tests, the golden data and the benchmark compare against.
//   node scripts/venv.mjs            does nothing when .venv/ already fits test/requirements.txt
//   PYTHON=python3.12 node scripts/venv.mjs
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const venv = process.env.CELLGRAD_VENV ?? join(root, ".venv")
const requirements = join(root, "test/requirements.txt")
const windows = process.platform === "win32"
const base = process.env.PYTHON ?? (windows ? "python" : "python3")
const python = join(venv, windows ? "Scripts/python.exe" : "bin/python")
const stampFile = join(venv, "cellgrad-stamp")

function fail(message) {
  console.error(`venv: ${message}`)
  process.exit(1)
}

function run(what, command, args) {
  console.log(`venv: ${what}`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" })
  if (error) fail(`${command} did not start: ${error.message}`)
  return status === 0
}

const version = spawnSync(base, ["--version"], { encoding: "utf8" })
if (version.status !== 0) fail(`no Python found as "${base}"; install python3, or set PYTHON to its path`)

const wanted = createHash("sha256").update(version.stdout.trim()).update(readFileSync(requirements)).digest("hex")
const begin = performance.now()
if (existsSync(python) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) {
  console.log(`venv: ${venv} is up to date`)
} else {
  rmSync(venv, { recursive: true, force: true })
  if (!run(`creating ${venv} with ${version.stdout.trim()}`, base, ["-m", "venv", venv]))
    fail("`python3 -m venv` failed; on Debian: apt-get install python3-venv")
  const install = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-qq"]
  if (!run("installing test/requirements.txt (PyTorch is large: minutes)", python, [...install, "-r", requirements]))
    fail("pip could not install test/requirements.txt; see its message above")
  writeFileSync(stampFile, wanted)
  console.log(`venv: ready in ${((performance.now() - begin) / 1000).toFixed(0)} s`)
}
