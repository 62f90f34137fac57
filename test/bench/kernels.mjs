// What the native kernels reach on this machine: matrix products against the peak of multiply-adds measured in the same
// run, elementwise functions in elements per nanosecond, and what a call costs.
//
//   node test/bench/kernels.mjs            (after npm run build; CELLGRAD_ISA=avx2 or sse2 for lesser instruction sets)
import { availableParallelism } from "node:os"
import { loadAddon } from "../../dist/src/native/addon.js"
import { kernels, unaryCodes } from "../../dist/src/native/descriptor.js"
import { makeView } from "../../dist/src/native/layout.js"
import { NativeBackend } from "../../dist/src/native/native.js"
import { Storage } from "../../dist/src/native/storage.js"

const found = loadAddon()
if (!("addon" in found)) {
  console.error(`no native kernels: ${found.problem}`)
  process.exit(1)
}
const { addon } = found
const native = new NativeBackend(addon, 1)

/** The shortest time of `work` in nanoseconds: what is left when nothing else disturbs. */
function shortest(work, seconds = 0.5) {
  work()
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const start = process.hrtime.bigint()
    work()
    best = Math.min(best, Number(process.hrtime.bigint() - start))
  }
  return best
}

function filled(...shape) {
  const data = new Float32Array(shape.reduce((n, size) => n * size, 1))
  for (let i = 0; i < data.length; i++) data[i] = Math.random() - 0.5
  return makeView(new Storage("float32", data), shape)
}

const transposed = (view) => makeView(view.storage, view.shape.toReversed(), view.strides.toReversed())

let operations = 0
const peakTime = shortest(() => {
  addon.ints[0] = kernels.peak
  addon.numbers[0] = 1e6
  addon.run()
  operations = addon.numbers[0]
})
const peak = operations / peakTime
console.log(`${native.description}; peak of one thread ${peak.toFixed(0)} GFLOP/s`)

console.log("\nmatrix product, GFLOP/s (share of peak)")
for (const n of [64, 256, 512, 1024, 2048]) {
  const [a, b, out] = [filled(n, n), filled(n, n), filled(n, n)]
  const forms = { "A B": [a, b], "A Bᵀ": [a, transposed(b)], "Aᵀ B": [transposed(a), b] }
  for (const threads of availableParallelism() > 1 ? [1, 2] : [1]) {
    native.threads = threads
    const figures = Object.entries(forms).map(([name, [left, right]]) => {
      const rate = (2 * n ** 3) / shortest(() => native.matmul(left, right, out, false))
      return `${name} ${rate.toFixed(0)} (${((100 * rate) / (peak * threads)).toFixed(0)} %)`
    })
    console.log(`  ${String(n).padStart(4)}  ${threads} thread${threads > 1 ? "s" : " "}  ${figures.join("   ")}`)
  }
}

native.threads = 1
console.log("\nelements per ns, 16,384 float32 in cache, one thread")
const [x, y] = [filled(16384), filled(16384)]
const rate = (work) => (16384 / shortest(work, 0.05)).toFixed(1)
console.log(
  `  ${Object.keys(unaryCodes)
    .map((op) => `${op} ${rate(() => native.unary(op, x, y))}`)
    .join("  ")}`,
)
console.log(
  `  ${["add", "mul", "maximum", "pow"].map((op) => `${op} ${rate(() => native.binary(op, x, x, y))}`).join("  ")}`,
)
const rows = makeView(x.storage, [128, 128])
const rowsOut = makeView(y.storage, [128, 128])
console.log(
  `  softmax ${rate(() => native.softmax(rows, rowsOut, false))}  sum ${rate(() => native.reduce("sum", x, makeView(y.storage, [1])))}  transpose ${rate(() => native.copy(transposed(rows), rowsOut))}`,
)

console.log("\nns per call from JavaScript, one element")
const [one, two, three] = [filled(1), filled(1), filled(1)]
const [m, w, o] = [filled(1, 1), filled(1, 1), filled(1, 1)]
const calls = {
  "addon.run": () => addon.run(),
  add: () => native.binary("add", one, two, three),
  relu: () => native.unary("relu", one, three),
  "add a row": () => native.binary("add", m, w, o),
  matmul: () => native.matmul(m, w, o, false),
  linear: () => native.linear(m, w, one, "relu", o),
  sum: () => native.reduce("sum", one, three),
}
const times = Object.entries(calls).map(([name, call]) => {
  native.unary("neg", one, three) // what `addon.run` repeats
  const many = shortest(() => {
    for (let i = 0; i < 10_000; i++) call()
  }, 0.2)
  return `${name} ${(many / 10_000).toFixed(1)}`
})
console.log(`  ${times.join("   ")}`)
