import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import type { UnaryOp } from "../../src/native/backend.js"
import { makeView } from "../../src/native/layout.js"
import type { NativeBackend } from "../../src/native/native.js"
import { unaryFunctions } from "../../src/native/reference-elementwise.js"
import { Storage } from "../../src/native/storage.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { randomNumbers } from "./views.js"

/** Floats from everywhere: every exponent with random mantissas, both signs, subnormals, and the special ones. */
function samplesOfAllFloats(): Float32Array {
  const random = randomNumbers(11)
  const perExponent = 400
  const bits = new Uint32Array(2 * 256 * perExponent + 16)
  let i = 0
  for (const sign of [0, 0x80000000]) {
    for (let exponent = 0; exponent < 256; exponent++) {
      for (let k = 0; k < perExponent; k++) {
        const mantissa = k === 0 ? 0 : k === 1 ? 0x7fffff : Math.floor(random() * 0x800000)
        bits[i++] = (sign | (exponent << 23) | mantissa) >>> 0
      }
    }
  }
  const floats = new Float32Array(bits.buffer)
  floats.set(
    [88.72283, 88.72284, -87.33654, -87.33655, -103.97208, -103.9721, -104, 0.92773, 20, 0.5, 1, -1, 2, 3, -0, 0],
    i,
  )
  return floats
}

/** And many from where functions are used, -30 to 30. */
function samplesOfCommonFloats(): Float32Array {
  const random = randomNumbers(12)
  return Float32Array.from({ length: 300_000 }, () => (random() - 0.5) * 60)
}

/** The distance from `exact` in units of the last place of float32 at `exact`. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact)
  if (Number.isNaN(exact)) return Number.isNaN(actual) ? 0 : Infinity
  if (actual === rounded) return 0
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) return Infinity
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126)
  return Math.abs(actual - exact) / 2 ** (exponent - 23)
}

// What each function may be off by, at most, on any instruction set. GELU's left tail is a product of an exponential, a
// quotient and a polynomial: 2.4 where multiply-adds round once, 3.2 where they round twice (SSE2). There 1 + erf(x) would
// leave no digit at all.
const bounds: { readonly [P in UnaryOp]?: number } = {
  exp: 1,
  expm1: 1.6,
  log: 1,
  log2: 1.5,
  log1p: 1,
  tanh: 1.5,
  sigmoid: 1.5,
  erf: 1.5,
  gelu: 3.5,
  silu: 2,
  sqrt: 0.5001,
  softplus: 1.5,
}

describe.skipIf(kernels === null)(`accuracy over all of float32 (${kernels})`, () => {
  let native: NativeBackend
  beforeAll(() => {
    native = kernelBackend(1)
  })

  test.each(Object.entries(bounds))("%s within %f ulp", (op, bound) => {
    const exact = exactFunctions[op as UnaryOp] ?? unaryFunctions[op as UnaryOp]
    let worst = { ulps: 0, x: 0, actual: 0 }
    for (const values of [samplesOfAllFloats(), samplesOfCommonFloats()]) {
      const x = makeView(new Storage("float32", values), [values.length])
      const out = makeView(new Storage("float32", new Float32Array(values.length)), [values.length])
      native.unary(op as UnaryOp, x, out)
      for (let i = 0; i < values.length; i++) {
        const actual = out.storage.data[i] as number
        const distance = ulps(actual, exact(values[i] as number))
        if (distance > worst.ulps) worst = { ulps: distance, x: values[i] as number, actual }
      }
    }
    if (process.env.CELLGRAD_SHOW_ULPS) console.log(op, worst)
    expect(worst.ulps, `${op}(${worst.x}) gave ${worst.actual}`).toBeLessThanOrEqual(bound)
  })

  test("sin and cos: 2e-7 to 8192, double precision beyond", () => {
    const random = randomNumbers(13)
    const values = Float32Array.from({ length: 100_000 }, (_, i) => (random() - 0.5) * (i % 2 === 0 ? 16_000 : 1e6))
    const x = makeView(new Storage("float32", values), [values.length])
    const out = makeView(new Storage("float32", new Float32Array(values.length)), [values.length])
    for (const op of ["sin", "cos"] as const) {
      native.unary(op, x, out)
      let worst = 0
      values.forEach((value, i) => {
        worst = Math.max(worst, Math.abs((out.storage.data[i] as number) - Math[op](value)))
      })
      expect(worst).toBeLessThan(2e-7)
    }
  })
})

/** Those that the reference computes with a plainer formula. */
const exactFunctions: { readonly [P in UnaryOp]?: (x: number) => number } = {
  sigmoid: exactSigmoid,
  softplus: exactSoftplus,
  silu: (x) => x * exactSigmoid(x),
}

/** Without cancellation or overflow where 1 / (1 + e^-x) has them. */
function exactSigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

function exactSoftplus(x: number): number {
  return Number.isNaN(x) ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

// The other instruction sets of this machine run the same tests in a process of their own.
describe.skipIf(kernels === null || onWasm || process.env.CELLGRAD_ISA !== undefined || process.arch !== "x64")(
  "lesser instruction sets",
  () => {
    test.each(kernels === "Amx" ? ["avx512", "avx2", "sse2"] : ["avx2", "sse2"])(
      "%s passes the same tests",
      (instructionSet) => {
        const root = fileURLToPath(new URL("../..", import.meta.url))
        const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url))
        const files = ["native", "large-products", "windows", "recurrent", "attention", "accuracy"].map(
          (name) => `test/native/${name}.test.ts`,
        )
        const args = [vitest, "run", ...files, "--reporter=dot"]
        const env = { ...process.env, CELLGRAD_ISA: instructionSet }
        const run = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" })
        expect(run.status, run.stdout + run.stderr).toBe(0)
      },
      240_000,
    )
  },
)
