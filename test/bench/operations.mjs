// Single operations beside PyTorch: matrix products as shares of the machine's multiply-adds, everything else as shares of
// what it copies in the same time; each figure is taken anew in every repeat, the libraries taking turns.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Runner } from "../../scripts/bench-runner.mjs"
import { workloads } from "./workloads.mjs"

const here = dirname(fileURLToPath(import.meta.url))

/** left[batch, m, k] @ right[batch, k, n]; `forms` says which of them are the transposed of what stands in memory. */
const product = (m, k, n, { batch = 1, transposed = "" } = {}) => ({
  title: `${batch > 1 ? `${batch} of ` : ""}${m} × ${k} × ${n}${{ "": "", a: ", Aᵀ", b: ", Bᵀ", ab: ", Aᵀ Bᵀ" }[transposed]}`,
  name: "matmul",
  sizes: [batch, m, k, n],
  transposed,
  flops: 2 * batch * m * k * n,
})

/** A function over `count` numbers in rows; `moved` counts the numbers read and written for each element. */
const elementwise = (name, title, count, moved, { length = 1000 } = {}) => ({
  title: `${title} of ${count === 1e6 ? "1e6" : "1e7"}`,
  name,
  sizes: [count / length, length],
  bytes: 4 * moved * count,
})

const transposes = ["", "a", "b", "ab"]
const squares = [256, 512, 1024, 2048].map((n) => product(n, n, n))
const products = [
  [64, 784, 256],
  [1024, 128, 512],
  [64, 32, 64, { batch: 64 }],
  [1, 784, 256],
].flatMap(([m, k, n, options]) => transposes.map((transposed) => product(m, k, n, { ...options, transposed })))
const functions = [1e6, 1e7].flatMap((count) => [
  elementwise("multiplyAdd", "a·b + c", count, 4),
  elementwise("exp", "exp", count, 2),
  elementwise("sum", "sum", count, 1),
  elementwise("softmax", "softmax over 1000", count, 2),
  elementwise("layerNorm", "layer norm over 1000", count, 2),
])

/** What each operation takes where it is run at four sizes, and how its arithmetic grows with the size. */
const growing = {
  "matrix product, n × n": { sizes: [128, 256, 512, 1024], power: 3, at: (n) => product(n, n, n) },
  ...Object.fromEntries(
    Object.entries({ exp: "exp", sum: "sum", softmax: "softmax", layerNorm: "layer norm" }).map(([name, title]) => [
      `${title}, n numbers`,
      { sizes: [1e6, 2e6, 4e6, 8e6], power: 1, at: (n) => elementwise(name, title, n, 2) },
    ]),
  ),
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const percent = (share) => `${(100 * share).toFixed(0)} %`
const microseconds = (seconds) => {
  const value = seconds * 1e6
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3)
}

/** Ours and PyTorch, each with one thread and with two. */
async function startRunners(python) {
  const running = []
  for (const threads of [1, 2]) {
    const args = [join(here, "operations-runner.mjs"), String(threads)]
    running.push(await Runner.start({ command: process.execPath, args, name: `cellgrad, ${threads}` }))
  }
  if (existsSync(python)) {
    for (const threads of [1, 2]) {
      const args = [join(here, "torch_operations.py"), String(threads)]
      running.push(await Runner.start({ command: python, args, name: `PyTorch, ${threads}` }))
    }
  } else console.log("  PyTorch: not installed; node scripts/venv.mjs")
  return running
}

/** The medians of `repeats` answers of each runner, in seconds; null of one that does not know the operation. */
async function askAll(runners, operation, repeats) {
  const answers = runners.map(() => [])
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [i, runner] of runners.entries()) {
      const answer = await runner?.ask(JSON.stringify(operation))
      if (answer?.seconds) answers[i].push(answer.seconds)
    }
  }
  return answers.map((values) => (values.length === 0 ? null : median(values)))
}

const least = (values) => values.filter((value) => value !== null).sort((a, b) => a - b)[0] ?? null

/** The slope of log(time) over log(size). */
function exponent(sizes, times) {
  const [x, y] = [sizes, times].map((values) => values.map(Math.log))
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const along = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0)
  return along / x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
}

/** The parts of the benchmark by name. */
export const operationParts = { products: measureProducts, functions: measureFunctions, growth: measureGrowth }

