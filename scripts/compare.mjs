// npm run compare: asks Cellgrad's kernel, tslab, Deno and ipykernel the same with the same client, and writes
// docs/comparison.md. Needs Python's packages (node scripts/venv.mjs) and Deno (npm run bench -- --install-peers).
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { kernelsHere, linesOf } from "./bench-kernels.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")

const titles = {
  cellgrad: "Cellgrad",
  tslab: "tslab",
  deno: "Deno",
  ipykernel: "ipykernel",
}
const questions = {
  results: "the value of a cell, `1 + 1`",
  typeError: '`const wrong: number = "text"`',
  syntaxError: "a syntax error, `let = = 3`",
  interrupt: "`while (true) {}` and an interrupt",
  errorOfTimer: "an error thrown in a timer",
  rejection: "a rejected promise that nobody handles",
  direct: "`process.stdout.write`",
  child: "what a child process prints",
  conformance: "jupyter_kernel_test",
  lostIdles: "`idle` messages lost, 1,000 cells sent at once",
}

const kernels = kernelsHere((name, how) => {
  console.error(`compare: ${name} is not installed; ${how}`)
  process.exit(1)
})
const json = join(tmpdir(), `cellgrad-compare-${process.pid}.json`)
const { status } = spawnSync(process.execPath, [join(root, "scripts/bench.mjs"), "--only", "kernels", "--json", json], {
  stdio: "inherit",
})
if (status !== 0) process.exit(status ?? 1)
const { machine, repeats, results, date } = JSON.parse(readFileSync(json, "utf8"))

const answers = {}
const note = (kernel, found) => {
  answers[kernel] = { ...answers[kernel], ...found }
  for (const [question, answer] of Object.entries(found)) console.log(`  ${kernel}: ${question}: ${answer}`)
}
for await (const { kernel, answers: found } of linesOf("behaviours.py", JSON.stringify(kernels))) note(kernel, found)
for await (const { kernel, outcome } of linesOf("conformance_of.py", JSON.stringify(kernels)))
  note(kernel, { conformance: outcome })

const names = Object.keys(titles)
const row = (cells) => `| ${cells.join(" | ")} |`
const table = (first, rows) =>
  [row([first, ...Object.values(titles)]), row(["---", ...names.map(() => "---")]), ...rows].join("\n")
const figure = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3))

const times = results.map(({ title, libraries }) => {
  const best = Math.min(...libraries.map(({ value }) => value))
  return row([
    title,
    ...names.map((name) => {
      const entry = libraries.find(({ library }) => library === name)
      if (entry === undefined) return "nothing"
      return entry.value === best ? `**${figure(entry.value)}**` : figure(entry.value)
    }),
  ])
})
const behaviours = Object.entries(questions).map(([question, title]) =>
  row([title, ...names.map((name) => answers[name]?.[question] ?? "no answer")]),
)
const path = join(root, "docs/comparison.md")
writeFileSync(
  path,
  `# Kernels compared

Written by \`npm run compare\` on ${date.slice(0, 10)}: the same client (jupyter_client) asks every kernel the same, in the same run, on
${machine.cores} cores of ${machine.cpu}, Node ${machine.node}. Times are medians of ${repeats} starts, in milliseconds. What Python has
nothing of is marked –; "nothing" means that the kernel gave no right answer.

${table("milliseconds", times)}

${table("what happens", behaviours)}

Cellgrad checks the types of the cells that it is timed with; Deno checks none.
`,
)
console.log(`\nwritten: ${path}`)
