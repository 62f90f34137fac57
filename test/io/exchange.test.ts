import { existsSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { load, nn, readNpy, readNpz, readSafetensors, readTorch, type Tensor } from "../../src/index.js"
import { expectNear, golden, type Numbers } from "../golden/support.js"

interface Held {
  shape: number[]
  values: Numbers[]
}
const bytes = (base64: string) => Buffer.from(base64, "base64")
const exact = { relative: 0, absolute: 0 }

function expectHeld(x: Tensor | undefined, { shape, values }: Held): void {
  expect(x?.shape).toEqual(shape)
  expectNear(x as Tensor, values, exact)
}

describe("files of NumPy", () => {
  const gold = golden<{ npy: Record<string, Held & { file: string }> } & Record<string, string>>("exchange-numpy")

  test.each(Object.keys(gold.npy))("an array of %s", (name) => {
    const held = gold.npy[name] as Held & { file: string }
    const x = readNpy(bytes(held.file))
    expectHeld(x, held)
    const dtypes: Record<string, string> = { float64: "float64", bool: "bool", large: "float64", uint32: "float64" }
    const isInteger = /^u?int/i.test(name) || name === "bigEndianIntegers"
    expect(x.dtype).toBe(dtypes[name] ?? (isInteger ? "int32" : "float32"))
    expect(load<Tensor>(bytes(held.file)).tolist()).toEqual(x.tolist())
  })

  test("of several arrays, packed or not", () => {
    for (const file of ["npz", "npzPacked"]) {
      const found = readNpz(bytes(gold[file] as string))
      expect(Object.keys(found)).toEqual(["float32", "int64", "bool"])
      for (const [name, x] of Object.entries(found)) expectHeld(x, gold.npy[name] as Held)
      expect(Object.keys(load(bytes(gold[file] as string)))).toEqual(Object.keys(found))
    }
  })

  test("of another version", () => {
    expectHeld(readNpy(bytes(gold.version2 as string)), gold.npy.float32 as Held)
  })

  test.each(["records", "objects", "complex", "texts"])("that hold %s are refused", (name) => {
    expect(() => readNpy(bytes(gold[name] as string))).toThrowErrorMatchingSnapshot()
  })
})

describe("files of safetensors", () => {
  const gold = golden<{ file: string; tensors: Record<string, Held> }>("exchange-safetensors")

  test("hold what they held", () => {
    for (const found of [readSafetensors(bytes(gold.file)), load(bytes(gold.file))]) {
      expect(Object.keys(found).sort()).toEqual(Object.keys(gold.tensors).sort())
      for (const [name, held] of Object.entries(gold.tensors)) expectHeld(found[name], held)
    }
    const { ids, mask, double, bfloat } = readSafetensors(bytes(gold.file))
    expect([ids, mask, double, bfloat].map((x) => x?.dtype)).toEqual(["int32", "bool", "float64", "float32"])
  })
})

describe("files of PyTorch", () => {
  type Part = { file: string; tensors: Record<string, Held> }
  const gold = golden<{ state: Part; values: Part } & Record<string, string>>("exchange-torch")

  test.each(["state", "values"] as const)("a dictionary of tensors: %s", (name) => {
    const { file, tensors } = gold[name]
    const found = load(bytes(file))
    expect(Object.keys(found)).toEqual(Object.keys(tensors))
    for (const [key, held] of Object.entries(tensors)) expectHeld(found[key], held)
  })

  test("goes into a model of the same layers", () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2))
    const state = readTorch(bytes(gold.state.file))
    const result = model.loadStateDict(state, { strict: false })
    expect(result.unexpectedKeys).toContain("1.running_mean")
    expectHeld(model.stateDict()["0.weight"], gold.state.tensors["0.weight"] as Held)
  })

  test("a checkpoint with everything that plain data is", () => {
    const { optimizer, model, ...rest } = readTorch<Record<string, unknown>>(bytes(gold.checkpoint as string))
    expect(rest).toEqual({
      epoch: 3,
      loss: 0.125,
      big: 2 ** 40,
      name: "größe",
      done: false,
      nothing: null,
      history: [1, 0.5],
      shape: [2, 3],
      size: [4, 5],
    })
    const { state, param_groups: groups } = optimizer as {
      state: Record<string, { momentum_buffer: Tensor }>
      param_groups: { lr: number; params: number[] }[]
    }
    expect(state[0]?.momentum_buffer.shape).toEqual([4, 3])
    expect(groups[0]).toMatchObject({ lr: 0.5, params: [0, 1, 2, 3, 4, 5] })
    expect(Object.keys(model as object)).toEqual(Object.keys(gold.state.tensors))
  })

  test("of a newer pickle protocol", () => {
    const found = readTorch<{ a: Tensor; b: string }>(bytes(gold.protocol4 as string))
    expect([found.a.tolist(), found.b]).toEqual([[1, 1], "text"])
  })

  test.each(["model", "legacy", "evil", "evil4"])("that are more than data are refused: %s", (name) => {
    expect(() => load(bytes(gold[name] as string))).toThrowErrorMatchingSnapshot()
    expect(existsSync("/tmp/cellgrad-was-here")).toBe(false)
  })
})
