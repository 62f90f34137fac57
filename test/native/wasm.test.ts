import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { backend, currentBackend, nn, optim, randn, type Tensor, tensor, zeros } from "../../src/index.js"
import type { ArrayView } from "../../src/native/backend.js"
import { makeView } from "../../src/native/layout.js"
import { Storage } from "../../src/native/storage.js"
import { loadWasm, WasmBackend, wasmBinary } from "../../src/native/wasm.js"
import { requires, root } from "../requirements.js"

/** Runs scripts/build-wasm.mjs. */
function build(...args: string[]) {
  return spawnSync(process.execPath, [join(root, "scripts/build-wasm.mjs"), ...args], { encoding: "utf8" })
}

describe("the binary that is kept in the repository", () => {
  test("is of the sources as they stand", () => {
    const run = build("--check")
    expect(run, run.stderr).toMatchObject({ status: 0, stdout: "assets/native/kernels.wasm is of these sources\n" })
  })

  requires("clang")("built again", () => {
    test("is the same, byte for byte, with the same compiler", () => {
      const { compiler } = JSON.parse(readFileSync(join(root, "assets/native/kernels.json"), "utf8"))
      const folder = mkdtempSync(join(tmpdir(), "cellgrad-wasm-"))
      try {
        const path = join(folder, "kernels.wasm")
        const run = build("--out", path)
        expect(run.status, run.stderr).toBe(0)
        const again = readFileSync(path)
        if (run.stdout.includes(compiler)) expect(again.equals(readFileSync(wasmBinary()))).toBe(true)
        else expect(new WasmBackend(again).name).toBe("wasm")
      } finally {
        rmSync(folder, { recursive: true })
      }
    }, 180_000)
  })

  test("another file, or one of other sources, is a problem that is told", () => {
    expect(() => new WasmBackend(new Uint8Array([0, 1, 2]))).toThrow()
    const text = readFileSync(wasmBinary()).toString("latin1").replace("kernels fill copy", "kernels copy fill")
    expect(() => new WasmBackend(Buffer.from(text, "latin1"))).toThrow("built from other sources")
  })
})

/** Fresh, so that no test sees another's memory. */
function wasm(): WasmBackend {
  const loaded = loadWasm()
  if ("problem" in loaded) throw new Error(loaded.problem)
  return loaded
}

const floats = (values: ArrayLike<number>): ArrayView =>
  makeView(new Storage("float32", Float32Array.from(values)), [values.length])

describe("elements that go to the WebAssembly memory and come back", () => {
  test("JavaScript sees what kernels wrote, and kernels what JavaScript wrote", () => {
    const kernels = wasm()
    const x = floats([1, 2, 3])
    kernels.unary("neg", x, x)
    expect([...x.storage.data]).toEqual([-1, -2, -3])
    x.storage.data[1] = 5
    kernels.unary("neg", x, x)
    kernels.unary("square", x, x)
    expect([...x.storage.data]).toEqual([1, 25, 9])
  })

  test("neighbours in one ArrayBuffer do not disturb each other", () => {
    const kernels = wasm()
    const buffer = new ArrayBuffer(64)
    const [a, b] = [0, 16].map((at) => makeView(new Storage("float32", new Float32Array(buffer, at, 4)), [4]))
    kernels.fill(a as ArrayView, 1)
    kernels.fill(b as ArrayView, 2)
    kernels.binary("add", a as ArrayView, b as ArrayView, a as ArrayView)
    expect([...new Float32Array(buffer)].slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    expect([...(a as ArrayView).storage.data]).toEqual([3, 3, 3, 3])
    expect([...(b as ArrayView).storage.data]).toEqual([2, 2, 2, 2])
  })

  test("two backends pass a storage on", () => {
    const [one, other] = [wasm(), wasm()]
    const x = floats([1, 2])
    one.unary("neg", x, x)
    other.unary("square", x, x)
    one.unary("neg", x, x)
    expect([...x.storage.data]).toEqual([-1, -4])
  })

  test("the memory grows in the middle of a call, and past its first sweep, and nothing is lost", () => {
    const kernels = wasm()
    const size = 3 * 2 ** 20
    const kept = Array.from({ length: 24 }, (_, i) => {
      const view = makeView(new Storage("float32", { length: size, create: () => new Float32Array(size) }), [size])
      kernels.fill(view, i)
      kernels.binaryScalar("add", view, 0.5, view, false)
      return view
    })
    kept.forEach(({ storage: { data } }, i) => {
      expect([data[0], data[size >> 1], data[size - 1]]).toEqual([i + 0.5, i + 0.5, i + 0.5])
    })
  })

  test("a tensor that the memory cannot take is an error that says so, and the rest goes on", () => {
    const kernels = wasm()
    const x = makeView(new Storage("float32", { length: 2 ** 30 + 1, create: () => new Float32Array(1) }), [
      2 ** 30 + 1,
    ])
    expect(() => kernels.fill(x, 1)).toThrow("There is not enough memory for a tensor of 4097 MB")
    const y = floats([4])
    kernels.unary("sqrt", y, y)
    expect(y.storage.data[0]).toBe(2)
  })
})

describe("training on WebAssembly", () => {
  const before = backend()
  afterEach(() => {
    backend(before)
  })

  function train(steps: number): number {
    const model = new nn.Sequential(new nn.Linear(10, 64), new nn.ReLU(), new nn.Linear(64, 1))
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 })
    const x = randn([64, 10])
    const y = x.sum(1, { keepdim: true })
    let loss: Tensor = zeros([])
    for (let step = 0; step < steps; step++) {
      optimizer.zeroGrad()
      loss = nn.functional.mseLoss(model.forward(x), y)
      loss.backward()
      optimizer.step()
    }
    return loss.item()
  }

  test("learns, and a loop that never yields does not grow", () => {
    expect(backend("wasm")).toBe("wasm")
    expect(train(300)).toBeLessThan(0.5)
    const resident = () => process.memoryUsage.rss() / 2 ** 20
    train(12_000) // until the garbage collector has found its pace, some 260 MB
    const first = resident()
    train(15_000)
    expect(resident() - first).toBeLessThan(60)
  })

  test("tensors go along when the backend changes", () => {
    backend("wasm")
    const x = tensor([1, 2, 3]).mul(2)
    backend("reference")
    const y = x.add(1)
    backend("wasm")
    expect(y.mul(x).tolist()).toEqual([6, 20, 42])
    expect(currentBackend().description).toContain("WebAssembly")
  })
})
