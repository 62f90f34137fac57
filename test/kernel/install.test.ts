import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { InstallError, installKernel, specFolder, uninstallKernel, userDataFolder } from "../../kernel/install.js"

const prefix = mkdtempSync(join(tmpdir(), "cellgrad-install-"))
afterAll(() => rmSync(prefix, { recursive: true }))

describe("the kernelspec", () => {
  test("is written with its logos, is what Jupyter needs, and goes again", () => {
    const folder = installKernel({ prefix })
    expect(folder).toBe(join(prefix, "share", "jupyter", "kernels", "cellgrad"))
    expect(readdirSync(folder).sort()).toEqual(["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"])
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"))
    expect(spec).toMatchObject({
      display_name: "TypeScript (Cellgrad)",
      language: "typescript",
      interrupt_mode: "message",
    })
    expect(spec.argv).toEqual([
      process.execPath,
      expect.stringMatching(/dist.bundle.kernel\.cjs$/),
      "{connection_file}",
    ])
    expect(existsSync(spec.argv[1])).toBe(true)
    const header = readFileSync(join(folder, "logo-32x32.png"))
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([32, 32])
    expect(uninstallKernel({ prefix })).toBe(folder)
    expect(existsSync(folder)).toBe(false)
    expect(() => uninstallKernel({ prefix })).toThrow(InstallError)
  })

  test("takes another name; what others put beside it stays", () => {
    const folder = installKernel({ prefix, name: "Mine", displayName: "My TypeScript" })
    expect(folder).toMatch(/mine$/)
    expect(readFileSync(join(folder, "kernel.json"), "utf8")).toContain('"display_name": "My TypeScript"')
    writeFileSync(join(folder, "notes.txt"), "")
    uninstallKernel({ prefix, name: "mine" })
    expect(readdirSync(folder)).toEqual(["notes.txt"])
  })

  test("says what a type error does to cells, when asked to", () => {
    const folder = installKernel({ prefix, name: "lenient", check: "warn" })
    const { argv } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"))
    expect(argv.slice(2)).toEqual(["--check", "warn", "{connection_file}"])
    uninstallKernel({ prefix, name: "lenient" })
  })

  test.each(["", "..", "a/b", "a b", "../x"])("refuses the name %j", (name) => {
    expect(() => specFolder({ prefix, name })).toThrow(/is no kernel name/)
  })

  test("goes where Jupyter looks on each platform", () => {
    expect(userDataFolder({ JUPYTER_DATA_DIR: "/j" }, "linux")).toBe("/j")
    expect(userDataFolder({ XDG_DATA_HOME: "/x" }, "linux")).toBe(join("/x", "jupyter"))
    expect(userDataFolder({}, "linux")).toBe(join(homedir(), ".local", "share", "jupyter"))
    expect(userDataFolder({}, "darwin")).toBe(join(homedir(), "Library", "Jupyter"))
    expect(userDataFolder({ APPDATA: "/a" }, "win32")).toBe(join("/a", "jupyter"))
  })

  test("a folder that cannot be made is one clear line", () => {
    const file = join(prefix, "file")
    writeFileSync(file, "")
    expect(() => installKernel({ prefix: file })).toThrow(/^cannot write .*: (ENOTDIR|EEXIST|ENOENT)$/)
  })
})
