import { types } from "node:util"

/** Whether a value is all that a module exports: `import * as d3 from "d3"`, or `nn` and `optim` of the runtime. */
export function isModule(value: unknown): value is Readonly<Record<string, unknown>> {
  // A proxy of the user's is not asked: it may answer with an error.
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false
  return Object.prototype.toString.call(value) === "[object Module]"
}

const width = 100

/** What a module exports, by kind; `inspect` would say of each that it is a getter. */
export function moduleText(module: Readonly<Record<string, unknown>>): string {
  const kinds = new Map<string, string[]>([
    ["classes", []],
    ["functions", []],
    ["values", []],
  ])
  for (const name of Object.keys(module).sort()) kinds.get(kindOf(module, name))?.push(name)
  const count = Object.keys(module).length
  const lines = [...kinds].filter(([, names]) => names.length > 0).map(([kind, names]) => paragraph(kind, names))
  return [`Module with ${count} export${count === 1 ? "" : "s"}`, ...lines].join("\n")
}

function kindOf(module: Readonly<Record<string, unknown>>, name: string): string {
  try {
    const value = module[name]
    if (typeof value !== "function") return "values"
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "classes" : "functions"
  } catch {
    return "values" // a module that is still being loaded
  }
}

/** The names behind their kind, broken into lines below one another. */
function paragraph(kind: string, names: readonly string[]): string {
  const indent = " ".repeat(13)
  const lines = [`  ${kind.padEnd(11)}`]
  for (const [i, name] of names.entries()) {
    const word = i === names.length - 1 ? name : `${name}, `
    const last = lines.at(-1) ?? ""
    if (last.length + word.trimEnd().length > width && last.length > indent.length) lines.push(indent + word)
    else lines[lines.length - 1] = last + word
  }
  return lines.map((line) => line.trimEnd()).join("\n")
}
