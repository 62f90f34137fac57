import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startLanguage } from "../../kernel/language-server.js"
import { npmImports, npmSpecifier } from "../../kernel/npm-packages.js"
import { Session } from "../../kernel/session.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-npm-"))
const said: string[] = []
const session = new Session({
  cwd: folder,
  output: {
    stream: (_name, text) => said.push(text),
    display() {},
    result: ({ data }) => said.push(String(data["text/plain"])),
    error: ({ evalue }) => said.push(evalue),
    clearOutput() {},
    input: async () => "",
  },
})

async function run(code: string): Promise<string> {
  said.length = 0
  await session.execute(code)
  return said.join("")
}

let registry: Server
let requests = 0

/** A registry with one package, `tiny-npm`, in version 1.2.0. */
async function startRegistry(): Promise<void> {
  const source = join(folder, "tiny-npm")
  mkdirSync(source)
  const manifest = {
    name: "tiny-npm",
    version: "1.2.0",
    type: "module",
    exports: { ".": "./index.js" },
    types: "index.d.ts",
  }
  writeFileSync(join(source, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(source, "index.js"), "export const tiny = (n) => 'tiny ' + n\nexport default 7\n")
  writeFileSync(
    join(source, "index.d.ts"),
    "export declare const tiny: (n: number) => string\ndeclare const d: number\nexport default d\n",
  )
  execFileSync("npm", ["pack", "--silent"], { cwd: source })
  const tarball = readFileSync(join(source, "tiny-npm-1.2.0.tgz"))
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`
  registry = createServer((request, response) => {
    requests++
    const { port } = registry.address() as AddressInfo
    if (request.url === "/tiny-npm") {
      const dist = { tarball: `http://127.0.0.1:${port}/tiny-npm.tgz`, integrity }
      const versions = { "1.2.0": { ...manifest, dist } }
      response.end(JSON.stringify({ name: "tiny-npm", "dist-tags": { latest: "1.2.0" }, versions }))
    } else if (request.url === "/tiny-npm.tgz") response.end(tarball)
    else response.writeHead(404).end("{}")
  })
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve))
  process.env.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`
}

beforeAll(async () => {
  process.env.CELLGRAD_NPM_CACHE = join(folder, "cache")
  process.env.npm_config_cache = join(folder, "npm")
  await startRegistry()
})

afterAll(() => {
  registry.close()
  rmSync(folder, { recursive: true, force: true })
})

describe("imports by npm:", () => {
  test.each([
    ["npm:lodash", { name: "lodash", range: "", subpath: "" }],
    ["npm:lodash@^4.17.0/fp.js", { name: "lodash", range: "^4.17.0", subpath: "/fp.js" }],
    ["npm:@scope/pack@latest", { name: "@scope/pack", range: "latest", subpath: "" }],
    ["npm:@scope/pack/a/b", { name: "@scope/pack", range: "", subpath: "/a/b" }],
    ["npm:", undefined],
    ["npm:../up", undefined],
    ["lodash", undefined],
  ])("%s", (specifier, expected) => {
    expect(npmSpecifier(specifier)).toEqual(expected)
  })

  test("are found where they are imported, not where they are mentioned", () => {
    const code =
      'import a from "npm:a@1"\nconst b = await import("npm:b"); console.log("npm:c"); export * from \'npm:d/e\''
    expect(npmImports(code)).toEqual(["npm:a@1", "npm:b", "npm:d/e"])
  })

  test("install on first use, say so, and need no registry afterwards", async () => {
    const first = await run('import seven, { tiny } from "npm:tiny-npm@^1"\ntiny(seven)')
    expect(first).toMatch(/^npm: installing tiny-npm@\^1 …\nnpm: tiny-npm 1\.2\.0 in \d+\.\d s\n'tiny 7'$/)
    const before = requests
    expect(await run('import { tiny as again } from "npm:tiny-npm@^1"\nagain(1)')).toBe("'tiny 1'")
    expect(await run('(await import("npm:" + "tiny-npm@^1")).default')).toBe("7")
    expect(requests).toBe(before)
    expect(readdirSync(join(folder, "cache"))).toEqual(["tiny-npm@^1"])
  })

  test("work in a local file, and install there too", async () => {
    writeFileSync(join(folder, "uses.ts"), 'import { tiny } from "npm:tiny-npm"\nexport const used = tiny(3)\n')
    expect(await run('import { used } from "./uses.ts"\nused')).toMatch(/'tiny 3'$/)
  })

  test("bring their types along", async () => {
    const language = startLanguage({ cwd: folder })
    const codes = async (code: string) => (await language.check(code, 1)).map(({ code }) => code)
    expect(await codes('import d, { tiny } from "npm:tiny-npm@^1"\ntiny(d).toUpperCase()')).toEqual([])
    expect(await codes('import d, { tiny } from "npm:tiny-npm@^1"\ntiny("x"); d.nope')).toEqual([2345, 2339])
    await language.close()
  })

  test("say what is wrong: no such package, no such version, no registry, no name", async () => {
    expect(await run('import "npm:not-in-this-registry"')).toContain(
      'cannot install "not-in-this-registry": npm knows no such package; check the name',
    )
    expect(await run('import "npm:tiny-npm@9"')).toContain('cannot install "tiny-npm@9": there is no version that fits')
    expect(await run('await import("npm:???")')).toContain('"npm:???" is no npm: import')
    process.env.npm_config_registry = "http://127.0.0.1:9/"
    expect(await run('import "npm:unreachable"')).toContain("the npm registry cannot be reached")
    expect(await run('import { tiny as kept } from "npm:tiny-npm@^1"\nkept(5)')).toBe("'tiny 5'")
    expect(readdirSync(join(folder, "cache")).filter((name) => name.startsWith("."))).toEqual([])
  })
})
