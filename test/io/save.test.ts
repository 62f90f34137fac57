import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { zipSync } from "fflate"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  load,
  nn,
  optim,
  randn,
  readNpy,
  readSafetensors,
  readTorch,
  type Saved,
  save,
  type Tensor,
  tensor,
  writeNpy,
  writeSafetensors,
  zeros,
} from "../../src/index.js"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cellgrad-io-"))
})
afterAll(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)

const tensors = () => ({
  matrix: randn([3, 4]).mT(),
  row: randn([3, 4]).select(0, 1),
  double: tensor([0.1, -1e300], { dtype: "float64" }),
  ids: tensor([[1, -2]], { dtype: "int32" }),
  mask: tensor([true, false]),
  scalar: tensor(3.5),
  empty: zeros([0, 2]),
})

describe("save and load", () => {
  test.each(["x.safetensors", "x.pt", "x.pth", "x.npz"])("give tensors back: %s", (name) => {
    const wanted = tensors()
    save(wanted, path(name))
    const found = load(path(name))
    expect(Object.keys(found)).toEqual(Object.keys(wanted))
    for (const [key, x] of Object.entries(wanted)) {
      expect([key, found[key]?.dtype, found[key]?.shape]).toEqual([key, x.dtype, x.shape])
      expect(found[key]?.tolist()).toEqual(x.tolist())
    }
  })

  test("one tensor", () => {
    for (const x of Object.values(tensors())) {
      save(x, path("x.npy"))
      const found = load<Tensor>(path("x.npy"))
      expect([found.dtype, found.shape, found.tolist()]).toEqual([x.dtype, x.shape, x.tolist()])
    }
  })

  test("a model, into another one", () => {
    const make = () => new nn.Sequential(new nn.Linear(4, 3), new nn.Tanh(), new nn.Linear(3, 2))
    const [model, other] = [make(), make()]
    for (const name of ["model.safetensors", "model.pt"]) {
      save(model, path(name))
      other.loadStateDict(load(path(name)))
      const x = randn([2, 4])
      expect(other(x).tolist()).toEqual(model(x).tolist())
    }
  })

  test("a checkpoint of many things", () => {
    const wanted = {
      epoch: 3,
      lr: 1e-3,
      big: 2 ** 40,
      negative: -5,
      name: "größe",
      done: true,
      none: null,
      list: [1, [2.5, "a"]],
    }
    save({ ...wanted, weights: { "0.weight": tensor([1, 2]) } }, path("checkpoint.pt"))
    const { weights, ...rest } = load<Record<string, Saved>>(path("checkpoint.pt"))
    expect(rest).toEqual(wanted)
    expect((weights as Record<string, Tensor>)["0.weight"]?.tolist()).toEqual([1, 2])
  })

  test("a training, to go on with as if it had never stopped", () => {
    const make = () => {
      const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 1))
      return { model, optimizer: new optim.AdamW(model.parameters(), { lr: 0.01 }) }
    }
    const x = randn([8, 3])
    const step = ({ model, optimizer }: ReturnType<typeof make>) => {
      optimizer.zeroGrad()
      model(x).square().mean().backward()
      optimizer.step()
    }
    const [first, second] = [make(), make()]
    for (let i = 0; i < 3; i++) step(first)
    save({ model: first.model.stateDict(), optimizer: first.optimizer.stateDict(), epoch: 3 }, path("training.pt"))
    const saved = load<{ model: nn.StateDict; optimizer: optim.OptimizerState; epoch: number }>(path("training.pt"))
    second.model.loadStateDict(saved.model)
    second.optimizer.loadStateDict(saved.optimizer)
    for (const training of [first, second]) for (let i = 0; i < 3; i++) step(training)
    expect(second.model(x).tolist()).toEqual(first.model(x).tolist())
  })

  test("the same bytes for the same values", () => {
    const x = { a: tensor([1, 2, 3]) }
    for (const name of ["a.pt", "a.npz", "a.safetensors"]) {
      save(x, path(name))
      const first = readFileSync(path(name))
      save(x, path(name))
      expect(readFileSync(path(name)).equals(first)).toBe(true)
    }
  })

  test("tied weights once", () => {
    const weight = zeros([100, 100])
    save({ a: weight, b: weight }, path("tied.pt"))
    expect(readFileSync(path("tied.pt")).length).toBeLessThan(1.5 * 40_000)
    expect(load(path("tied.pt")).b?.shape).toEqual([100, 100])
  })

  test("texts beside the tensors of safetensors", () => {
    writeSafetensors({ a: tensor([1]) }, path("meta.safetensors"), { author: "Ada" })
    expect(readFileSync(path("meta.safetensors"), "latin1")).toContain('"author":"Ada"')
    expect(Object.keys(readSafetensors(path("meta.safetensors")))).toEqual(["a"])
  })

  test("keys that objects have of their own", () => {
    save({ __proto__x: tensor([1]), constructor: tensor([2]) }, path("keys.pt"))
    expect(Object.keys(load(path("keys.pt")))).toEqual(["__proto__x", "constructor"])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  const faults: Record<string, () => unknown> = {
    "an ending that is none": () => save(tensor([1]), "x.bin"),
    "one tensor where names are needed": () => save(tensor([1]), "x.safetensors"),
    "a number in safetensors": () => save({ a: tensor([1]), epoch: 3 }, "x.safetensors"),
    "names where one tensor is needed": () => save({ a: tensor([1]) }, "x.npy"),
    "a function": () => save({ a: { f: (() => 1) as never } }, "x.pt"),
    "a list that holds itself": () => {
      const list: Saved[] = []
      list.push(list)
      save(list, "x.pt")
    },
    "no tensor": () => writeNpy([1, 2] as never, "x.npy"),
    "no such folder": () => save(tensor([1]), "no-such-folder/x.npy"),
    "no such file": () => load("no-such-file.pt"),
  }
  test.each(Object.keys(faults))("refuse %s", (name) => {
    expect(() => {
      try {
        faults[name]?.()
      } catch (error) {
        throw new Error((error as Error).message.replaceAll(process.cwd(), "<here>"))
      }
    }).toThrowErrorMatchingSnapshot()
  })
})

