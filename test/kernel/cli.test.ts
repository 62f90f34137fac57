import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { packageVersion } from "../../kernel/package.js"

const bin = fileURLToPath(new URL("../../bin/cellgrad.js", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "cellgrad-cli-"))
afterAll(() => rmSync(folder, { recursive: true }))

function cellgrad(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" })
  return { status, stdout, stderr }
}

describe("the command line", () => {
  test("--version and --help", () => {
    expect(cellgrad("--version")).toEqual({ status: 0, stdout: `${packageVersion()}\n`, stderr: "" })
    const help = cellgrad("--help")
    expect(help.status).toBe(0)
    for (const command of ["run", "repl", "eval", "handout", "install", "uninstall", "kernel"]) {
      expect(help.stdout).toContain(`cellgrad ${command} `)
    }
    expect(cellgrad().stdout).toBe(help.stdout)
    expect(cellgrad("run", "--help").stdout).toMatch(/^cellgrad run NOTEBOOK…[\s\S]*--timeout SECONDS/)
    expect(cellgrad("help", "run").stdout).toBe(cellgrad("run", "-h").stdout)
  })

  writeFileSync(join(folder, "broken.ipynb"), "{")
  writeFileSync(
    join(folder, "python.ipynb"),
    '{"nbformat":4,"cells":[],"metadata":{"kernelspec":{"language":"python"}}}',
  )
  writeFileSync(join(folder, "broken.json"), "{")

  test.each([
    [["handout"], "handout needs a notebook; try cellgrad handout --help"],
    [["handout", "a.ipynb"], "handout needs --out, the folder of the students' notebooks; try cellgrad handout --help"],
    [["handout", "a.ipynb", "--out", "b"], "a.ipynb does not exist"],
    [["frob"], 'unknown command "frob"; try cellgrad --help'],
    [["constructor"], 'unknown command "constructor"; try cellgrad --help'],
    [["--frob"], "unknown option --frob; try cellgrad --help"],
    [["run"], "run needs a notebook; try cellgrad run --help"],
    [["run", "--frob", "x"], "run: unknown option '--frob'; try cellgrad run --help"],
    [["run", "x", "--timeout", "soon"], '--timeout needs a number of seconds, not "soon"; try cellgrad run --help'],
    [["run", "x", "--out", "a", "--in-place"], "--in-place and --out exclude each other; try cellgrad run --help"],
    [["run", "x", "-p", "lr"], '-p needs a name and a value, not "lr"; try cellgrad run --help'],
    [["run", "x", "-p", "l-r", "1"], '-p needs a name and a value, not "l-r=1"; try cellgrad run --help'],
    [["run", "missing.ipynb"], "missing.ipynb does not exist"],
    [["run", "broken.ipynb"], /broken\.ipynb is not a notebook: /],
    [["run", "python.ipynb"], "python.ipynb is not a notebook we can run: its language is python, not typescript"],
    [
      ["install", "--user", "--sys-prefix"],
      "--user, --sys-prefix and --prefix exclude each other; try cellgrad install --help",
    ],
    [["install", "here"], 'install takes no argument "here"; try cellgrad install --help'],
    [["install", "--prefix", ".", "--name", "a/b"], /"a\/b" is no kernel name/],
    [["uninstall", "--prefix", "nowhere"], /no kernel is installed at /],
    [["kernel"], "kernel needs one connection file; try cellgrad kernel --help"],
    [["kernel", "missing.json"], "connection file missing.json does not exist"],
    [["kernel", "broken.json"], /connection file broken\.json is not JSON: /],
    [["repl", "extra"], 'repl takes no argument "extra"; try cellgrad repl --help'],
    [["eval"], "eval needs its code as one argument; try cellgrad eval --help"],
  ])("cellgrad %j: one line and exit code 2", (args, message) => {
    const { status, stdout, stderr } = cellgrad(...args)
    expect(status).toBe(2)
    expect(stdout).toBe("")
    expect(stderr.split("\n")).toHaveLength(2)
    if (typeof message === "string") expect(stderr).toBe(`cellgrad: ${message}\n`)
    else expect(stderr).toMatch(message)
  })

  test("install and uninstall say where", () => {
    const at = join(folder, "share", "jupyter", "kernels", "cellgrad")
    expect(cellgrad("install", "--prefix", folder).stdout).toBe(`installed "TypeScript (Cellgrad)" in ${at}\n`)
    expect(cellgrad("uninstall", "--prefix", folder).stdout).toBe(`removed ${at}\n`)
  })
})
