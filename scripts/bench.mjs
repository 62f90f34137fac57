// npm run bench: Cellgrad and its peers on the same work in the same run, as medians and ratios.
//   npm run bench                             everything that is installed here
//   npm run bench -- --only kernels,tiny      some rows: kernels, operations, training, data, display, or a row's name (start, import,
//                                             expression, declaration, products, functions, growth, tiny, mlp, csv, live, render)
//   npm run bench -- --repeats 9              how often each figure is taken (at least 5, which is the default)
//   npm run bench -- --json out/bench.json    writes the figures too
//   npm run bench -- --install-peers          installs tfjs-wasm, jax-js and Deno below test/bench/peers first
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { measureCsv } from "../test/bench/csv.mjs"
import { measureCharts, measureLooking } from "../test/bench/display.mjs"
import { measureImports } from "../test/bench/import.mjs"
import { measureOperations, operationParts } from "../test/bench/operations.mjs"
import { kernelsHere, linesOf, peers, python } from "./bench-kernels.mjs"
import { Runner } from "./bench-runner.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bench = join(root, "test/bench")
const windows = process.platform === "win32"

const rows = {
  start: { group: "kernels", title: "start → kernel_info reply", unit: "ms" },
  expression: { group: "kernels", title: "1 + 1, request → idle", unit: "ms" },
  declaration: { group: "kernels", title: "declaring cell, request → idle", unit: "ms" },
  declarationLater: { group: "kernels", title: "declaring cell after 200 others, request → idle", unit: "ms" },
  completion: { group: "kernels", title: "completion, member of an object", unit: "ms" },
  completionFirst: { group: "kernels", title: "first completion of a session", unit: "ms" },
  completionBusy: { group: "kernels", title: "completion while a cell computes (for 1 s)", unit: "ms" },
  tiny: { group: "training", title: "training step, 10-64-64-1, batch 32, Adam", unit: "steps/s" },
  mlp: { group: "training", title: "training step, 784-256-128-10, batch 64, Adam", unit: "steps/s" },
  cnn: {
    group: "training",
    title: "training step, two convolutions of 3 x 3, 28 x 28, batch 64, Adam",
    unit: "steps/s",
  },
  gpt: {
    group: "training",
    title: "training step, GPT of 4 layers, width 128, context 64, batch 16, Adam",
    unit: "steps/s",
  },
  csv: { group: "data", title: "CSV file of 1,000,000 × 11 numbers → tensor", unit: "ms" },
  lstm: { group: "training", title: "training step, LSTM of 128, 64 steps, batch 32, Adam", unit: "steps/s" },
  import: { group: "import", title: "first import of the library, beyond the start of Node or Python", unit: "ms" },
}

/** What is measured of our own displays, beside nobody. */
const displays = {
  live: "training with a live chart and a progress bar, in a kernel",
  render: "drawing charts as SVG and PNG",
}

const { only, json, repeats, installPeers } = readOptions()
const wanted = Object.keys(rows).filter(
  (name) => only.length === 0 || only.includes(name) || only.includes(rows[name].group),
)

if (installPeers) {
  const install = ["install", "--no-package-lock", "--no-audit", "--no-fund"]
  const { status } = spawnSync(windows ? "npm.cmd" : "npm", install, { cwd: peers, stdio: "inherit", shell: windows })
  if (status !== 0) fail("npm could not install the peers", 1)
}
if (!existsSync(join(root, "dist/src/index.js"))) fail("dist/ is missing; run `npm run build` first", 1)

