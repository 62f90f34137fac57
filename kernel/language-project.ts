import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { ownModules } from "./own-modules.js"
import { compilerOptions, tsconfigText } from "./tsconfig.js"

/** A document that exists only in the language server's memory, by its name in the notebook's folder. */
export interface MemoryDocument {
  readonly name: string
  readonly languageId: "typescript" | "json"
  readonly text: string
}

export interface Project {
  readonly documents: readonly MemoryDocument[]
  /** True when the notebook's folder has no tsconfig.json of its own; then missing types of parameters are no errors. */
  readonly relaxed: boolean
}

const userConfig = "cellgrad-user-tsconfig.json"

/** What a cell needs whatever the project around it says: cells are modules, are never emitted, and may await. */
const required = {
  module: "esnext",
  moduleResolution: "bundler",
  moduleDetection: "force",
  target: "esnext",
  noEmit: true,
  composite: false,
  incremental: false,
  isolatedModules: false,
  verbatimModuleSyntax: false,
  isolatedDeclarations: false,
  erasableSyntaxOnly: false,
  resolveJsonModule: true,
  esModuleInterop: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
}

/**
 * Our defaults. `noImplicitAny` stays on since inference depends on it (`const losses = []` then learns its type from
 * what is pushed), but its complaints are dropped: a notebook teaches types by showing them, not by asking for them.
 * No DOM: its globals `name`, `event`, `status`, `print` would hide a student's misspelt variable.
 */
const defaults = {
  strict: true,
  useUnknownInCatchVariables: false,
  lib: libraries(),
  types: [],
  jsx: "react-jsx",
}

/**
 * The project that the cells of a notebook belong to: a tsconfig.json laid over the folder in memory, the user's own
 * one below it if there is one, and the global declarations. `npmTypes` says where the types are of what cells import by
 * `npm:`.
 */
export function notebookProject(cwd: string, npmTypes: Readonly<Record<string, string>> = {}): Project {
  const own = tsconfigText(cwd)
  const documents: MemoryDocument[] = []
  if (own !== undefined) documents.push({ name: userConfig, languageId: "json", text: own })
  const config = {
    ...(own === undefined ? {} : { extends: `./${userConfig}` }),
    compilerOptions: {
      ...(own === undefined ? defaults : {}),
      ...required,
      paths: { ...compilerOptions(cwd).paths, ...pathsOf(npmTypes), ...ownTypes() },
    },
    // The configurations themselves too: an open file that belongs to no project would get a project of its own, with
    // all of the browser's types, which the server would keep up to date for nothing.
    include: ["cellgrad-*.ts", "cellgrad-*.tsx", "cellgrad-*.json", "tsconfig.json"],
  }
  documents.push({ name: "tsconfig.json", languageId: "json", text: JSON.stringify(config) })
  documents.push({ name: "cellgrad-globals.d.ts", languageId: "typescript", text: globals() })
  return { documents, relaxed: own === undefined }
}

function pathsOf(files: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(files).map(([specifier, file]) => [specifier, [file]]))
}

/** The language's own types as far as this Node has them: what a check lets through shall run. */
function libraries(): string[] {
  const major = Number.parseInt(process.versions.node, 10)
  if (major >= 24) return ["es2025", "esnext.disposable", "esnext.error", "esnext.decorators", "esnext.typedarrays"]
  const both = ["esnext.disposable", "esnext.decorators"]
  return major >= 22 ? ["es2024", "es2025.iterator", "es2025.collection", ...both] : ["es2023", ...both]
}

/** The declarations of our own modules: beside us in dist/, or their sources when we run from source. */
function ownTypes(): Record<string, string[]> {
  return Object.fromEntries(
    Array.from(ownModules, ([name, url]) => {
      const file = fileURLToPath(url)
      const built = file.replace(/js$/, "d.ts")
      return [name, [existsSync(built) ? built : file.replace(/js$/, "ts")]]
    }),
  )
}

/** Node's types come from our own dependencies, so that `fetch` and `node:fs` are known in an empty folder. */
function globals(): string {
  const lines = [
    "/** Asks for a line of text. */ declare function input(prompt?: string): Promise<string>",
    "/** Asks for a line of text without showing it. */ declare function password(prompt?: string): Promise<string>",
    "/** The value of the last cell that had one. */ declare var _: any",
  ]
  try {
    const node = createRequire(import.meta.url).resolve("@types/node/package.json")
    lines.unshift(`/// <reference path="${join(dirname(node), "index.d.ts").replaceAll("\\", "/")}" />`)
  } catch {
    // Without @types/node only the language's own globals are known.
  }
  return `${lines.join("\n")}\n`
}
