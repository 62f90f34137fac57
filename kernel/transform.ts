import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Node, parseSync } from "oxc-parser"
import { type HelperMode, type TransformOptions, type TransformResult, transformSync } from "oxc-transform"
import { jsxOptions } from "./jsx.js"
import { typescriptExecutable } from "./lsp.js"
import type { CompilerOptions } from "./tsconfig.js"

type Transformed = Pick<TransformResult, "code" | "map" | "errors">

/** What becomes of a text beside what its tsconfig.json says. */
export interface TransformSettings {
  readonly options: CompilerOptions
  readonly jsx: boolean
  /** Keeps imports that nothing uses: the next cell may. */
  readonly keepImports: boolean
}

/** Makes TypeScript the JavaScript that Node 20 runs, as the options of a tsconfig.json ask for. */
export function transform(path: string, code: string, settings: TransformSettings): Transformed {
  const { options, keepImports } = settings
  const isJsx = settings.jsx
  const fast = transformSync(path, code, {
    lang: isJsx ? "tsx" : "ts",
    sourceType: "module",
    sourcemap: true,
    target: "es2022",
    // Helpers are found on globalThis (cell-helpers.ts), not in a package that the user would have to install.
    helpers: { mode: "External" as HelperMode },
    decorator: decoratorOptions(options),
    typescript: { onlyRemoveTypeImports: keepImports, removeClassFieldsWithoutInitializer: !definesFields(options) },
    ...(definesFields(options) ? {} : { assumptions: { setPublicClassFields: true } }),
    ...(isJsx ? { jsx: jsxOptions(code, options) } : {}),
  })
  if (fast.errors.some(({ severity }) => severity === "Error")) return fast
  return needsTypeScript(code, isJsx, options) ? { ...byTypeScript(code, settings), errors: [] } : fast
}

function decoratorOptions(options: CompilerOptions): NonNullable<TransformOptions["decorator"]> {
  if (options.experimentalDecorators !== true) return {}
  return {
    legacy: true,
    emitDecoratorMetadata: options.emitDecoratorMetadata === true,
    strictNullChecks: options.strictNullChecks ?? options.strict ?? true,
  }
}

/** Whether a field is defined on the object, as JavaScript does since 2022, or assigned to, as TypeScript did before. */
function definesFields({ useDefineForClassFields, target = "esnext" }: CompilerOptions): boolean {
  return useDefineForClassFields ?? (/^esnext$/i.test(target) || Number(/\d+$/.exec(target)?.[0] ?? 0) >= 2022)
}

/**
 * Whether a text holds what the fast transformer does not know, so that TypeScript's own compiler must do it, which takes
 * some milliseconds: decorators as JavaScript has them, `accessor` fields, and a namespace in several parts that use one
 * another's names.
 */
function needsTypeScript(code: string, isJsx: boolean, options: CompilerOptions): boolean {
  const mayDecorate = options.experimentalDecorators !== true && code.includes("@")
  const mayAccess = /\baccessor\b/.test(code)
  const mayMerge = (code.match(/\b(?:namespace|module)\s+[\w$]/g)?.length ?? 0) > 1
  if (!mayDecorate && !mayAccess && !mayMerge) return false
  const lang = isJsx ? "tsx" : "ts"
  const { program } = parseSync(`cell.${lang}`, code, { lang, sourceType: "module" })
  if (mayMerge && mergesNamespaces(program.body)) return true
  return (
    (mayDecorate || mayAccess) &&
    someNode(program, ({ type, decorators }) => (mayDecorate && isFilled(decorators)) || type === "AccessorProperty")
  )
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** Whether the test holds of a node of a syntax tree. */
function someNode(value: unknown, test: (node: { type?: unknown; decorators?: unknown }) => boolean): boolean {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return value.some((one) => someNode(one, test))
  return test(value) || Object.values(value).some((one) => someNode(one, test))
}

function mergesNamespaces(body: readonly Node[]): boolean {
  const seen = new Set<string>()
  for (const statement of body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement
    if (node?.type !== "TSModuleDeclaration" || node.id.type !== "Identifier") continue
    if (seen.has(node.id.name)) return true
    seen.add(node.id.name)
  }
  return false
}

function byTypeScript(code: string, { options, jsx, keepImports }: TransformSettings): Omit<Transformed, "errors"> {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-compile-"))
  try {
    const file = join(folder, jsx ? "cell.tsx" : "cell.ts")
    writeFileSync(file, code)
    const flags = [
      ...["--ignoreConfig", "--noCheck", "--noLib", "--noResolve", "--isolatedModules", "--sourceMap"],
      ...["--target", "es2022", "--module", "esnext", "--moduleDetection", "force"],
      ...["--experimentalDecorators", String(options.experimentalDecorators === true)],
      ...["--useDefineForClassFields", String(definesFields(options))],
      ...(options.experimentalDecorators && options.emitDecoratorMetadata ? ["--emitDecoratorMetadata"] : []),
      ...(keepImports ? ["--verbatimModuleSyntax"] : []),
      ...(jsx ? jsxFlags(code, options) : []),
    ]
    const { stdout, error } = spawnSync(typescriptExecutable(), [file, ...flags], { cwd: folder, encoding: "utf8" })
    const made = join(folder, "cell.js")
    if (!existsSync(made)) throw new SyntaxError(`TypeScript could not compile this: ${error?.message ?? stdout}`)
    const text = readFileSync(made, "utf8").replace(/(?:\nexport \{\};)?\n\/\/# sourceMappingURL=.*\s*$/, "\n")
    return { code: text, map: JSON.parse(readFileSync(`${made}.map`, "utf8")) as NonNullable<Transformed["map"]> }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function jsxFlags(code: string, options: CompilerOptions): string[] {
  const jsx = jsxOptions(code, options)
  if (typeof jsx === "string") return []
  if (jsx.runtime === "classic") {
    const { pragma = "React.createElement", pragmaFrag = "React.Fragment" } = jsx
    return ["--jsx", "react", "--jsxFactory", pragma, "--jsxFragmentFactory", pragmaFrag]
  }
  return ["--jsx", "react-jsx", ...(jsx.importSource === undefined ? [] : ["--jsxImportSource", jsx.importSource])]
}
