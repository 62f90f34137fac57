import { describe, expect, it, vi } from "vitest"
import {
  arange,
  cat,
  empty,
  eye,
  full,
  linspace,
  ones,
  type Tensor,
  tensor,
  toTable,
  zeros,
  zerosLike,
} from "../../src/index.js"

const values = (x: Tensor) => x.tolist()

describe("creation", () => {
  it("takes numbers, booleans, typed arrays, nested arrays and tensors", () => {
    expect(tensor(3).shape).toEqual([])
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3])
    expect([
      tensor([1]).dtype,
      tensor([true]).dtype,
      tensor(new Int32Array(2)).dtype,
      tensor(new Float64Array(2)).dtype,
    ]).toEqual(["float32", "bool", "int32", "float64"])
    expect(values(tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]))).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(values(tensor([tensor(1), tensor(2)]))).toEqual([1, 2])
    expect(values(tensor([[], []]))).toEqual([[], []])
  })

  it("copies its data", () => {
    const data = new Float32Array([1, 2])
    const x = tensor(data)
    data[0] = 9
    expect(values(x)).toEqual([1, 2])
    const y = tensor(x)
    y.fill_(0)
    expect(values(x)).toEqual([1, 2])
  })

  it("fills, counts and spaces", () => {
    expect(values(full([2], 7, { dtype: "int32" }))).toEqual([7, 7])
    expect(values(full([1], true))).toEqual([true])
    expect(values(arange(2, 8, 2))).toEqual([2, 4, 6])
    expect(values(arange(3, 0, -1))).toEqual([3, 2, 1])
    expect(values(arange(0, 1, 0.5))).toEqual([0, 0.5])
    expect(values(linspace(0, 1, 3))).toEqual([0, 0.5, 1])
    expect(values(eye(2, 3))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    expect(empty([2, 0]).numel()).toBe(0)
    expect(zerosLike(ones([2], { dtype: "int32" })).dtype).toBe("int32")
  })

  it("says so when there is not enough memory", () => {
    const memory = vi.spyOn(process, "availableMemory").mockReturnValue(1e9)
    expect(() => zeros([2 ** 31 - 1], { dtype: "float64" })).toThrow(
      "There is not enough memory for a float64 tensor of shape [2147483647]: it takes 17,179,869,176 bytes (16.0 GB).",
    )
    memory.mockRestore()
  })

  it("says what for there is no memory wherever it is asked for, and goes on", () => {
    const [column, row] = [ones([40_000, 1]), ones([1, 40_000])]
    const memory = vi.spyOn(process, "availableMemory").mockReturnValue(1e9)
    const refused = /memory for a float32 tensor of shape \[40000, 40000\]: it takes 6,400,000,000 bytes \(6.0 GB\)/
    expect(() => zeros([40_000, 40_000])).toThrow(refused)
    expect(() => column.matmul(row)).toThrow(refused)
    expect(() => column.add(row)).toThrow(refused)
    expect(() => column.expand(40_000, 40_000).contiguous()).toThrow(refused)
    memory.mockRestore()
    expect(column.sum().item()).toBe(40_000)
  })

  it("does not keep the caller's shape", () => {
    const shape = [2, 3]
    const x = zeros(shape)
    shape[0] = 99
    expect(x.shape).toEqual([2, 3])
  })
})

describe("dtypes", () => {
  const x = {
    bool: tensor([true]),
    int32: tensor([2], { dtype: "int32" }),
    float32: tensor([2]),
    float64: tensor([2], { dtype: "float64" }),
  }

  it("widen by PyTorch's rules", () => {
    expect(x.bool.mul(x.int32).dtype).toBe("int32")
    expect(x.int32.add(x.float32).dtype).toBe("float32")
    expect(x.float32.add(x.float64).dtype).toBe("float64")
    expect(x.int32.add(1).dtype).toBe("int32")
    expect(x.int32.add(0.5).dtype).toBe("float32")
    expect(x.int32.div(x.int32).dtype).toBe("float32")
    expect(x.float32.mul(0.1).dtype).toBe("float32")
    expect(x.bool.sum().dtype).toBe("int32")
    expect(x.int32.exp().dtype).toBe("float32")
    expect(x.float64.gt(1).dtype).toBe("bool")
    expect(cat([x.int32, x.float64]).dtype).toBe("float64")
  })

  it("are kept by bounds that fit", () => {
    expect(x.int32.clamp(0).dtype).toBe("int32")
    expect(values(x.int32.clamp(0, 1.5))).toEqual([1.5])
  })

  it("round and wrap as the element type does", () => {
    expect(values(tensor([1.9, -1.9]).int())).toEqual([1, -1])
    expect(tensor(0.1).double().item()).toBe(Math.fround(0.1))
    expect(values(tensor([0, 0.5, NaN]).bool())).toEqual([false, true, true])
  })
})

