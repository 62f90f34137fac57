// Cellgrad's side of the benchmark of operations, written as a user would: a line with an operation as JSON comes in, a line
// with the seconds that one call takes goes out. torch_operations.py speaks the same.
//
//   node operations-runner.mjs THREADS
import { createInterface } from "node:readline"
import { F, noGrad, ones, randn, setNumThreads, zeros } from "../../dist/src/index.js"
import { loadAddon } from "../../dist/src/native/addon.js"
import { kernels } from "../../dist/src/native/descriptor.js"

setNumThreads(Number(process.argv[2]))

function matmul({ sizes: [batch, m, k, n], transposed }) {
  const stored = (rows, columns, swapped) => {
    const shape = swapped ? [columns, rows] : [rows, columns]
    const x = randn(batch > 1 ? [batch, ...shape] : shape)
    return swapped ? x.mT() : x
  }
  const [a, b] = [stored(m, k, transposed.includes("a")), stored(k, n, transposed.includes("b"))]
  return () => a.matmul(b)
}

const operations = {
  matmul,
  copy: ({ sizes }) => {
    const x = randn(sizes)
    return () => x.clone()
  },
  multiplyAdd: ({ sizes }) => {
    const [a, b, c] = [randn(sizes), randn(sizes), randn(sizes)]
    return () => a.mul(b).add(c)
  },
  exp: ({ sizes }) => {
    const x = randn(sizes)
    return () => x.exp()
  },
  sum: ({ sizes }) => {
    const x = randn(sizes)
    return () => x.sum().item()
  },
  softmax: ({ sizes }) => {
    const x = randn(sizes)
    return () => F.softmax(x, -1)
  },
  layerNorm: ({ sizes }) => {
    const [x, weight, bias] = [randn(sizes), ones([sizes[1]]), zeros([sizes[1]])]
    return () => F.layerNorm(x, [sizes[1]], weight, bias)
  },
}

/** Seconds of one call, over at least `seconds` after a warm-up. */
function timeOf(call, seconds = 0.08) {
  const warm = performance.now() + 40
  for (let i = 0; i < 2 || performance.now() < warm; i++) call()
  let calls = 0
  let atOnce = 1
  const begin = performance.now()
  for (;;) {
    for (let i = 0; i < atOnce; i++) call()
    calls += atOnce
    const elapsed = (performance.now() - begin) / 1000
    if (elapsed >= seconds) return elapsed / calls
    // The clock is read every hundredth of the time or so.
    if (elapsed < seconds / 100) atOnce *= 2
  }
}

/** Seconds for each floating-point operation where nothing but multiply-adds is done. */
function peak() {
  const found = loadAddon()
  if (!("addon" in found)) throw new Error(found.problem)
  const { addon } = found
  let operationsDone = 0
  const seconds = timeOf(() => {
    addon.ints[0] = kernels.peak
    addon.numbers[0] = 300_000
    addon.run()
    operationsDone = addon.numbers[0]
  })
  return seconds / operationsDone
}

console.log(JSON.stringify({ library: "cellgrad" }))
let last // repeats come one after the other, and filling large operands takes longer than the operation
for await (const line of createInterface({ input: process.stdin })) {
  if (last?.line !== line) {
    const operation = JSON.parse(line)
    last = { line, call: operation.name === "peak" ? null : operations[operation.name](operation) }
  }
  const seconds = last.call === null ? peak() : noGrad(() => timeOf(last.call))
  console.log(JSON.stringify({ seconds }))
}