console.log(
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; medians of ${repeats} repeats`,
)
const figures = [
  ...(wanted.some((name) => rows[name].group === "kernels") ? await measureKernels() : []),
  ...(wanted.some((name) => rows[name].group === "training") ? await measureTraining() : []),
  ...(wanted.includes("csv") ? await measureCsv(repeats, python) : []),
  ...(wanted.includes("import") ? measureImports(repeats, python) : []),
]
const wantsDisplay = (name) => only.length === 0 || only.includes(name) || only.includes("display")
const parts = Object.keys(operationParts).filter(
  (name) => only.length === 0 || only.includes(name) || only.includes("operations"),
)
const operations = parts.length > 0 ? await measureOperations(parts, repeats, python) : undefined
const live = wantsDisplay("live") ? await measureLive() : undefined
const render = wantsDisplay("render") ? await measureRender() : undefined
const results = wanted.map((name) => ({ row: name, ...rows[name], libraries: librariesOf(name) }))
for (const result of results) print(result)
if (json !== undefined) {
  mkdirSync(dirname(json), { recursive: true })
  const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.versions.node }
  writeFileSync(
    json,
    `${JSON.stringify({ date: new Date().toISOString(), machine, repeats, results, operations, live, render }, null, 2)}\n`,
  )
  console.log(`\nwritten: ${json}`)
}
if (results.some(({ libraries }) => libraries[0]?.ours !== true))
  fail("Cellgrad itself could not be measured; see above", 1)

function readOptions() {
  const options = {
    only: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    repeats: { type: "string", default: "5" },
    "install-peers": { type: "boolean", default: false },
  }
  let values
  try {
    values = parseArgs({ options }).values
  } catch (error) {
    fail(error.message, 2)
  }
  const only = values.only.flatMap((names) => names.split(","))
  const known = new Set([
    ...Object.keys(rows),
    ...Object.values(rows).map(({ group }) => group),
    ...Object.keys(displays),
    "display",
    ...Object.keys(operationParts),
    "operations",
  ])
  const unknown = only.find((name) => !known.has(name))
  if (unknown !== undefined) fail(`no row is called "${unknown}"; there are ${[...known].join(", ")}`, 2)
  const repeats = Number(values.repeats)
  if (!Number.isInteger(repeats) || repeats < 5) fail("--repeats takes a whole number from 5 up", 2)
  return { only, json: values.json, repeats, installPeers: values["install-peers"] }
}

function fail(message, code) {
  console.error(`bench: ${message}`)
  process.exit(code)
}

function notInstalled(name, how) {
  console.log(`  ${name}: not installed; ${how}`)
}

/** Starts, times and stops each kernel in turn, through test/bench/kernels.py. */
async function measureKernels() {
  console.log("\nkernels, through jupyter_client:")
  if (!existsSync(python)) {
    notInstalled("jupyter_client", "node scripts/venv.mjs")
    return []
  }
  const found = []
  const kernels = kernelsHere(notInstalled)
  for await (const { kernel, error, ...times } of linesOf("kernels.py", String(repeats), JSON.stringify(kernels))) {
    if (error !== undefined) console.log(`  ${kernel}: failed: ${error}`)
    else
      console.log(
        `  ${kernel}: ${Object.entries(times)
          .map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`)
          .join(", ")}`,
      )
    for (const [row, value] of Object.entries(times)) found.push({ row, library: kernel, value })
  }
  return found
}

/** The loop of a training with and without a live chart and a progress bar; each is read as a share of the plain loop. */
async function measureLive() {
  console.log(`\n${displays.live}:`)
  const found = {}
  for (const workload of ["tiny", "mlp"]) {
    found[workload] = {}
    for (const [name, { pairs, share }] of Object.entries(await measureLooking(repeats, workload))) {
      const plain = median(pairs.map(([rate]) => rate))
      const slower = pairs.map(([rate, watched]) => 1 - watched / rate).sort((a, b) => a - b)
      const percent = (share) => `${(100 * share).toFixed(1)} %`
      const [low, high] = [0.25, 0.75].map((share) => percent(slower[Math.round(share * (slower.length - 1))]))
      found[workload][name] = { plain, slower: median(slower), share }
      console.log(
        `  ${workload.padEnd(5)} ${name.padEnd(9)} ${percent(median(slower)).padStart(6)} slower than ${format(plain)} steps/s  (${low} … ${high}, quartiles of ${pairs.length} pairs); by the clock ${percent(share)}`,
      )
    }
  }
  return found
}

