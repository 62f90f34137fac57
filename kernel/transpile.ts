import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"
import MagicString from "magic-string"
import { parseSync } from "oxc-parser"
import { transformSync } from "oxc-transform"
import { parseCell } from "./cell-names.js"
import { type Position, positionAt } from "./positions.js"

/** A cell as JavaScript that assigns what it declares, to be run as a script of its own. */
export interface TranspiledCell {
  /** The top-level names of the cell. Each is declared once, before the body runs, and shared by all later cells. */
  readonly names: readonly string[]
  readonly script: string
  /** The cell awaits: the script's value is the promise of its end. */
  readonly isAsync: boolean
  /** The last statement is an expression, whose value the script leaves in `__cellgrad.result`. */
  readonly hasResult: boolean
  /** Only numbers and arithmetic: nothing that a type checker could look up. */
  readonly isArithmetic: boolean
  /** Where a place of the script (both from 0) stands in the user's TypeScript; undefined for what we added. */
  original(line: number, column: number): Position | undefined
}

/** A cell that is no TypeScript. */
export class CellSyntaxError extends SyntaxError {
  override readonly name = "SyntaxError"
  constructor(
    message: string,
    readonly start: Position,
    readonly end: Position,
  ) {
    super(message)
  }
}

/** The part of a syntax tree that the rewriting looks at. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"

const children = (node: Node): Node[] =>
  Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []))

const isFunction = (node: Node) =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"

/**
 * Rewrites a TypeScript cell into a script: declarations become assignments to names that live as long as the session, so
 * that anything can be declared again; imports become calls of the session's importer; awaited values pass through the
 * session, so that a waiting cell can be interrupted.
 */
export function transpile(code: string): TranspiledCell {
  const { isArithmetic, isObject } = checkSyntax(code)
  const {
    code: js,
    map,
    errors,
  } = transformSync("cell.ts", isObject ? `(${code}\n)` : code, {
    lang: "ts",
    sourceType: "module",
    sourcemap: true,
    // An import that this cell does not use may be used by the next one.
    typescript: { onlyRemoveTypeImports: true },
  })
  const [error] = errors
  if (error) throw syntaxError(code, error.message, error.labels[0])
  const { program } = parseSync("cell.mjs", js, { lang: "js", sourceType: "module" })
  const rewriting = new Rewriting(js, program as unknown as Node)
  return {
    names: rewriting.names,
    script: rewriting.text.toString(),
    isAsync: rewriting.isAsync,
    hasResult: rewriting.hasResult,
    isArithmetic,
    original: lazyOriginal(
      rewriting.text,
      isObject ? 1 : 0,
      map as ConstructorParameters<typeof TraceMap>[0] | undefined,
    ),
  }
}

function checkSyntax(code: string): { isArithmetic: boolean; isObject: boolean } {
  const { program, errors, isObject } = parseCell(code)
  const error = errors.find((error) => error.severity === "Error")
  if (error) throw syntaxError(code, error.message, error.labels[0])
  const body = (program as unknown as { body: Node[] }).body
  return { isArithmetic: body.length > 0 && body.every(isArithmetic), isObject }
}

function isArithmetic(node: Node): boolean {
  switch (node.type) {
    case "ExpressionStatement":
    case "ParenthesizedExpression":
    case "BinaryExpression":
      return children(node).every(isArithmetic)
    case "UnaryExpression":
      return (node.operator === "-" || node.operator === "+") && children(node).every(isArithmetic)
    case "Literal":
      return typeof node.value === "number"
    default:
      return false
  }
}

function syntaxError(code: string, message: string, label?: { start: number; end: number }): CellSyntaxError {
  const start = positionAt(code, label?.start ?? 0)
  return new CellSyntaxError(message, start, label ? positionAt(code, label.end) : start)
}

/** Both source maps are made when the first error asks for a place, so that a cell without one does not pay for them. */
function lazyOriginal(text: MagicString, added: number, map: ConstructorParameters<typeof TraceMap>[0] | undefined) {
  let maps: [TraceMap, TraceMap] | undefined
  return (line: number, column: number): Position | undefined => {
    if (map === undefined) return undefined
    maps ??= [new TraceMap(text.generateMap({ hires: true }) as never), new TraceMap(map)]
    const js = originalPositionFor(maps[0], { line: line + 1, column })
    if (js.line === null) return undefined
    const ts = originalPositionFor(maps[1], { line: js.line, column: js.column })
    return ts.line === null
      ? undefined
      : { line: ts.line - 1, column: Math.max(0, ts.column - (ts.line === 1 ? added : 0)) }
  }
}

/** One pass over a cell's JavaScript that turns it into the script. */
class Rewriting {
  readonly text: MagicString
  readonly names: string[] = []
  isAsync = false
  hasResult = false

  constructor(
    private readonly js: string,
    program: Node,
  ) {
    this.text = new MagicString(js)
    const body = program.body as Node[]
    for (const statement of body) this.statement(statement)
    for (const statement of body) this.expressions(statement, true)
    const last = body.at(-1)
    if (last?.type === "ExpressionStatement" && isNode(last.expression)) this.result(last.expression)
    this.text.prepend(this.isAsync ? '"use strict";(async()=>{' : '"use strict";')
    if (this.isAsync) this.text.append("\n})()")
  }

  private result(expression: Node): void {
    this.hasResult = true
    this.text.prependRight(expression.start, "__cellgrad.result=(")
    this.text.appendLeft(expression.end, ")")
  }