/** Measures and prints the named parts; the rows come back with seconds and shares. */
export async function measureOperations(parts, repeats, python) {
  const runners = await startRunners(python)
  const libraries = { ours: runners.slice(0, 2), torch: runners.slice(2), repeats }
  const found = {}
  for (const part of parts) found[part] = await operationParts[part](libraries)
  for (const runner of runners) runner?.close()
  return found
}

async function measureProducts(libraries) {
  const peak = (await askAll(libraries.ours, { name: "peak" }, libraries.repeats)).map((seconds) => 1 / seconds)
  const [one, two] = peak.map(giga)
  console.log(`\nmatrix products; the machine multiplies and adds at ${one} GFLOP/s on one thread, ${two} on two:`)
  const rows = []
  for (const operation of [...squares, ...products]) {
    rows.push(await besideTorch(libraries, operation, operation.flops, peak, "GFLOP/s"))
  }
  return { peak, rows }
}

async function measureFunctions(libraries) {
  const rows = []
  const copied = {}
  for (const count of [1e6, 1e7]) {
    const seconds = await askAll(libraries.ours, { name: "copy", sizes: [count] }, libraries.repeats)
    const rates = seconds.map((time) => (8 * count) / time)
    copied[count] = rates
    const [one, two] = rates.map(giga)
    console.log(`\n${count.toExponential(0)} numbers; memory is copied at ${one} GB/s on one thread, ${two} on two:`)
    for (const operation of functions.filter(({ sizes }) => sizes[0] * sizes[1] === count)) {
      rows.push(await besideTorch(libraries, operation, operation.bytes, rates, "GB/s"))
    }
  }
  return { copied, rows }
}

/** One row: ours as shares of what the machine can do (`roof`, for one thread and for two), and the better of PyTorch's. */
async function besideTorch({ ours, torch, repeats }, operation, work, roof, unit) {
  const seconds = await askAll(ours, operation, repeats)
  const theirs = await askAll(torch, operation, repeats)
  const best = least(theirs)
  const ratio = best === null ? null : best / least(seconds)
  const shares = seconds.map((time, i) => work / time / roof[i])
  const threads = seconds.map(
    (time, i) =>
      `${microseconds(time).padStart(7)} µs ${giga(work / time).padStart(4)} ${unit} ${percent(shares[i]).padStart(5)}`,
  )
  const compared =
    best === null ? "" : `PyTorch ${microseconds(best).padStart(7)} µs  cellgrad is ${ratio.toFixed(2)} × as fast`
  console.log(`  ${operation.title.padEnd(28)} ${threads.join("   ")}   ${compared}`.trimEnd())
  return { title: operation.title, seconds, shares, torch: theirs, ratio }
}

async function measureGrowth({ ours, repeats }) {
  console.log("\nhow the time grows with the size, one thread:")
  const rows = []
  for (const [title, { sizes, power, at }] of Object.entries(growing)) {
    const times = []
    for (const size of sizes) times.push((await askAll(ours.slice(0, 1), at(size), repeats))[0])
    rows.push(growthRow(title, sizes, times, power))
  }
  console.log("\nhow the time of a training step grows with the batch:")
  const args = [join(here, "cellgrad-runner.mjs")]
  const runner = await Runner.start({ command: process.execPath, args, name: "cellgrad" })
  for (const [name, { batch }] of Object.entries(workloads)) {
    const sizes = [batch, 2 * batch, 4 * batch, 8 * batch]
    const times = []
    for (const size of sizes) {
      const rates = []
      for (let repeat = 0; repeat < repeats; repeat++) {
        rates.push((await runner.ask(`${name}@${size}`)).stepsPerSecond)
      }
      times.push(1 / median(rates))
    }
    rows.push(growthRow(name, sizes, times, 1))
  }
  runner.close()
  return rows
}

/** Prints and returns the times at some sizes, with the exponent that fits them and that of the arithmetic. */
function growthRow(title, sizes, seconds, arithmetic) {
  const fitted = exponent(sizes, seconds)
  const figures = sizes.map((size, i) => `${size.toLocaleString("en")}: ${microseconds(seconds[i])} µs`).join(", ")
  console.log(`  ${title.padEnd(24)} ${figures}; exponent ${fitted.toFixed(2)}, of its arithmetic ${arithmetic}`)
  return { title, sizes, seconds, exponent: fitted, arithmetic }
}

function giga(perSecond) {
  const value = perSecond / 1e9
  return value >= 10 ? value.toFixed(0) : value.toFixed(1)
}
