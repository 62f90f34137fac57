import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as cellgrad from "../../src/index.js"
import { golden } from "../golden/support.js"
import type { Proof } from "../ops/sample.js"
import { samples } from "../ops/samples.js"
import { root } from "../requirements.js"
import { leftOut, renamed } from "./names.js"

/** Where the counterparts of a section's names are looked for, and how they are written. */
interface Place {
  readonly prefix: string
  readonly owner: object
}

const at = (prefix: string, owner: object): Place => ({ prefix, owner })
const methods = at("x.", cellgrad.Tensor.prototype)
const functions = at("", cellgrad)

const places: Readonly<Record<string, readonly Place[]>> = {
  torch: [functions, methods],
  "torch.Tensor": [methods, functions],
  "torch.linalg": [at("linalg.", cellgrad.linalg)],
  "torch.autograd": [functions, methods],
  "torch.autograd.functional": [functions],
  "torch.nn": [at("nn.", cellgrad.nn)],
  "torch.nn.functional": [at("F.", cellgrad.F)],
  "torch.nn.init": [at("nn.init.", cellgrad.nn.init)],
  "torch.nn.utils": [at("nn.utils.", memberOf(cellgrad.nn, "utils")), at("nn.", cellgrad.nn)],
  "torch.optim": [at("optim.", cellgrad.optim)],
  "torch.optim.lr_scheduler": [at("optim.", cellgrad.optim)],
  "torch.utils.data": [functions],
}

/** A namespace in a namespace; an empty one where there is none. */
function memberOf(owner: object, name: string): object {
  return (owner as Readonly<Record<string, object | undefined>>)[name] ?? {}
}

/** One row: PyTorch's name, ours, how it is tested, or why there is none. */
export interface Row {
  readonly torch: string
  readonly ours: string | null
  readonly tested: string
  readonly why: string
}

/** The rows of all sections. */
export function sections(): Map<string, Row[]> {
  const names = golden<{ sections: Record<string, readonly string[]> }>("torch-names")
  return new Map(Object.entries(names.sections).map(([section, list]) => [section, rowsOf(section, list)]))
}

function rowsOf(section: string, list: readonly string[]): Row[] {
  return list.map((name) => {
    const ours = counterpart(section, name)
    if (ours !== null) return { torch: name, ours, tested: testsOf(name, ours), why: "" }
    return { torch: name, ours: null, tested: "", why: reason(section, name) }
  })
}

function counterpart(section: string, name: string): string | null {
  const other = renamed[section]?.[name] ?? (section === "torch.Tensor" ? renamed.torch?.[name] : undefined)
  for (const { prefix, owner } of places[section] ?? []) {
    if (other === undefined && camel(name) in owner) return `${prefix}${camel(name)}`
    if (other !== undefined && other in owner) return `${prefix}${other}`
  }
  if (other === undefined) return null
  return exists(other) ? other : null
}

/** Whether a dotted name such as `linalg.inv` is exported. */
function exists(path: string): boolean {
  let value: unknown = cellgrad
  for (const part of path.split(".")) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || !(part in value)) return false
    value = (value as Record<string, unknown>)[part]
  }
  return true
}

/** Our spelling of a PyTorch name; classes stay as they are. */
function camel(name: string): string {
  return name.replace(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function reason(section: string, name: string): string {
  const full = `${section}.${name}`
  const found = leftOut.find(([pattern]) => pattern.test(full))
  if (found === undefined)
    throw new Error(`${full} has neither a counterpart nor a reason: see test/compatibility/names.ts`)
  return found[1]
}

interface Source {
  readonly file: string
  readonly text: string
}

/** The files of a folder whose names match, with their text. */
function sources(folder: string, pattern: RegExp): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => pattern.test(file) && !file.startsWith("test/compatibility"))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
}

const tests = sources("test", /\.test\.ts$/)
const goldenTests = tests.filter(({ file }) => file.startsWith("test/golden/"))
const scripts = sources("scripts/golden", /\.py$/).filter(({ file }) => !file.endsWith("torch_names.py"))
const library = sources("src", /\.ts$/)

