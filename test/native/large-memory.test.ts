import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { backend, currentBackend, gelu, nn, noGrad, ones, optim, randn, type Tensor, zeros } from "../../src/index.js"
import type { DType } from "../../src/native/dtype.js"
import { type Block, LargeMemory } from "../../src/native/large-memory.js"
import type { NativeBackend } from "../../src/native/native.js"
import { newBuffer } from "../../src/native/pool.js"
import { Storage } from "../../src/native/storage.js"
import { addon } from "./addon.js"

const memory = () => (currentBackend() as NativeBackend).largeMemory as LargeMemory
const resident = () => process.memoryUsage.rss() / 2 ** 20

// It belongs to the native kernels; test/native/addon.ts says so where there are none.
describe.skipIf(addon === null)("large memory", () => {
  const before = backend()
  beforeEach(() => {
    backend("native")
  })
  afterAll(() => {
    backend(before)
  })

  test("is of the native backend only", () => {
    expect(memory()).toBeInstanceOf(LargeMemory)
    backend("reference")
    expect("largeMemory" in currentBackend()).toBe(false)
  })

  test("a loop that never yields and keeps nothing is given the same memory again", () => {
    const x = ones([1024, 1024]) // 4 MB
    let last = x
    for (let i = 0; i < 50; i++) last = x.add(i)
    const first = resident()
    for (let i = 0; i < 2_000; i++) last = x.add(i) // 8 GB in all
    expect(resident() - first).toBeLessThan(150)
    expect(last.at(3, 3).item()).toBe(2_000)
  })

  test("what somebody holds keeps its elements: tensors, views, iterators and windows", () => {
    const held: { value: number; read: () => number }[] = []
    for (let i = 0; i < 3_000; i++) {
      const x = zeros([64, 256]).add(i) // 64 KB
      if (i % 7 === 0) held.push({ value: i, read: () => x.at(5, 5).item() })
      if (i % 11 === 0) {
        const view = x.t().select(0, 3).narrow(0, 2, 7)
        held.push({ value: i, read: () => view.sum().item() / 7 })
      }
      if (i % 13 === 0) {
        const rows = x[Symbol.iterator]()
        held.push({ value: i, read: () => (rows.next().value as Tensor).at(0).item() })
      }
      if (i % 17 === 0) {
        const array = x.toTypedArray()
        held.push({ value: i, read: () => array[77] as number })
      }
      if (i % 500 === 0) memory().collect()
    }
    memory().collect()
    for (const { value, read } of held) expect(read()).toBe(value)
  })

  test("a tape that waits for its backward pass keeps what it saved", () => {
    const layer = new nn.Linear(256, 256)
    const x = randn([512, 256])
    const gradient = () => {
      layer.zeroGrad()
      return layer.forward(layer.forward(x).tanh()).pow(2).mean()
    }
    const waiting = gradient()
    for (let i = 0; i < 100; i++) noGrad(() => layer.forward(x).exp())
    memory().collect()
    waiting.backward()
    const late = (layer.weight.grad as Tensor).clone()
    gradient().backward()
    expect(
      late
        .sub(layer.weight.grad as Tensor)
        .abs()
        .max()
        .item(),
    ).toBe(0)
  })

  test("a training of many layers does not grow", () => {
    const width = 128
    const layers = Array.from({ length: 12 }, () => [new nn.LayerNorm(width), new nn.Linear(width, width)] as const)
    const optimizer = new optim.SGD(
      layers.flat().flatMap((layer) => [...layer.parameters()]),
      { lr: 1e-3 },
    )
    const x = randn([16, 128, width])
    const train = (steps: number) => {
      for (let step = 0; step < steps; step++) {
        optimizer.zeroGrad()
        let y = x
        for (const [norm, linear] of layers) y = y.add(gelu(linear.forward(norm.forward(y))))
        y.sub(x).pow(2).mean().backward()
        optimizer.step()
      }
    }
    train(20)
    const [first, held] = [resident(), memory().bytes]
    train(20)
    expect(resident() - first).toBeLessThan(60)
    expect(memory().bytes).toBeLessThan(1.2 * held)
  }, 30_000)

  test("sizes that are no longer asked for are let go of", () => {
    for (let size = 256; size < 1024; size += 16) for (let i = 0; i < 4; i++) ones([size, 1024])
    for (let i = 0; i < 70; i++) memory().collect()
    const first = resident()
    for (let i = 0; i < 200; i++) ones([256, 1024]).add(1)
    expect(resident() - first).toBeLessThan(100)
  })

  describe("by itself", () => {
    /** An addon whose arrays are gone when the test says so. */
    function fake() {
      const watched = new Map<number, ArrayBufferView>()
      const gone: number[] = []
      const addon = {
        addressOf: () => 64,
        watch: (array: ArrayBufferView, number: number) => void watched.set(number, array),
        gone: (numbers: Int32Array) => {
          const some = gone.splice(0, numbers.length)
          numbers.set(some)
          return some.length
        },
      }
      const numberOf = (array: ArrayBufferView) => [...watched].find(([, own]) => own === array)?.[0] as number
      const memory = new LargeMemory(addon, newBuffer)
      const storage = (dtype: DType, length: number) =>
        new Storage(dtype, { length, create: (storage) => memory.take(storage) })
      return {
        memory,
        storage,
        take: (dtype: DType, length: number) => storage(dtype, length).data,
        lose: (array: ArrayBufferView) => gone.push(numberOf(array)),
      }
    }

    test("gives a block out again only once its array is gone", () => {
      const { memory, take, lose } = fake()
      const [a, b] = [take("float32", 10_000), take("float32", 10_000)]
      expect(a.buffer).not.toBe(b.buffer)
      lose(a)
      memory.collect()
      expect(take("int32", 10_001).buffer).toBe(a.buffer)
      expect(take("float32", 10_000).buffer).not.toBe(b.buffer)
    })

    test("gives a block that was given back out at once, with an array of its own, and only once", () => {
      const { memory, storage, lose } = fake()
      const first = storage("float32", 10_000)
      const old = first.data
      memory.giveBack(first, first.block as Block)
      const second = storage("float32", 10_000)
      expect(second.data.buffer).toBe(old.buffer)
      expect(second.data).not.toBe(old)
      memory.giveBack(second, second.block as Block)
      lose(second.data) // the array dies later
      memory.collect()
      const [third, fourth] = [storage("float32", 10_000), storage("float32", 10_000)]
      expect(third.data.buffer).toBe(old.buffer)
      expect(fourth.data.buffer).not.toBe(old.buffer)
    })

    test("forgets a block whose memory went to another thread", () => {
      const { memory, take, lose } = fake()
      const a = take("float32", 10_000)
      structuredClone(a.buffer, { transfer: [a.buffer as ArrayBuffer] })
      lose(a)
      memory.collect()
      expect(take("float32", 10_000)).toHaveLength(10_000)
    })
  })
})
