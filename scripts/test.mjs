// npm test: builds, checks types, lints and runs every test; the last line is "N passed, N failed, N skipped".
//   npm test                         everything; the operations on every backend
//   npm test -- test/kernel          builds and runs the tests under a path (or with vitest's options)
//   CI=true npm test                 a missing Python package, PyTorch or Chromium fails instead of skipping
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const modules = join(root, "node_modules")
const selection = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: 0 }
const failedStages = []

function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } })
    child.once("error", (error) => {
      console.log(`  ${error.message}`)
      resolve(1)
    })
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 1))
  })
}

/** Runs one stage, which counts as one test unless it brings counts of its own. */
async function stage(name, script, args, { env, counts } = {}) {
  const begin = performance.now()
  console.log(`\n== ${name}`)
  const code = await run(process.execPath, [script, ...args], env)
  const own = counts?.(code) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  for (const key of ["passed", "failed", "skipped"]) total[key] += own[key]
  const ok = code === 0 && own.failed === 0
  if (!ok) failedStages.push(name)
  console.log(
    `== ${name}: ${ok ? "ok" : `FAILED (exit ${code})`}  ${((performance.now() - begin) / 1000).toFixed(1)} s`,
  )
  return ok
}

/** Runs tests in a stage of their own, on the backend that is named. */
function vitest(name, selection, backend) {
  const args = ["run", "--reporter", join(root, "scripts/test-reporter.mjs"), ...selection]
  const env = { CELLGRAD_TEST_REPORT: reportFile, ...(backend && { CELLGRAD_BACKEND: backend }) }
  rmSync(reportFile, { force: true })
  return stage(name, join(modules, "vitest/vitest.mjs"), args, { env, counts: readReport })
}

const scratch = mkdtempSync(join(tmpdir(), "cellgrad-test-"))
const reportFile = join(scratch, "report.json")
const reasons = []

function readReport(code) {
  try {
    const report = JSON.parse(readFileSync(reportFile, "utf8"))
    reasons.push(...report.reasons)
    // Vitest can fail for reasons that belong to no test, such as a selection that matches no file.
    if (code !== 0 && report.failed === 0) report.failed = 1
    return report
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

try {
  await stage("build", join(root, "scripts/build.mjs"), [])
  if (selection.length === 0) {
    await stage("types", join(modules, "typescript/bin/tsc"), ["--noEmit", "-p", "tsconfig.json"])
    await stage("lint", join(modules, "@biomejs/biome/bin/biome"), ["check", "--error-on-warnings", "."])
  } else {
    console.log("\n== types, lint: not run, because a selection of tests was given")
  }
  await vitest("tests", selection)
  if (selection.length === 0) {
    // The operations once more on what computes where there are no native kernels. Not the comparisons with central
    // differences: they are of float64, which every backend computes in the same place.
    const operations = ["test/ops/values", "test/ops/order", "test/autograd", "test/nn", "test/golden", "test/optim"]
    const others = [...operations, "--exclude", "test/golden/regenerate.test.ts"]
    const kernels = ["native", "accuracy", "attention", "recurrent", "windows"].map(
      (name) => `test/native/${name}.test`,
    )
    await vitest("tests on WebAssembly", [...kernels, ...others], "wasm")
    // A minute of whole trainings in plain TypeScript would hold nothing that their operations do not.
    const short = [...others, "--exclude", "test/golden/trainings.test.ts", "--testTimeout", "120000"]
    await vitest("tests on the reference", short, "reference")
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

if (reasons.length > 0) console.log(`\nskipped:\n${reasons.map((reason) => `  ${reason}`).join("\n")}`)
if (failedStages.length > 0) console.log(`\nfailed: ${failedStages.join(", ")}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 && failedStages.length === 0 ? 0 : 1
