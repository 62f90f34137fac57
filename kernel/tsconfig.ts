import { readFileSync } from "node:fs"
import { join } from "node:path"

/** The options of a tsconfig.json that we read ourselves; all others are the language server's. */
export interface CompilerOptions {
  readonly paths?: Readonly<Record<string, readonly string[]>>
  readonly jsx?: string
  readonly jsxFactory?: string
  readonly jsxFragmentFactory?: string
  readonly jsxImportSource?: string
}

/** The text of the tsconfig.json in a folder. */
export function tsconfigText(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, "tsconfig.json"), "utf8")
  } catch {
    return undefined
  }
}

/** The options in the text of a tsconfig.json, comments and trailing commas allowed; none of a broken one. */
export function compilerOptions(text: string | undefined): CompilerOptions {
  if (text === undefined) return {}
  try {
    const json = text
      .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string: string | undefined) => string ?? "")
      .replace(/,(\s*[}\]])/g, "$1")
    return (JSON.parse(json) as { compilerOptions?: CompilerOptions }).compilerOptions ?? {}
  } catch {
    return {}
  }
}