const mentions = (list: readonly Source[], name: string) => {
  const word = new RegExp(`\\b${name}(?![A-Za-z0-9_])`)
  return list.find(({ text }) => word.test(text))?.file
}

/** The samples of an operation that PyTorch evaluates too, in words. */
function calls(operation: string): string | undefined {
  const proof = (samples as Readonly<Record<string, Proof | undefined>>)[operation]
  return Array.isArray(proof) ? `PyTorch, ${proof.length} call${proof.length === 1 ? "" : "s"}` : undefined
}

/** How a function, method or class is tested: with PyTorch by its samples or a golden file, or in which file. */
function testsOf(torch: string, ours: string): string {
  const own = calls(ours.replace(/^(x|F)\./, ""))
  if (own !== undefined) return own
  const last = ours.split(".").at(-1) as string
  const byGold = mentions(goldenTests, last) ?? mentions(scripts, torch)
  if (byGold !== undefined) return `PyTorch, ${byGold}`
  const sameFunction = calls(last.replace(/^[A-Z]/, (letter) => letter.toLowerCase()))
  if (sameFunction !== undefined) return `its function: ${sameFunction}`
  const file = mentions(tests, last)
  if (file !== undefined) return file
  return library.some(({ text }) => text.includes("@example") && new RegExp(`@example.*\\b${last}\\b.* // `).test(text))
    ? "its example"
    : ""
}

/** The document. */
export function compatibilityTable(): string {
  const all = sections()
  const counts = [...all].map(([section, rows]) => {
    const present = rows.filter((row) => row.ours !== null).length
    return `| ${section} | ${present} | ${rows.length - present} |`
  })
  const tables = [...all].map(([section, rows]) => {
    const [present, missing] = [rows.filter((row) => row.ours !== null), rows.filter((row) => row.ours === null)]
    return [
      `## ${section}`,
      "",
      ...(present.length === 0 ? [] : ["| PyTorch | Cellgrad | tested by |", "|---|---|---|"]),
      ...present.map((row) => `| ${row.torch} | \`${row.ours}\` | ${row.tested} |`),
      ...(present.length === 0 ? [] : [""]),
      ...grouped(missing),
    ].join("\n")
  })
  return `# PyTorch's names and ours

What of PyTorch 2.13 there is, under which name, and what shows that it does the same. Written from the code by
\`npx vitest run test/compatibility/compatibility.test.ts --update\`; the names come from PyTorch itself (\`scripts/golden/torch_names.py\`).

"PyTorch, n calls" means that values and all gradients of n calls are compared with PyTorch's in float32 and float64 over two memory
layouts, and with central differences. Names are PyTorch's in camelCase; what is required stands in position, the rest in one object of
options. A method \`x.name(…)\` of PyTorch's is a method here; where a tensor comes first, a function \`torch.name(x, …)\` is a method too.

Where the meaning differs:

- \`max\`, \`min\`, \`median\`, \`sort\`, \`topk\`, \`kthvalue\`, \`mode\`, \`cummax\` and \`cummin\` along a dimension give an object with \`values\` and
  \`indices\`, which can also be taken apart: \`const [, predicted] = max(scores, 1)\`.
- Whole numbers are int32: a tensor has fewer than 2³¹ elements, so that every index fits. PyTorch's int64 results are int32 here.
- Numbers make float32 tensors, since JavaScript does not tell 1 from 1.0: \`tensor([1, 2])\` is float32.
- Arithmetic on booleans is an error that says to convert first.

| section | here | not here |
|---|---|---|
${counts.join("\n")}

${tables.join("\n\n")}
`
}

/** The missing names, one line per reason. */
function grouped(rows: readonly Row[]): string[] {
  const byReason = new Map<string, string[]>()
  for (const row of rows) byReason.set(row.why, [...(byReason.get(row.why) ?? []), row.torch])
  if (byReason.size === 0) return ["Nothing is missing."]
  return ["| not here | why |", "|---|---|", ...[...byReason].map(([why, list]) => `| ${list.join(", ")} | ${why} |`)]
}
