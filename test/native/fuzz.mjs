// Calls the kernels of an addon with random shapes, strides and offsets, every storage in a buffer of exactly its size, so
// that a sanitizer sees whatever reads or writes beside it; and holds the results to the reference.
//
//   node fuzz.mjs ADDON SECONDS SEED
import { createRequire } from "node:module"
import { makeView } from "../../dist/src/native/layout.js"
import { NativeBackend } from "../../dist/src/native/native.js"
import { ReferenceBackend } from "../../dist/src/native/reference.js"
import { Storage } from "../../dist/src/native/storage.js"
import { cellCalls } from "./fuzz-cells.mjs"
import { layerCalls } from "./fuzz-layers.mjs"

const [path, seconds, seed] = process.argv.slice(2)
const native = new NativeBackend(createRequire(import.meta.url)(path), 2)
const reference = new ReferenceBackend()

let state = Number(seed) >>> 0
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const upTo = (limit) => 1 + Math.floor(random() * limit)
const pick = (list) => list[Math.floor(random() * list.length)]
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }

/** A view whose last element is the storage's last; packed or transposed, with gaps or a repeated dimension. */
function view(shape, { packed = false, dtype = "float32", output = false, value = () => random() * 4 - 2 } = {}) {
  const offset = Math.floor(random() * 5)
  const order = shape.map((_, d) => d)
  if (!packed && random() < 0.4) order.reverse()
  const strides = new Array(shape.length).fill(0)
  let stride = !packed && random() < 0.2 ? 2 : 1
  for (const d of order.reverse()) {
    if (!packed && !output && random() < 0.1) continue
    strides[d] = stride
    stride *= shape[d] + (!packed && random() < 0.2 ? 1 : 0)
  }
  const length = shape.includes(0) ? offset : shape.reduce((end, size, d) => end + (size - 1) * strides[d], offset + 1)
  const ArrayType = arrays[dtype]
  const data = new ArrayType(new ArrayBuffer(length * ArrayType.BYTES_PER_ELEMENT))
  for (let i = 0; i < length; i++) data[i] = value()
  return makeView(new Storage(dtype, data), shape, strides, offset)
}

/** A view in a copy of its storage. */
const twin = ({ storage, shape, strides, offset }) =>
  makeView(new Storage(storage.dtype, storage.data.slice()), shape, strides, offset)

/** Runs a call on both backends and compares the whole storages of its outputs, also what must stay untouched. */
function hold(name, outputs, call) {
  const expected = outputs.map(twin)
  call(reference, ...expected)
  call(native, ...outputs)
  outputs.forEach((output, k) => {
    const [found, wanted] = [output.storage.data, expected[k].storage.data]
    for (let i = 0; i < wanted.length; i++) {
      const close = Math.abs(found[i] - wanted[i]) <= 1e-4 + 1e-4 * Math.abs(wanted[i])
      if (close || Object.is(found[i], wanted[i]) || found[i] === wanted[i]) continue
      throw new Error(`${name}: ${found[i]} instead of ${wanted[i]} at ${i}; shape [${output.shape}], seed ${seed}`)
    }
  })
}

const someShape = () => Array.from({ length: upTo(4) }, () => upTo(pick([3, 9, 40])))
const rowsAndColumns = () => [upTo(pick([3, 40])), upTo(pick([5, 33, 300]))]

