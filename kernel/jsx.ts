import { parseSync } from "oxc-parser"
import type { TransformOptions } from "oxc-transform"
import type { CompilerOptions } from "./tsconfig.js"

/** Whether a text that is no plain TypeScript is TypeScript with JSX. */
export function isJsx(code: string): boolean {
  if (!/<[\p{L}_$>]/u.test(code)) return false
  return parseSync("cell.tsx", code, { lang: "tsx", sourceType: "module" }).errors.length === 0
}

/** Whether a text looks as if it were to become JSX, before it is complete. */
export function looksLikeJsx(code: string): boolean {
  return /<\/[\w.]*>|\/>/.test(code)
}

/** The factory that a comment asks for: `@jsx h`, `@jsxFrag Fragment`. */
function pragma(code: string, name: "jsx" | "jsxFrag" | "jsxImportSource"): string | undefined {
  return new RegExp(`/\\*\\*?[^/]*@${name}\\s+([\\w$./@-]+)`).exec(code)?.[1]
}

/**
 * How the JSX of a text becomes calls: by the factory that a comment names (`/** @jsx h *\/`), else as the tsconfig.json
 * beside the notebook says, else by `react/jsx-runtime`, as in most projects.
 */
export function jsxOptions(code: string, options: CompilerOptions = {}): NonNullable<TransformOptions["jsx"]> {
  const factory = pragma(code, "jsx")
  const importSource = pragma(code, "jsxImportSource") ?? options.jsxImportSource
  const classic = factory !== undefined || (options.jsx === "react" && pragma(code, "jsxImportSource") === undefined)
  if (!classic) return { runtime: "automatic", ...(importSource === undefined ? {} : { importSource }) }
  return {
    runtime: "classic",
    pragma: factory ?? options.jsxFactory ?? "React.createElement",
    pragmaFrag: pragma(code, "jsxFrag") ?? options.jsxFragmentFactory ?? "React.Fragment",
  }
}

/** The variables that JSX refers to where the options name a factory of calls: `h` of `h`, `React` of `React.createElement`. */
export function jsxNames(options: CompilerOptions): string[] {
  const jsx = jsxOptions("", options)
  if (typeof jsx === "string" || jsx.runtime !== "classic") return []
  return [jsx.pragma, jsx.pragmaFrag].flatMap((factory) => factory?.split(".", 1) ?? [])
}

/** The same for the type checker, as a comment for the first line of its text; "" where its options say it. */
export function jsxComment(code: string): string {
  const said = (["jsx", "jsxFrag", "jsxImportSource"] as const).flatMap((name) => {
    const value = pragma(code, name)
    return value === undefined ? [] : [`@${name} ${value}`]
  })
  if (said.length === 0) return ""
  const runtime = pragma(code, "jsx") === undefined ? "" : "@jsxRuntime classic "
  return `/** ${runtime}${said.join(" ")} */ `
}
