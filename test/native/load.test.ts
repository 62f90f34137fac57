import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { afterEach, describe, expect, test } from "vitest"
import { signature } from "../../src/native/descriptor.js"
import { loadBackend } from "../../src/native/load.js"
import { NativeBackend } from "../../src/native/native.js"
import { requires } from "../requirements.js"
import { addon } from "./addon.js"

requires("compiler")("where there is a C++ compiler", () => {
  // Without this a compile that fails would leave every native test skipped, and nothing red.
  test("the native kernels were built and load", () => {
    expect(addon).not.toBeNull()
  })
})

const saved = { ...process.env }
afterEach(() => {
  process.env = { ...saved }
})

describe("loadBackend", () => {
  test("reference on request, without a notice", () => {
    process.env.CELLGRAD_BACKEND = "reference"
    const { backend, notice } = loadBackend()
    expect(backend.name).toBe("reference")
    expect(backend.description).toBe("plain TypeScript")
    expect(notice).toBeNull()
  })

  test("an unknown name is named, with those that there are", () => {
    process.env.CELLGRAD_BACKEND = "gpu"
    expect(loadBackend().notice).toMatch(
      /^CELLGRAD_BACKEND=gpu: it is unknown; there are native, wasm, reference\. Computing with (native kernels|Web.+)\.$/,
    )
  })

  test("WebAssembly on request, without a notice", () => {
    process.env.CELLGRAD_BACKEND = "wasm"
    const { backend, notice } = loadBackend()
    expect(backend.name).toBe("wasm")
    expect(backend.description).toBe("C++ kernels as WebAssembly SIMD, 1 thread")
    expect(notice).toBeNull()
  })

  test("WebAssembly where there are no native kernels, and it is said", () => {
    delete process.env.CELLGRAD_BACKEND
    const arch = Object.getOwnPropertyDescriptor(process, "arch") as PropertyDescriptor
    Object.defineProperty(process, "arch", { ...arch, value: "riscv64" })
    try {
      const { backend, notice } = loadBackend()
      expect(backend.name).toBe("wasm")
      expect(notice).toBe(
        `there are no native kernels for ${process.platform}-riscv64. Computing with WebAssembly, which is slower than native kernels.`,
      )
    } finally {
      Object.defineProperty(process, "arch", arch)
    }
  })

  test("a name that only objects know is unknown too", () => {
    process.env.CELLGRAD_BACKEND = "toString"
    expect(loadBackend().notice).toMatch(/unknown/)
  })

  test.skipIf(addon === null)("native by default, with as many threads as asked for", () => {
    delete process.env.CELLGRAD_BACKEND
    process.env.CELLGRAD_NUM_THREADS = "3"
    const { backend, notice } = loadBackend()
    expect(backend).toBeInstanceOf(NativeBackend)
    expect((backend as NativeBackend).threads).toBe(3)
    expect(notice).toBeNull()
  })

  test.skipIf(addon === null)("the binary has the kernels that the descriptor numbers", () => {
    expect(addon?.signature).toBe(signature)
  })
})

const path = fileURLToPath(new URL(`../../dist/native/${process.platform}-${process.arch}.node`, import.meta.url))

// A 300 x 300 product, large enough for the pool, by descriptor; prints one element.
const product = `
  const addon = require(${JSON.stringify(path)})
  addon.setThreads(4)
  const n = 300
  const [a, b, c] = [1, 2, 0].map((value) => new Float32Array(n * n).fill(value))
  const compute = () => {
    addon.ints.set([10, 0, n, n, n, n, 1, n, 1, n, 0])
    ;[c, a, b].forEach((array, i) => { addon.numbers[i] = addon.addressOf(array) })
    addon.run()
    return c[12345]
  }`

describe.skipIf(addon === null)("the addon in processes and threads", () => {
  const runNode = (script: string) => spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 20_000 })

  test("a process with a sleeping pool exits by itself", () => {
    const run = runNode(`${product}; console.log(compute())`)
    expect(run).toMatchObject({ status: 0, stdout: "600\n", stderr: "" })
  })

  test("a worker that alone loaded it may end, and another may follow", () => {
    const run = runNode(`
      const { Worker } = require("node:worker_threads")
      const code = ${JSON.stringify(`${product}; require("node:worker_threads").parentPort.postMessage(compute())`)}
      const start = (left) => {
        const worker = new Worker(code, { eval: true })
        worker.on("message", (value) => console.log(value))
        worker.on("exit", () => { if (left > 1) setTimeout(start, 20, left - 1) })
      }
      start(4)`)
    expect(run).toMatchObject({ status: 0, stdout: "600\n600\n600\n600\n", stderr: "" })
  })

  test("two threads compute at once, each with its own descriptor", async () => {
    const code = `${product}
      const { parentPort } = require("node:worker_threads")
      let wrong = 0
      for (let i = 0; i < 200; i++) { c.fill(0); if (compute() !== 600) wrong++ }
      parentPort.postMessage(wrong)`
    const results = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise((resolve, reject) => {
            const worker = new Worker(code, { eval: true })
            worker.once("message", resolve)
            worker.once("error", reject)
          }),
      ),
    )
    expect(results).toEqual([0, 0, 0])
  })

  test("an unknown call is an error, not a crash", () => {
    const run = runNode(
      `${product}; addon.ints[0] = 999; try { addon.run() } catch (error) { console.log(error.message) }`,
    )
    expect(run).toMatchObject({ status: 0, stdout: "cellgrad: the native kernels do not know this call\n" })
    const wrong = runNode(`${product}; try { addon.addressOf(5) } catch (error) { console.log(error.message) }`)
    expect(wrong).toMatchObject({ status: 0, stdout: "addressOf takes a typed array\n" })
  })
})

describe("scripts/build-native.mjs", () => {
  const script = fileURLToPath(new URL("../../scripts/build-native.mjs", import.meta.url))
  const build = (env: { readonly [name: string]: string }) =>
    spawnSync(process.execPath, [script], { encoding: "utf8", env: { ...process.env, ...env } })

  test("can be left out", () => {
    expect(build({ CELLGRAD_NO_NATIVE: "1" })).toMatchObject({
      status: 0,
      stdout: "native kernels: left out (CELLGRAD_NO_NATIVE=1)\n",
    })
  })

  test("says one line when there is no compiler, and succeeds", () => {
    const run = build({ CXX: "/nowhere/c++" })
    expect(run.status).toBe(0)
    expect(run.stdout).toMatch(/^native kernels: left out, because there is no C\+\+ compiler .*\n$/)
  })
})
