// Builds the kernels as WebAssembly into assets/native/kernels.wasm, with clang and lld. The binary is kept in the
// repository, so that the product has it where there is no compiler; kernels.json beside it tells of which sources it is.
//
//   npm run build:wasm
//   node scripts/build-wasm.mjs --out FILE     writes the binary elsewhere and no kernels.json
//   node scripts/build-wasm.mjs --check        fails when the binary is not of the sources as they stand; needs no compiler
//
// CELLGRAD_CLANG names the compiler; without it, the first clang on PATH that has wasm-ld.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import { findClang, fingerprint, freestandingFlags, root, sources } from "./kernel-sources.mjs"

const binary = join(root, "assets/native/kernels.wasm")
const record = join(root, "assets/native/kernels.json")

const compile = [
  "--target=wasm32",
  "-O2",
  "-msimd128",
  "-mbulk-memory",
  // Its addresses are additions that cannot be folded into loads: a third of the speed of a matrix product.
  "-mllvm",
  "-disable-lsr",
  "-DCELLGRAD_ISA=Wasm",
  ...freestandingFlags,
]
const link = [
  "-nostdlib",
  "-Wl,--no-entry",
  "-Wl,--allow-undefined", // sin, cos and powf come from JavaScript
  "-Wl,--max-memory=4294967296",
  "-Wl,--stack-first",
  "-Wl,-z,stack-size=262144",
  "-Wl,--strip-all",
]

const sourcesHash = () => fingerprint([compile, link], ["addon.cpp", "pool.cpp", "system.cpp", "system.h", "atomic.h"])
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex")

function build(output) {
  const clang = findClang()
  if (clang === null)
    throw new Error("there is no clang with wasm-ld (apt-get install clang-16 lld-16), or CELLGRAD_CLANG names none")
  mkdirSync(dirname(output), { recursive: true })
  const args = [...compile, "kernels.cpp", "wasm.cpp", ...link, "-o", output]
  const run = spawnSync(clang.program, args, { cwd: sources, encoding: "utf8" })
  if (run.status !== 0) throw new Error(run.stderr || run.error?.message || `${clang.program} failed`)
  console.log(`built ${output}, ${(statSync(output).size / 1024).toFixed(0)} KB, with ${clang.version}`)
  return clang.version
}

function check() {
  const recorded = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {}
  if (recorded.sources !== sourcesHash()) throw new Error("the kernels have changed since; run: npm run build:wasm")
  if (recorded.binary !== sha256(readFileSync(binary)))
    throw new Error("the binary is not the one that kernels.json tells of; run: npm run build:wasm")
  console.log(`${relative(root, binary)} is of these sources`)
}

const { out, check: onlyCheck } = parseArgs({
  options: { out: { type: "string" }, check: { type: "boolean", default: false } },
}).values
try {
  if (onlyCheck) check()
  else if (out !== undefined) build(resolve(out))
  else {
    const compiler = build(binary)
    const told = { sources: sourcesHash(), binary: sha256(readFileSync(binary)), compiler }
    writeFileSync(record, `${JSON.stringify(told, null, 2)}\n`)
  }
} catch (error) {
  console.error(`build:wasm: ${error.message.trimEnd()}`)
  process.exitCode = 1
}
