// Builds the native kernels for every platform that the package carries into prebuilt/, and the WebAssembly build: from
// the one source, with clang and lld alone, no headers or libraries of any system.
//
//   npm run build:all
//   node scripts/build-all.mjs linux-arm64 win32-x64     some of them
//
// `npm pack` runs it. CELLGRAD_CLANG names the compiler.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import {
  findClang,
  fingerprint,
  freestandingFlags,
  headersDirectory,
  instructionSets,
  root,
  sources,
} from "./kernel-sources.mjs"

const target = join(root, "prebuilt")

/** Each platform's clang triple, and how its objects become a library that Node loads. */
const platforms = {
  "linux-x64": { triple: "x86_64-linux-gnu", link: linux },
  "linux-arm64": { triple: "aarch64-linux-gnu", link: linux },
  "darwin-x64": { triple: "x86_64-apple-macos11", link: darwin("x86_64") },
  "darwin-arm64": { triple: "arm64-apple-macos11", link: darwin("arm64") },
  "win32-x64": { triple: "x86_64-pc-windows-msvc", link: windows },
}

// Symbols of Node and of the C library are found in the process when the addon loads.

function linux({ tool, objects, output }) {
  return [[tool("ld.lld"), ["-shared", "--strip-all", "--gc-sections", "-z", "noexecstack", ...objects, "-o", output]]]
}

function darwin(arch) {
  return ({ tool, objects, output, work }) => {
    // The linker wants a libSystem to name, which every process has; what is in it does not matter here.
    const stub = join(work, "libSystem.tbd")
    writeFileSync(stub, librarySystem)
    const flags = [
      "-arch",
      arch,
      "-platform_version",
      "macos",
      "11.0",
      "11.0",
      "-dylib",
      "-undefined",
      "dynamic_lookup",
    ]
    return [[tool("ld64.lld"), [...flags, "-x", "-adhoc_codesign", ...objects, stub, "-o", output]]]
  }
}

/** Import libraries, as the linker makes them beside a library that has the names, and then the addon itself. */
function windows({ clang, tool, objects, output, work }) {
  const stubs = Object.entries(windowsImports).map(([library, names]) => {
    const source = join(work, `${library}.c`)
    writeFileSync(source, names.map((name) => `__declspec(dllexport) void ${name}(void) {}\n`).join(""))
    const [object, stub] = [`${source}.obj`, join(work, `${library}.lib`)]
    const compile = [
      clang.program,
      ["--target=x86_64-pc-windows-msvc", "-w", "-fno-builtin", "-x", "c", "-c", source, "-o", object],
    ]
    const link = [
      tool("lld-link"),
      ["/dll", "/noentry", "/nodefaultlib", `/out:${join(work, library)}`, `/implib:${stub}`, object],
    ]
    return { stub, commands: [compile, link] }
  })
  const flags = [
    "/dll",
    "/nodefaultlib",
    "/entry:DllMainCRTStartup",
    `/implib:${join(work, "addon.lib")}`,
    `/out:${output}`,
  ]
  return [
    ...stubs.flatMap(({ commands }) => commands),
    [tool("lld-link"), [...flags, ...objects, ...stubs.map(({ stub }) => stub)]],
  ]
}

/** What the Windows binary takes from which library. */
const windowsImports = {
  "node.exe": [
    "napi_add_env_cleanup_hook",
    "napi_close_handle_scope",
    "napi_create_arraybuffer",
    "napi_create_double",
    "napi_create_function",
    "napi_create_int32",
    "napi_create_reference",
    "napi_create_string_utf8",
    "napi_create_typedarray",
    "napi_create_uint32",
    "napi_delete_reference",
    "napi_get_cb_info",
    "napi_get_reference_value",
    "napi_get_typedarray_info",
    "napi_get_value_int32",
    "napi_get_value_uint32",
    "napi_open_handle_scope",
    "napi_set_named_property",
    "napi_throw_error",
    "napi_throw_type_error",
  ],
  "kernel32.dll": [
    "CloseHandle",
    "CreateThread",
    "FlsAlloc",
    "FlsGetValue",
    "FlsSetValue",
    "GetEnvironmentVariableA",
    "GetModuleHandleExA",
    "GetProcAddress",
    "LoadLibraryA",
    "Sleep",
    "SwitchToThread",
    "VirtualAlloc",
    "VirtualFree",
  ],
  "ntdll.dll": ["__chkstk"],
  "ucrtbase.dll": ["cos", "memcpy", "memmove", "memset", "powf", "sin"],
}

