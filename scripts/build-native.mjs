// Builds the native kernels into dist/native/<platform>-<arch>.node: one translation unit for each instruction set, the
// best of which is picked when the addon loads. Needs a C++17 compiler and nothing else; without one the product works on
// the plain TypeScript backend.
//
//   node scripts/build-native.mjs [--force] [--sanitize[=address|thread]] [--out=FOLDER]
//
// CXX names the compiler, CELLGRAD_NO_NATIVE=1 leaves the native part out.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join, resolve } from "node:path"
import { commonFlags, fingerprint, headersDirectory, instructionSets, root, sources } from "./kernel-sources.mjs"

const out = process.argv.find((argument) => argument.startsWith("--out="))
const target = out === undefined ? join(root, "dist/native") : resolve(out.slice("--out=".length))

const portable = { Portable: [] }

/** Prints one line; installers show what scripts print, so there is only ever one. */
const say = (line) => console.log(`native kernels: ${line}`)

/** Compilers by preference: what CXX says, else the usual names. CXX may hold arguments too ("ccache g++"). */
function findCompiler() {
  const named = process.env.CXX?.trim()
  for (const command of named ? [named] : ["clang++", "g++", "c++"]) {
    const [program, ...args] = command.split(/\s+/)
    const probe = spawnSync(program, [...args, "--version"], { encoding: "utf8" })
    if (probe.status === 0) return { program, args, version: probe.stdout.split("\n")[0] }
  }
  return null
}

/** Runs a compiler command; resolves with what it printed when it failed, or null. */
function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: sources })
    let output = ""
    const collect = (chunk) => {
      output += chunk
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.on("error", (error) => resolve(error.message))
    child.on("close", (code) => resolve(code === 0 ? null : output || `exit code ${code}`))
  })
}

/** Runs commands, as many at once as there are cores; resolves with the first failure, or null. */
async function runAll(commands) {
  const queue = [...commands]
  let failure = null
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && failure === null; next = queue.shift()) {
      failure = (await run(...next)) ?? failure
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), commands.length) }, worker))
  return failure
}

async function main() {
  const force = process.argv.includes("--force")
  const sanitize = process.argv.find((argument) => argument.startsWith("--sanitize"))
  const sanitizer = sanitize && (sanitize.split("=")[1] ?? "address,undefined")
  if (process.env.CELLGRAD_NO_NATIVE === "1") return say("left out (CELLGRAD_NO_NATIVE=1)")
  if (process.platform === "win32") return say("not built on Windows yet; the plain TypeScript backend serves")
  const headers = headersDirectory()
  if (headers === null) return say("left out, because node-api-headers is not installed")
  const compiler = findCompiler()
  if (compiler === null)
    return say("left out, because there is no C++ compiler (clang++ or g++); everything works, slower")

  const sets = instructionSets[process.arch] ?? portable
  const flags = [
    ...commonFlags,
    sanitizer ? "-O1" : "-O3",
    "-fPIC",
    ...(sanitizer ? [`-fsanitize=${sanitizer}`, "-g", "-fno-omit-frame-pointer"] : []),
  ]
  const link = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-pthread", "-lm", "-ldl"]

  const current = fingerprint([compiler.program, compiler.args, compiler.version, flags, sets, link], ["wasm.cpp"])
  const addon = join(target, `${process.platform}-${process.arch}.node`)
  const stamp = `${addon}.sha256`
  if (!force && existsSync(addon) && existsSync(stamp) && readFileSync(stamp, "utf8") === current) {
    return say("up to date")
  }

  const started = Date.now()
  mkdirSync(target, { recursive: true })
  const work = mkdtempSync(join(target, "build-"))
  try {
    const objects = []
    const compile = (source, name, extra) => {
      const object = join(work, `${name}.o`)
      objects.push(object)
      return [compiler.program, [...compiler.args, ...flags, ...extra, "-c", source, "-o", object]]
    }
    const commands = [
      ...Object.entries(sets).map(([name, extra]) =>
        compile("kernels.cpp", name, [...extra, `-DCELLGRAD_ISA=${name}`]),
      ),
      compile("pool.cpp", "pool", []),
      compile("system.cpp", "system", []),
      compile("addon.cpp", "addon", [`-I${headers}`]),
    ]
    const built = join(work, "addon.node")
    const failure =
      (await runAll(commands)) ??
      (await run(compiler.program, [
        ...compiler.args,
        "-shared",
        ...(sanitizer ? [`-fsanitize=${sanitizer}`] : []),
        ...objects,
        "-o",
        built,
        ...link,
      ]))
    if (failure !== null) {
      console.error(failure.trimEnd())
      return say(`not built: ${compiler.program} failed as shown above; everything works on plain TypeScript, slower`)
    }
    // Into place in one step, so that a process which loads the addon just now sees the old or the new one, whole.
    renameSync(built, addon)
    writeFileSync(stamp, current)
    say(
      `built ${Object.keys(sets).join(", ")} with ${compiler.version} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

await main()
