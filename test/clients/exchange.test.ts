import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { manualSeed, nn, randn, save, type Tensor, tensor, zeros } from "../../src/index.js"
import { python, pythonEnvironment, requires, root } from "../requirements.js"

interface Described {
  dtype: string
  shape: number[]
  values: number[]
}
interface Found {
  pt: Record<string, Described>
  safetensors: Record<string, Described>
  npz: Record<string, Described>
  checkpoint: Record<string, unknown>
  weight: Described
  output: number[][]
  tied: boolean
}

requires("exchange")("files that Cellgrad writes, in Python", () => {
  let folder: string
  let found: Found
  let output: Tensor
  const checkpoint = { epoch: 3, lr: 1e-3, big: 2 ** 40, name: "größe", done: true, none: null, list: [1, [2.5, "a"]] }
  manualSeed(1)
  const tensors: Record<string, Tensor> = {
    matrix: randn([3, 4]).mT(),
    double: tensor([0.1, -1e300], { dtype: "float64" }),
    ids: tensor([[1, -2]], { dtype: "int32" }),
    mask: tensor([true, false]),
    scalar: tensor(3.5),
    empty: zeros([0, 2]),
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cellgrad-exchange-"))
    const path = (name: string) => join(folder, name)
    for (const ending of ["pt", "safetensors", "npz"]) save(tensors, path(`tensors.${ending}`))
    save({ ...checkpoint, weight: tensor([1, 2]) }, path("checkpoint.pt"))
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.Tanh(), new nn.Linear(3, 2))
    const x = randn([5, 4])
    output = model(x)
    save(model, path("model.pt"))
    save(x, path("x.npy"))
    const weight = zeros([3])
    save({ a: weight, b: weight }, path("tied.pt"))
    const script = join(root, "test/clients/exchange.py")
    found = JSON.parse(execFileSync(python, [script, folder], { encoding: "utf8", env: pythonEnvironment() }))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(["pt", "safetensors", "npz"] as const)("hold the tensors: %s", (format) => {
    expect(Object.keys(found[format]).sort()).toEqual(Object.keys(tensors).sort())
    for (const [name, x] of Object.entries(tensors)) {
      expect(found[format][name]).toEqual({
        dtype: x.dtype,
        shape: [...x.shape],
        values: Array.from(x.toTypedArray()),
      })
    }
  })

  test("hold a checkpoint, which torch.load(weights_only=True) reads", () => {
    expect(found.checkpoint).toEqual(checkpoint)
    expect(found.weight.values).toEqual([1, 2])
    expect(found.tied).toBe(true)
  })

  test("hold a model that computes the same there", () => {
    found.output.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(output.toTypedArray()[i] as number, 6)
    })
  })
})