  /** Turns what a top-level statement declares into assignments. */
  private statement(node: Node): void {
    switch (node.type) {
      case "VariableDeclaration":
        this.variables(node)
        break
      case "FunctionDeclaration":
        this.named(node)
        // Functions are assigned first, so that statements above them can call them.
        if (node.start > 0) this.text.move(node.start, node.end, 0)
        break
      case "ClassDeclaration":
        this.named(node)
        break
      case "ImportDeclaration":
        this.importDeclaration(node)
        break
      case "ExportNamedDeclaration":
        if (isNode(node.declaration)) {
          this.text.remove(node.start, node.declaration.start)
          this.statement(node.declaration)
        } else this.replaceExport(node)
        break
      case "ExportAllDeclaration":
        this.replaceExport(node)
        break
      case "ExportDefaultDeclaration":
        this.exportDefault(node)
        break
      default:
        this.nestedVars(node)
    }
  }

  private variables(node: Node, inLoopHead = false): void {
    const keyword = node.kind as string
    for (const declarator of node.declarations as Node[]) {
      this.bind(declarator.id as Node)
      if (inLoopHead) continue
      this.text.prependRight(declarator.start, "(")
      this.text.appendLeft(declarator.end, isNode(declarator.init) ? ")" : "=undefined)")
    }
    const end = node.start + keyword.length
    if (inLoopHead) this.text.remove(node.start, end)
    else this.text.update(node.start, end, ";void 0,")
  }

  /** `var` inside blocks and loop heads belongs to the cell, not to the block. */
  private nestedVars(node: Node): void {
    if (isFunction(node) || node.type === "ClassDeclaration" || node.type === "ClassExpression") return
    for (const child of children(node)) {
      if (child.type === "VariableDeclaration" && child.kind === "var") {
        const inLoopHead = /^For/.test(node.type) && (child === node.init || child === node.left)
        this.variables(child, inLoopHead)
      }
      this.nestedVars(child)
    }
  }

  private named(node: Node): void {
    const name = (node.id as Node).name as string
    this.names.push(name)
    this.text.prependRight(node.start, `${name}=`)
    this.text.appendLeft(node.end, ";")
  }

  /** Collects the names that a pattern binds. */
  private bind(pattern: Node): void {
    switch (pattern.type) {
      case "Identifier":
        this.names.push(pattern.name as string)
        break
      case "ObjectPattern":
        for (const property of pattern.properties as Node[]) {
          this.bind((property.type === "RestElement" ? property.argument : property.value) as Node)
        }
        break
      case "ArrayPattern":
        for (const element of pattern.elements as (Node | null)[]) if (element) this.bind(element)
        break
      case "AssignmentPattern":
        this.bind(pattern.left as Node)
        break
      case "RestElement":
        this.bind(pattern.argument as Node)
        break
    }
  }

  private importDeclaration(node: Node): void {
    this.isAsync = true
    const source = this.importCall((node.source as Node).value as string)
    const properties: string[] = []
    let namespace = ""
    for (const specifier of node.specifiers as Node[]) {
      const local = (specifier.local as Node).name as string
      this.names.push(local)
      if (specifier.type === "ImportNamespaceSpecifier") namespace = local
      else if (specifier.type === "ImportDefaultSpecifier") properties.push(`default:${local}`)
      else properties.push(`${JSON.stringify(exportedName(specifier.imported as Node))}:${local}`)
    }
    const parts = []
    if (namespace !== "") parts.push(`${namespace}=await ${source};`)
    if (properties.length > 0) parts.push(`({${properties.join(",")}}=await ${source});`)
    this.text.update(node.start, node.end, `;${parts.join("") || `await ${source};`}`)
  }

  private importCall(specifier: string): string {
    return `__cellgrad.import(${JSON.stringify(specifier)})`
  }

  /** `export { a }` says nothing in a notebook, where everything is shared; `export … from` still loads the module. */
  private replaceExport(node: Node): void {
    if (isNode(node.source)) this.isAsync = true
    const load = isNode(node.source) ? `await ${this.importCall(node.source.value as string)};` : ";"
    this.text.update(node.start, node.end, load)
  }

  private exportDefault(node: Node): void {
    const declaration = node.declaration as Node
    this.text.remove(node.start, declaration.start)
    const isNamed = isNode(declaration.id) && /Declaration$/.test(declaration.type)
    if (isNamed) this.named(declaration)
    else {
      this.text.prependRight(declaration.start, "(")
      this.text.appendLeft(declaration.end, ")")
    }
  }

  /** Awaits, `import()` and `import.meta`, wherever they stand. */
  private expressions(node: Node, topLevel: boolean): void {
    switch (node.type) {
      case "AwaitExpression": {
        const argument = node.argument as Node
        if (topLevel) this.isAsync = true
        this.text.prependRight(argument.start, "__cellgrad.wait(")
        this.text.appendLeft(argument.end, ")")
        break
      }
      case "ForOfStatement":
        if (node.await === true) {
          const iterable = node.right as Node
          if (topLevel) this.isAsync = true
          this.text.prependRight(iterable.start, "__cellgrad.each(")
          this.text.appendLeft(iterable.end, ")")
        }
        break
      case "ImportExpression":
        this.text.update(node.start, (node.source as Node).start, "__cellgrad.import(")
        break
      case "MetaProperty":
        if (this.js.startsWith("import", node.start)) this.text.update(node.start, node.end, "__cellgrad.meta")
        break
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        return
    }
    const inside = topLevel && !isFunction(node)
    for (const child of children(node)) this.expressions(child, inside)
  }
}

function exportedName(node: Node): string {
  return (node.type === "Identifier" ? node.name : node.value) as string
}
