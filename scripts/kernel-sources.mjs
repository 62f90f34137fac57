// What the scripts that compile src/native/kernels/ share: where the sources are, the flags for every target, the cross
// compiler, and a fingerprint that tells whether a binary is of these sources.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = join(dirname(fileURLToPath(import.meta.url)), "..")
export const sources = join(root, "src/native/kernels")

/** The instruction sets that the kernels are compiled for, and what tells the compiler to. */
const avx512 = ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx2", "-mfma", "-mprefer-vector-width=512"]
export const instructionSets = {
  x64: {
    Amx: [...avx512, "-mamx-tile", "-mamx-bf16"],
    Avx512: avx512,
    Avx2: ["-mavx2", "-mfma"],
    Sse2: ["-msse2"],
  },
  arm64: { Neon: [] },
}
/** The flags of every build, whatever the compiler and the target. */
export const commonFlags = [
  "-std=c++17",
  "-fno-exceptions",
  "-fno-rtti",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=fast",
  "-fvisibility=hidden",
  "-Wno-psabi",
]

/** For targets whose system headers are not at hand: nothing but the compiler's own and freestanding/. */
export const freestandingFlags = [
  ...commonFlags,
  "-ffreestanding",
  "-nostdinc++",
  "-fno-stack-protector",
  "-fno-threadsafe-statics",
  "-isystem",
  "freestanding",
]

/** The SHA-256 of what is given and of the sources, by their paths; `leftOut` names those that the build does not use. */
export function fingerprint(given, leftOut = []) {
  const hash = createHash("sha256").update(JSON.stringify(given))
  for (const file of readdirSync(sources, { recursive: true }).sort()) {
    if (!/\.(h|cpp)$/.test(file) || leftOut.includes(file)) continue
    hash.update(file.replaceAll("\\", "/")).update(readFileSync(join(sources, file)))
  }
  return hash.digest("hex")
}

/** A clang that compiles for other targets, with its linkers: CELLGRAD_CLANG, or one on PATH; null where there is none. */
export function findClang() {
  const named = process.env.CELLGRAD_CLANG
  for (const program of named ? [named] : ["clang++-16", "clang++", "clang++-19", "clang++-18", "clang++-17"]) {
    const probe = spawnSync(program, ["--version"], { encoding: "utf8" })
    if (probe.status !== 0) continue
    const linker = spawnSync(program, ["-print-prog-name=wasm-ld"], { encoding: "utf8" }).stdout.trim()
    if (spawnSync(linker, ["--version"]).status !== 0) continue
    return { program, tools: dirname(linker), version: probe.stdout.split("\n")[0].trim() }
  }
  return null
}

/** Where the headers of Node-API are, or null. */
export function headersDirectory() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node-api-headers/package.json")
    return join(dirname(manifest), "include")
  } catch {
    return null
  }
}