const calls = {
  unary(name) {
    const shape = someShape()
    const x = view(shape)
    const op = pick(["neg", "exp", "tanh", "sigmoid", "relu", "gelu", "silu", "sin", "softplus", "floor"])
    hold(name, [view(shape, { output: true })], (backend, out) => backend.unary(op, x, out))
  },
  binary(name) {
    const shape = someShape()
    const [a, b] = [view(shape), view(shape)]
    const op = pick(["add", "sub", "mul", "maximum", "minimum"])
    hold(name, [view(shape, { output: true })], (backend, out) => backend.binary(op, a, b, out))
  },
  where(name) {
    const shape = someShape()
    const condition = view(shape, { dtype: "bool", value: () => (random() < 0.5 ? 1 : 0) })
    const [a, b] = [view(shape), view(shape)]
    hold(name, [view(shape, { output: true })], (backend, out) => backend.where(condition, a, b, out))
  },
  copy(name) {
    const shape = someShape()
    const x = view(shape)
    hold(name, [view(shape, { output: true })], (backend, out) => backend.copy(x, out))
  },
  reduce(name) {
    const shape = someShape()
    const x = view(shape)
    const kept = shape.map((size) => (random() < 0.5 ? 1 : size))
    const op = pick(["sum", "max", "min"])
    hold(name, [view(kept, { output: true })], (backend, out) => backend.reduce(op, x, out))
  },
  matmul(name) {
    const batch = random() < 0.5 ? [] : [upTo(4)]
    const [m, n, k] = [upTo(pick([3, 70, 200])), upTo(pick([3, 70, 200])), upTo(pick([3, 300]))]
    const [a, b] = [view([...batch, m, k]), view([...batch, k, n])]
    const accumulate = random() < 0.3
    hold(name, [view([...batch, m, n], { output: true })], (backend, out) => backend.matmul(a, b, out, accumulate))
  },
  linear(name) {
    const [m, n, k] = [upTo(pick([3, 70])), upTo(pick([3, 70])), upTo(pick([3, 300]))]
    const [x, weight] = [view([m, k]), view([n, k])]
    const bias = random() < 0.3 ? null : view([n], { packed: true })
    const activation = pick(["none", "relu", "sigmoid", "tanh"])
    hold(name, [view([m, n], { packed: true })], (backend, out) => backend.linear(x, weight, bias, activation, out))
  },
  softmax(name) {
    const shape = rowsAndColumns()
    const x = view(shape, { packed: true })
    const log = random() < 0.5
    hold(name, [view(shape, { packed: true })], (backend, out) => backend.softmax(x, out, log))
  },
  crossEntropy(name) {
    const [rows, classes] = rowsAndColumns()
    const logits = view([rows, classes], { packed: true })
    const targets = view([rows], { packed: true, dtype: "int32", value: () => Math.floor(random() * classes) })
    const outputs = [view([rows, classes], { packed: true }), view([rows], { packed: true })]
    hold(name, outputs, (backend, ...out) => backend.crossEntropy(logits, targets, -100, ...out))
  },
  indexSelect(name) {
    const shape = someShape()
    const dim = Math.floor(random() * shape.length)
    const index = view([upTo(9)], { packed: true, dtype: "int32", value: () => Math.floor(random() * shape[dim]) })
    const x = view(shape, { packed: true })
    const out = view(shape.with(dim, index.count), { packed: true })
    hold(name, [out], (backend, to) => backend.indexSelect(x, dim, index, to))
  },
  adam(name) {
    const buffers = Array.from({ length: 3 }, () => view([upTo(100)], { packed: true }))
    const same = (value) => buffers.map(({ shape }) => view(shape, { packed: true, value }))
    const grads = same(() => random() - 0.5)
    const options = {
      lr: 0.01,
      beta1: 0.9,
      beta2: 0.99,
      eps: 1e-8,
      weightDecay: 0.01,
      decoupled: random() < 0.5,
      step: 3,
    }
    const outputs = [...buffers, ...same(() => random() - 0.5), ...same(random)]
    hold(name, outputs, (backend, ...all) =>
      backend.adamStep(all.slice(0, 3), grads, all.slice(3, 6), all.slice(6, 9), options),
    )
  },
  ...layerCalls({ random, upTo, pick, view, hold, reference }),
  ...cellCalls({ random, upTo, pick, view, hold, native, reference }),
}

const counts = {}
const end = performance.now() + Number(seconds) * 1000
while (performance.now() < end || Object.keys(counts).length < Object.keys(calls).length) {
  const name = pick(Object.keys(calls))
  calls[name](name)
  counts[name] = (counts[name] ?? 0) + 1
}
console.log(JSON.stringify(counts))