async function measureRender() {
  console.log(`\n${displays.render}, once warm:`)
  const charts = await measureCharts(repeats)
  for (const { name, kilobytes, svg, png } of charts)
    console.log(
      `  ${name.padEnd(20)} ${svg.toFixed(1).padStart(6)} ms SVG + ${png.toFixed(1).padStart(6)} ms PNG  ${kilobytes.toFixed(1).padStart(6)} KB`,
    )
  return charts
}

/** Lets every library train in turn, each in a process of its own that stays; one works while the others wait. */
async function measureTraining() {
  console.log("\ntraining steps:")
  const runners = [{ command: process.execPath, args: [join(bench, "cellgrad-runner.mjs")], name: "cellgrad" }]
  if (existsSync(python)) {
    for (const threads of ["1", "2"])
      runners.push({ command: python, args: [join(bench, "torch_workloads.py"), threads], name: "PyTorch" })
  } else notInstalled("PyTorch", "node scripts/venv.mjs")
  for (const [name, folder, script] of [
    ["tfjs-wasm", "@tensorflow/tfjs-backend-wasm", "tfjs-runner.mjs"],
    ["jax-js", "@jax-js/jax", "jax-runner.mjs"],
  ]) {
    if (existsSync(join(peers, "node_modules", folder)))
      runners.push({ command: process.execPath, args: [join(peers, script)], name })
    else notInstalled(name, "npm run bench -- --install-peers")
  }

  const running = []
  for (const runner of runners) {
    const library = await Runner.start(runner)
    if (library) running.push(library)
  }
  const found = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const row of wanted.filter((name) => rows[name].group === "training")) {
      for (const runner of running) {
        const answer = await runner.ask(row)
        if (answer === undefined || answer.stepsPerSecond === null) continue
        console.log(`  ${answer.library}: ${row} ${format(answer.stepsPerSecond)} steps/s`)
        found.push({ row, library: answer.library, value: answer.stepsPerSecond })
      }
    }
  }
  for (const runner of running) runner.close()
  return found
}

/** The libraries that were measured on a row, ours first, then from fast to slow; of PyTorch the better thread count. */
function librariesOf(row) {
  const byLibrary = new Map()
  for (const { library, value } of figures.filter((figure) => figure.row === row))
    byLibrary.set(library, [...(byLibrary.get(library) ?? []), value])
  const faster = rows[row].unit === "ms" ? (a, b) => a.value - b.value : (a, b) => b.value - a.value
  const measured = [...byLibrary].map(([library, values]) => ({
    library,
    value: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    ours: library.startsWith("cellgrad"),
  }))
  const torch = measured.filter(({ library }) => library.startsWith("PyTorch")).sort(faster)
  const kept = measured.filter((entry) => !torch.slice(1).includes(entry)).sort(faster)
  const ours = kept.find((entry) => entry.ours)
  for (const entry of kept) {
    if (!ours || entry.ours) continue
    entry.ratio = rows[row].unit === "ms" ? entry.value / ours.value : ours.value / entry.value
  }
  return ours ? [ours, ...kept.filter((entry) => entry !== ours)] : kept
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function format(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3)
}

function print({ title, unit, libraries }) {
  console.log(`\n${title}`)
  for (const { library, value, low, high, ratio } of libraries) {
    const compared = ratio === undefined ? "" : `cellgrad is ${ratio.toFixed(ratio < 1 ? 2 : 1)} × as fast`
    const range = `(${format(low)} … ${format(high)})`
    console.log(
      `  ${library.padEnd(30)} ${format(value).padStart(9)} ${unit.padEnd(8)} ${range.padEnd(22)} ${compared}`.trimEnd(),
    )
  }
}
