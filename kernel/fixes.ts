import { createRequire } from "node:module"
import type { LspRange } from "./diagnostics.js"
import type { Diagnostic } from "./language.js"
import { offsetAt } from "./positions.js"

export interface LspCodeAction {
  readonly title: string
  readonly edit?: {
    readonly changes?: Readonly<Record<string, readonly { readonly range: LspRange; readonly newText: string }[]>>
  }
}

/** A decorator of TypeScript before version 5, (target, key, descriptor), is called as JavaScript does: (value, context). */
export function fixOfDecorator({ code, message }: Diagnostic): string | undefined {
  const isOlder = /decorator expects [^12]|Context<.*' is not assignable to parameter of type '(?:string|PropertyKey)/
  if (code < 1238 || code > 1241 || !isOlder.test(message)) return undefined
  return 'make it (value, context); or put a tsconfig.json with "experimentalDecorators": true beside the notebook and restart'
}

/** "Cannot find name 'x'", and the same where the server knows a similar name. */
const unknownNames = new Set([2304, 2552, 18004])

/** Node's modules whose exports are looked for by name. Those at the front win. */
const builtins = [
  "fs",
  "path",
  "os",
  "util",
  "crypto",
  "url",
  "child_process",
  "timers/promises",
  "fs/promises",
  "readline",
  "zlib",
  "events",
  "assert",
  "stream",
  "http",
  "https",
  "net",
  "worker_threads",
]

/** The fix that a code action of the server offers: its title, and the first lines that it would write. */
export function fixOfAction({ title, edit }: LspCodeAction): string {
  const [edits = []] = Object.values(edit?.changes ?? {})
  // Line 0 of the server's document is ours.
  const written = edits.filter(({ range }) => range.start.line > 0).flatMap(({ newText }) => newText.split("\n"))
  const lines = written.map((line) => line.trimEnd()).filter((line) => line !== "")
  const shown = lines.length > maxLines ? [...lines.slice(0, maxLines), "…"] : lines
  return [title, ...shown].join("\n")
}

const maxLines = 6

/** The fix that stands in the message itself: the line of the cell with the name that the server means. */
export function fixOfSpelling(code: string, { message, start, end }: Diagnostic): string | undefined {
  const meant = /Did you mean (?:to write |the (?:instance|static) member )?'([^']+)'\?/.exec(message)?.[1]
  if (meant !== undefined) return lineWith(code, { start, end }, meant)
  if (!/Did you mean to include 'new'\?/.test(message)) return undefined
  return lineWith(code, { start, end }, `new ${code.slice(offsetAt(code, start), offsetAt(code, end))}`)
}

/** The same for a string that is none of those allowed but nearly one: the name of a column, an option. */
export function fixOfChoice(code: string, { message, start, end }: Diagnostic): string | undefined {
  const found = /[Tt]ype '"([^"]+)"' is not assignable to (?:parameter of )?type '((?:"[^"]+"(?: \| )?)+)'/.exec(
    message,
  )
  if (!found) return undefined
  const [, written = "", allowed = ""] = found
  const distances = Array.from(allowed.matchAll(/"([^"]+)"/g), ([, word = ""]) => ({
    word,
    far: distance(written, word),
  }))
  const [nearest] = distances.sort((a, b) => a.far - b.far)
  return nearest && nearest.far <= Math.max(1, written.length / 3)
    ? lineWith(code, { start, end }, nearest.word)
    : undefined
}

/** How many letters must be put in, taken out or changed to make one word of another (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The line of a place with something else written there. */
export function lineWith(
  code: string,
  { start, end }: Pick<Diagnostic, "start" | "end">,
  meant: string,
): string | undefined {
  if (start.line !== end.line) return undefined
  const [from, to] = [offsetAt(code, start), offsetAt(code, end)]
  const lineStart = code.lastIndexOf("\n", from - 1) + 1
  const lineEnd = code.indexOf("\n", to)
  // Of a string the quotes belong to the place.
  const quote = /^["'`]/.exec(code.slice(from, to))?.[0] ?? ""
  const text = quote !== "" && !/^["'`]/.test(meant) ? `${quote}${meant}${quote}` : meant
  return (code.slice(lineStart, from) + text + code.slice(to, lineEnd < 0 ? undefined : lineEnd)).trim()
}

/** What the server asks at another place: "Did you mean to mark this function as 'async'?" */
export function fixOfRelated({ related = [] }: Diagnostic): string | undefined {
  for (const { message, line } of related) {
    const meant = /^Did you (?:mean|forget) to (.+)\?$/.exec(message)?.[1]
    if (meant !== undefined) return `${meant} (line ${line + 1})`
    const missing = /^An argument for '(.+)' was not provided\.$/.exec(message)?.[1]
    if (missing !== undefined) return `the argument ${missing} is missing`
  }
  return undefined
}

/** The import of Node's that brings in a name which nobody declares. */
export function fixOfImport(name: string): string | undefined {
  if (builtins.includes(name)) return `import ${name} from "node:${name}"`
  const require = createRequire(import.meta.url)
  for (const builtin of builtins) {
    const exported = require(`node:${builtin}`) as Record<string, unknown>
    if (Object.hasOwn(exported, name)) return `import { ${name} } from "node:${builtin}"`
  }
  return undefined
}

/** The name that a diagnostic says nobody declares. */
export function unknownName({ code, message }: Diagnostic): string | undefined {
  return unknownNames.has(code) ? /name '([^']+)'/.exec(message)?.[1] : undefined
}
