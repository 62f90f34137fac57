import { type Node, type ParseResult, parseSync } from "oxc-parser"
import { isJsx } from "./jsx.js"

/** How a cell declares a name; it decides in what way later cells may use it. */
export type NameKind = "let" | "const" | "function" | "class" | "enum" | "namespace" | "import" | "type"

/** A parse of a cell, whether as statements or as one object literal. */
export interface ParsedCell {
  readonly program: ParseResult["program"]
  /** True when the cell is an object literal: `{ a: 1 }` is a value here, as in Node's own prompt, not a block. */
  readonly isObject: boolean
  /** True when the cell is TypeScript only as `.tsx`: it holds elements such as `<b>text</b>`. */
  readonly isJsx: boolean
  readonly errors: ParseResult["errors"]
}

/** Parses a cell as a TypeScript module. */
export function parseCell(code: string): ParsedCell {
  if (/^\s*\{[\s\S]*\}\s*$/.test(code)) {
    const wrapped = parse(`(${code}\n)`)
    if (wrapped.errors.length === 0) return { ...wrapped, isObject: true, isJsx: false }
  }
  const parsed = parse(code)
  if (parsed.errors.length > 0 && isJsx(code)) return { ...parse(code, "tsx"), isObject: false, isJsx: true }
  return { ...parsed, isObject: false, isJsx: false }
}

function parse(code: string, lang: "ts" | "tsx" = "ts"): Pick<ParsedCell, "program" | "errors"> {
  const { program, errors } = parseSync(`cell.${lang}`, code, { lang, sourceType: "module" })
  return { program, errors }
}

/** What a cell says itself of a variable: the type written beside it, or the literal it is set to. */
export type VariableText = { readonly type: string } | { readonly literal: string }

export interface CellNames {
  /** What the cell declares at its top level, imports included. */
  readonly declared: ReadonlyMap<string, NameKind>
  /** Those of them that the cell exports itself, under the same name. */
  readonly exported: ReadonlySet<string>
}

/** What the declarations of single variables at a cell's top level say of their types. */
export function variableTexts({ program, isObject }: ParsedCell, code: string): Map<string, VariableText> {
  const texts = new Map<string, VariableText>()
  for (const statement of isObject ? [] : program.body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement
    if (node?.type !== "VariableDeclaration") continue
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier") continue
      const annotation = id.typeAnnotation?.typeAnnotation
      const literal = init ? literalOf(init) : undefined
      if (annotation) texts.set(id.name, { type: code.slice(annotation.start, annotation.end) })
      else if (literal !== undefined && node.kind === "const") texts.set(id.name, { literal: JSON.stringify(literal) })
      else if (literal !== undefined) texts.set(id.name, { type: typeof literal })
    }
  }
  return texts
}

function literalOf(node: Node): string | number | boolean | undefined {
  if (node.type === "UnaryExpression" && node.operator === "-") {
    const value = literalOf(node.argument)
    return typeof value === "number" ? -value : undefined
  }
  if (node.type !== "Literal" || "regex" in node) return undefined
  const { value } = node
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)
    ? (value as string | number | boolean)
    : undefined
}

/** The names that a parsed cell declares for the cells after it. */
export function cellNames({ program, isObject }: ParsedCell): CellNames {
  const declared = new Map<string, NameKind>()
  const exported = new Set<string>()
  if (isObject) return { declared, exported }
  const add = (name: string, kind: NameKind) => {
    // An interface beside a class or a value of the same name adds to it; the value decides how it is used.
    if (kind !== "type" || !declared.has(name)) declared.set(name, kind)
  }
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration") {
      for (const { local, exported: as } of statement.specifiers) {
        if (nameOf(local) === nameOf(as)) exported.add(nameOf(as))
      }
      if (!statement.declaration) continue
      const before = new Set(declared.keys())
      declaration(statement.declaration, add)
      for (const name of declared.keys()) if (!before.has(name)) exported.add(name)
    } else if (statement.type === "ExportDefaultDeclaration") {
      declaration(statement.declaration, add)
    } else {
      declaration(statement, add)
    }
  }
  return { declared, exported }
}

type Add = (name: string, kind: NameKind) => void

function declaration(node: Node, add: Add): void {
  switch (node.type) {
    case "VariableDeclaration":
      for (const { id } of node.declarations) {
        pattern(id, (name) => add(name, node.kind === "let" || node.kind === "var" ? "let" : "const"))
      }
      break
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      if (node.id) add(node.id.name, "function")
      break
    case "ClassDeclaration":
      if (node.id) add(node.id.name, "class")
      break
    case "TSEnumDeclaration":
      add(node.id.name, "enum")
      break
    case "TSModuleDeclaration":
      if (node.id.type === "Identifier") add(node.id.name, "namespace")
      break
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      add(node.id.name, "type")
      break
    case "TSImportEqualsDeclaration":
      add(node.id.name, "import")
      break
    case "ImportDeclaration":
      for (const { local } of node.specifiers) add(local.name, "import")
      break
    default:
      hoistedVars(node, add)
  }
}

/** `var` inside a block, a loop or a branch belongs to the whole cell; functions keep theirs. */
function hoistedVars(node: Node, add: Add): void {
  if (/Function|Class|Expression$|^TS/.test(node.type)) return
  if (node.type === "VariableDeclaration") {
    if (node.kind === "var") for (const { id } of node.declarations) pattern(id, (name) => add(name, "let"))
    return
  }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) hoistedVars(child, add)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
}

/** Calls `add` for each name that a destructuring pattern binds. */
function pattern(node: Node, add: (name: string) => void): void {
  switch (node.type) {
    case "Identifier":
      add(node.name)
      break
    case "ObjectPattern":
      for (const property of node.properties) {
        pattern(property.type === "RestElement" ? property.argument : property.value, add)
      }
      break
    case "ArrayPattern":
      for (const element of node.elements) if (element) pattern(element, add)
      break
    case "AssignmentPattern":
      pattern(node.left, add)
      break
    case "RestElement":
      pattern(node.argument, add)
      break
  }
}

function nameOf(node: { type: string; name?: string; value?: string }): string {
  return node.name ?? node.value ?? ""
}
