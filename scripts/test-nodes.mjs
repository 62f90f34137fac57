// node scripts/test-nodes.mjs [test files]: runs tests on the other Node releases that we support, since what frees memory and
// interrupts a cell rests on V8 and Node themselves. npm carries the binaries; they are kept in .cache/nodes/.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const versions = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" }
const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const platform = process.platform === "win32" ? "win" : process.platform
const binaries = `node-${platform}-${process.arch}`
const chosen = process.argv.slice(2)
const files =
  chosen.length > 0
    ? chosen
    : [
        "test/kernel/interrupt",
        "test/kernel/hostile",
        "test/kernel/prototypes",
        "test/kernel/session",
        "test/kernel/late-output",
        "test/kernel/comms",
        "test/kernel/subshells",
        "test/kernel/descriptors",
        "test/native/large-memory",
      ]

/** The path of this Node release's binary, installed if need be. */
function nodeOf(major) {
  const folder = join(root, ".cache", "nodes", versions[major])
  const binary = join(folder, "node_modules", binaries, "bin", platform === "win" ? "node.exe" : "node")
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), "{}")
  const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
  const npm = process.platform === "win32" ? "npm.cmd" : "npm"
  const { status } = spawnSync(npm, ["install", ...options, `${binaries}@${versions[major]}`], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  })
  if (status !== 0 || !existsSync(binary)) throw new Error(`cannot install ${binaries}@${versions[major]}`)
  return binary
}

const failed = []
for (const major of Object.keys(versions)) {
  if (process.versions.node.startsWith(`${major}.`)) {
    console.log(`\n== Node ${major}: not run, since npm test runs on ${process.versions.node}`)
    continue
  }
  console.log(`\n== Node ${versions[major]}`)
  const reporter = join(root, "scripts/test-reporter.mjs")
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  const { status } = spawnSync(nodeOf(major), [vitest, "run", "--reporter", reporter, ...files], {
    cwd: root,
    stdio: "inherit",
  })
  if (status !== 0) failed.push(`Node ${major}`)
}
console.log(failed.length > 0 ? `\nfailed: ${failed.join(", ")}` : "\nall passed")
process.exitCode = failed.length > 0 ? 1 : 0
