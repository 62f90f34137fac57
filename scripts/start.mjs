// `npm start`: builds what is missing or old, runs the first notebook of the course, says what to do next.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const notebook = "notebooks/01-feed-forward.ipynb"
const out = "out"

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

/** When the newest of the TypeScript sources below a folder was written. */
function newest(folder) {
  const times = readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
  return Math.max(0, ...times)
}

function isStale() {
  const built = join(root, "dist/bundle/main.js")
  if (!existsSync(built)) return true
  const time = statSync(built).mtimeMs
  return newest("src") > time || newest("kernel") > time
}

if (isStale()) {
  console.log("building …")
  node("scripts/build.mjs")
}

node("bin/cellgrad.js", "run", notebook, "--out", out, "--html")

const page = relative(process.cwd(), join(root, out, "01-feed-forward.html"))
console.log(`
open   ${page}   in a browser: the notebook with its charts, no network needed
then   npx cellgrad install     to use TypeScript in Jupyter and VS Code
  or   npx cellgrad repl        to try it in the terminal`)