describe("hostile files get a clear answer", () => {
  const header = (json: unknown, content = 0) => {
    const text = Buffer.from(typeof json === "string" ? json : JSON.stringify(json))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(text.length))
    return Buffer.concat([length, text, Buffer.alloc(content)])
  }
  const entry = (fields: object) => header({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } }, 8)
  const huge = Buffer.alloc(16, 0xff)
  const pickle = (...parts: (string | number[])[]) =>
    Buffer.from(
      zipSync({
        "a/data.pkl": Buffer.concat(
          parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
        ),
      }),
    )
  const files: Record<string, Buffer> = {
    "an empty file": Buffer.alloc(0),
    "a text": Buffer.from("hello, world: this is no tensor"),
    "a header of 2⁶⁴ bytes": huge,
    "a header longer than the file": header("{}").subarray(0, 9),
    "a header that is no JSON": header("{nonsense"),
    "a header that is a list": header([1]),
    "a tensor outside the file": entry({ data_offsets: [0, 800], shape: [200] }),
    "a tensor of another size": entry({ shape: [3] }),
    "a shape of 2⁵³": entry({ shape: [2 ** 53, 2 ** 53] }),
    "a negative size": entry({ shape: [-2] }),
    "a type from nowhere": entry({ dtype: "constructor" }),
    "no offsets": entry({ data_offsets: "none" }),
    "an entry that is null": header({ a: null }),
    "a zip archive that is cut off": Buffer.from(zipSync({ "a/data.pkl": Buffer.alloc(200) })).subarray(0, 60),
    "a zip archive of something else": Buffer.from(zipSync({ "readme.txt": Buffer.from("hi") })),
    "a pickle that ends early": pickle([0x80, 2], "}("),
    "a pickle that imports": pickle([0x80, 2], "cposix\nsystem\n(X", [2, 0, 0, 0], "lstR."),
    "a pickle that imports what Python evaluates": pickle([0x80, 2], "c__builtin__\neval\n(X", [1, 0, 0, 0], "1tR."),
    "a pickle with an instruction for classes": pickle([0x80, 2], "(i__main__\nNet\n."),
    "a pickle with nothing on its stack": pickle([0x80, 2], "."),
    "a pickle that recalls what is not there": pickle([0x80, 2], "h", [5], "."),
    "a pickle of a storage that is not there": pickle(
      [0x80, 2],
      "((X",
      [7, 0, 0, 0],
      "storagectorch\nFloatStorage\nX",
      [1, 0, 0, 0],
      "0X",
      [3, 0, 0, 0],
      "cpuK",
      [4],
      "tQ.",
    ),
    "a pickle of lists in lists": pickle([0x80, 2], "]".repeat(300), "a".repeat(299), "."),
    "a .npy file that is cut off": Buffer.from("\x93NUMPY\x01\x00v\x00{'descr': '<f4'", "latin1"),
    "a .npy file of version 9": Buffer.from("\x93NUMPY\x09\x00v\x00{}", "latin1"),
    "a .npy file with a strange header": Buffer.from("\x93NUMPY\x01\x00\x14\x00__import__('os')    ", "latin1"),
    "a .npy file that promises too much": Buffer.from(
      "\x93NUMPY\x01\x00\x44\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }  ",
      "latin1",
    ),
  }
  test.each(Object.keys(files))("%s", (name) => {
    expect(() => load(files[name] as Buffer)).toThrowErrorMatchingSnapshot()
  })

  test("every file cut off anywhere, and with any byte changed, is read or refused", () => {
    writeFileSync(path("x.bin"), "")
    const samples: [(bytes: Uint8Array) => unknown, string][] = [
      [readNpy, "fuzz.npy"],
      [readSafetensors, "fuzz.safetensors"],
      [readTorch, "fuzz.pt"],
    ]
    for (const [read, name] of samples) {
      save(name.endsWith("npy") ? tensor([1, 2, 3]) : { a: tensor([1, 2, 3]), b: tensor([true]) }, path(name))
      const whole = readFileSync(path(name))
      const attempts = Array.from({ length: whole.length }, (_, i) => [
        whole.subarray(0, i),
        Buffer.concat([whole.subarray(0, i), Buffer.of((whole[i] as number) ^ 0x55), whole.subarray(i + 1)]),
      ]).flat()
      for (const attempt of attempts) {
        try {
          read(attempt)
        } catch (error) {
          expect((error as Error).name, `${name}: ${(error as Error).stack}`).toBe("ReadError")
        }
      }
    }
  })
})