describe("views", () => {
  it("share their storage", () => {
    const x = zeros([2, 3])
    x.mT().at(2).fill_(5)
    x.reshape(6).narrow(0, 0, 1).fill_(7)
    expect(values(x)).toEqual([
      [7, 0, 5],
      [0, 0, 5],
    ])
    expect(x.clone().storage).not.toBe(x.storage)
  })

  it("reshape without a copy where strides allow it", () => {
    const x = arange(24).reshape(2, 3, 4)
    expect(x.transpose(0, 1).reshape(3, 2, 2, 2).storage).toBe(x.storage)
    expect(x.at(":", ":", "::2").reshape(6, 2).storage).toBe(x.storage)
    expect(values(x.permute(2, 0, 1).reshape(-1))).toEqual(
      Array.from({ length: 24 }, (_, i) => Math.floor(i / 6) + (i % 6) * 4),
    )
    expect(values(x.at("1:", ":", "1::2").reshape(6))).toEqual([13, 15, 17, 19, 21, 23])
  })

  it("iterate over rows and unpack", () => {
    const [a, b] = tensor([
      [1, 2],
      [3, 4],
    ])
    expect([values(a as Tensor), values(b as Tensor)]).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(
      [
        ...tensor([
          [1, 2],
          [3, 4],
          [5, 6],
        ]).unbind(1),
      ].map(values),
    ).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ])
  })
})

describe("indexing", () => {
  const x = arange(12).reshape(3, 4)

  it("reads positions, slices, new dimensions and the rest", () => {
    expect(x.at(-1, -1).item()).toBe(11)
    expect(values(x.at("1:", ":2"))).toEqual([
      [4, 5],
      [8, 9],
    ])
    expect(values(x.at("...", 0))).toEqual([0, 4, 8])
    expect(x.at(null, 0, null).shape).toEqual([1, 1, 4])
    expect(values(x.at("-2:", "-1:"))).toEqual([[7], [11]])
    expect(values(x.at("5:"))).toEqual([])
    expect(values(x.at(0, "1::2"))).toEqual([1, 3])
  })

  it("reads masks and positions, alone, in pairs and apart", () => {
    expect(values(x.at(x.gt(8)))).toEqual([9, 10, 11])
    expect(values(x.at(tensor([false, true, false])))).toEqual([[4, 5, 6, 7]])
    expect(values(x.at([2, 0, 2]).at(":", 0))).toEqual([8, 0, 8])
    expect(values(x.at(arange(3), [0, 2, -1]))).toEqual([0, 6, 11])
    expect(
      x.at(
        ":",
        tensor([
          [0, 1],
          [2, 3],
        ]),
      ).shape,
    ).toEqual([3, 2, 2])
    expect(zeros([2, 3, 4, 5]).at([0, 1], ":", [1, 2]).shape).toEqual([2, 3, 5])
    expect(zeros([2, 3, 4, 5]).at(":", [0, 1], [1, 2]).shape).toEqual([2, 2, 5])
    expect(values(x.at(x.gt(100)))).toEqual([])
  })

  it("writes through the same indices", () => {
    const y = zeros([3, 4])
    y.put(0, 1)
    y.put("1:", "::2", tensor([5, 6]))
    y.put(y.eq(0), -1)
    y.put([2, 2], [1, 3], tensor([7, 8]))
    expect(values(y)).toEqual([
      [1, 1, 1, 1],
      [5, -1, 6, -1],
      [5, 7, 6, 8],
    ])
    const z = zeros([2, 2]).mT()
    z.put([0], [1], 3)
    expect(values(z)).toEqual([
      [0, 3],
      [0, 0],
    ])
  })

  it("copes with a view written onto itself", () => {
    const y = arange(5).clone()
    y.at("1:").copy_(y.at(":4"))
    expect(values(y)).toEqual([0, 0, 1, 2, 3])
    const square = tensor([
      [1, 2],
      [3, 4],
    ])
    square.add_(square.mT())
    expect(values(square)).toEqual([
      [2, 5],
      [5, 8],
    ])
  })
})

describe("as a JavaScript value", () => {
  it("is its number in arithmetic, when it has one", () => {
    expect(Number(tensor([2.5])) * 2).toBe(5)
    expect(`${tensor(1)}`).toBe("tensor(1.)")
  })

  it("is nested arrays in JSON", () => {
    expect(JSON.stringify({ w: tensor([[1, 2]], { requiresGrad: true }).mul(2) })).toBe('{"w":[[2,4]]}')
  })

  it("names its sizes", () => {
    const { B, T } = zeros([2, 3]).dims("B T")
    expect([B, T]).toEqual([2, 3])
  })
})

it("a table, or whatever has toTensor(), becomes its tensor", () => {
  const table = toTable([
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ])
  expect(tensor(table).tolist()).toEqual([
    [1, 2],
    [3, 4],
  ])
  const w = tensor(table, { dtype: "float64", requiresGrad: true })
  expect([w.dtype, w.requiresGrad]).toEqual(["float64", true])
})