/** A description of macOS's system library: of its name alone. */
const librarySystem = `--- !tapi-tbd
tbd-version: 4
targets: [x86_64-macos, arm64-macos]
install-name: /usr/lib/libSystem.B.dylib
exports:
  - targets: [x86_64-macos, arm64-macos]
    symbols: [dyld_stub_binder]
...
`

/** Runs commands one after the other; throws with what the first that fails said. */
function runInOrder(commands) {
  for (const [program, args] of commands) {
    const run = spawnSync(program, args, { cwd: sources, encoding: "utf8" })
    if (run.status !== 0) throw new Error(`${program} ${args.join(" ")}\n${run.stderr || run.error?.message}`)
  }
}

/** Compiles in child processes, as many at once as there are cores. */
async function runAtOnce(commands) {
  const queue = [...commands]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [program, args] = next
      await new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: sources, stdio: ["ignore", "inherit", "inherit"] })
        child.once("error", reject)
        child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${program} failed as shown above`))))
      })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

async function build(name, clang) {
  const { triple, link } = platforms[name]
  const arch = name.split("-")[1]
  const windows = name.startsWith("win32")
  const flags = [
    `--target=${triple}`,
    "-O3",
    ...freestandingFlags,
    ...(windows ? [] : ["-fPIC"]),
    `-I${headersDirectory()}`,
  ]
  const output = join(target, `${name}.node`)
  const stamp = `${output}.sha256`
  const current = fingerprint([clang.version, flags, link.toString(), windowsImports], ["wasm.cpp"])
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === current) return "up to date"
  const work = mkdtempSync(join(target, "build-"))
  try {
    const units = [
      ...Object.entries(instructionSets[arch]).map(([set, extra]) => [
        set,
        "kernels.cpp",
        ...extra,
        `-DCELLGRAD_ISA=${set}`,
      ]),
      ["pool", "pool.cpp"],
      ["system", "system.cpp"],
      ["addon", "addon.cpp"],
    ]
    const objects = units.map(([unit]) => join(work, `${unit}.o`))
    await runAtOnce(units.map(([, ...args], i) => [clang.program, [...flags, ...args, "-c", "-o", objects[i]]]))
    const built = join(work, `${name}.node`)
    const tool = (linker) => join(clang.tools, linker)
    runInOrder(link({ clang, tool, objects, output: built, work }))
    renameSync(built, output)
    writeFileSync(stamp, current)
    return `${(statSync(output).size / 1024).toFixed(0)} KB`
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !Object.hasOwn(platforms, name))
try {
  if (unknown !== undefined)
    throw new Error(`${unknown} is no platform; there are ${Object.keys(platforms).join(", ")}`)
  const clang = findClang()
  if (clang === null)
    throw new Error("there is no clang with lld (apt-get install clang-16 lld-16), or CELLGRAD_CLANG names none")
  mkdirSync(target, { recursive: true })
  for (const name of wanted.length > 0 ? wanted : Object.keys(platforms))
    console.log(`${name}: ${await build(name, clang)}`)
  if (wanted.length === 0) runInOrder([[process.execPath, [join(root, "scripts/build-wasm.mjs"), "--check"]]])
} catch (error) {
  console.error(`build:all: ${error.message.trimEnd()}`)
  process.exitCode = 1
}
