import MagicString from "magic-string"
import { type Class, type Function as FunctionNode, type Node, parseSync } from "oxc-parser"
import { childrenOf } from "./syntax-tree.js"
import type { CellContext, TranspiledCell } from "./transpile.js"

/** The JavaScript of a cell, rewritten so that it can run after any other cell. */
export interface RewrittenCell extends Omit<TranspiledCell, "script" | "original"> {
  readonly text: MagicString
}

type NodeOf<Type extends Node["type"]> = Extract<Node, { type: Type }>
type Declaration = FunctionNode | Class

/** Rewrites the JavaScript of one cell; see `transpile`. */
export function rewriteCell(javascript: string, context: CellContext): RewrittenCell {
  return new CellRewriter(javascript, context).rewrite()
}

/** How the variable of a cell is called that goes by a name of the realm: `process`, `setTimeout`, `Map`. */
export function renamed(name: string): string {
  return `__user_${name}`
}

/** What the user calls a variable that `renamed` may have given another name. */
export function original(name: string): string {
  return name.replace(/^__user_/, "")
}

/** The object on which a script finds what it needs of the session. */
const api = "__cellgrad"
/** What the outcome of a wait is passed to: the cell goes on, in a turn of the event loop that may be another cell's. */
const after = `${api}.cell.after`

const functionTypes =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|StaticBlock|PropertyDefinition)$/

class CellRewriter {
  readonly #text: MagicString
  readonly #javascript: string
  readonly #context: CellContext
  readonly #declared = new Set<string>()
  readonly #names = new Set<string>()
  /** Identifiers that neither refer nor bind, or that are written anew. */
  readonly #kept = new Set<Node>()
  #asynchronous = false

  constructor(javascript: string, context: CellContext) {
    this.#text = new MagicString(javascript)
    this.#javascript = javascript
    this.#context = context
  }

  rewrite(): RewrittenCell {
    const { program } = parseSync("cell.js", this.#javascript, { lang: "js", sourceType: "module" })
    const body: readonly Node[] = program.body
    for (const statement of body) this.#declareTopLevel(statement)
    for (const statement of body) this.#visit(statement, program, false)
    const hidden = [...this.#names].filter((name) => this.#isHidden(name))
    let onlyImports = true
    let onlyFunctions = true
    for (const statement of body) {
      this.#rewriteTopLevel(statement, onlyImports, onlyFunctions)
      onlyImports &&= statement.type === "ImportDeclaration"
      onlyFunctions &&= onlyImports || statement.type === "FunctionDeclaration"
    }
    if (hidden.length > 0) this.#rename(program, undefined)
    const hasResult = this.#markResult(body)
    this.#text.prepend(this.#asynchronous ? '"use strict";(async () => {' : '"use strict";')
    if (this.#asynchronous) this.#text.append("\n})()")
    const declared = [...this.#declared]
    return {
      text: this.#text,
      names: declared.map((name) => this.#local(name)),
      shadows: declared.filter((name) => this.#context.reserved.has(name)),
      isAsync: this.#asynchronous,
      hasResult,
      isArithmetic: body.length > 0 && body.every(isArithmetic),
    }
  }

  #isHidden(name: string): boolean {
    return this.#context.shadowed.has(name) || (this.#declared.has(name) && this.#context.reserved.has(name))
  }

  #local(name: string): string {
    return this.#isHidden(name) ? renamed(name) : name
  }

  // What the cell declares: the names at its top level, and each `var` outside functions.

  #declareTopLevel(statement: Node): void {
    switch (statement.type) {
      case "VariableDeclaration":
        for (const { id } of statement.declarations) this.#declarePattern(id)
        break
      case "FunctionDeclaration":
      case "ClassDeclaration":
        if (statement.id) this.#declared.add(statement.id.name)
        break
      case "ImportDeclaration":
        for (const { local } of statement.specifiers) this.#declared.add(local.name)
        break
      case "ExportNamedDeclaration":
        if (statement.declaration) this.#declareTopLevel(statement.declaration)
        break
      case "ExportDefaultDeclaration":
        this.#declareTopLevel(statement.declaration)
    }
  }

  #declarePattern(pattern: Node): void {
    switch (pattern.type) {
      case "Identifier":
        this.#declared.add(pattern.name)
        break
      case "ObjectPattern":
        for (const property of pattern.properties) {
          this.#declarePattern(property.type === "RestElement" ? property.argument : property.value)
        }
        break
      case "ArrayPattern":
        for (const element of pattern.elements) if (element) this.#declarePattern(element)
        break
      case "AssignmentPattern":
        this.#declarePattern(pattern.left)
        break
      case "RestElement":
        this.#declarePattern(pattern.argument)
    }
  }

  // What is rewritten anywhere in the cell: awaited values, import(), import.meta, nested `var`.

  #visit(node: Node, parent: Node, inFunction: boolean): void {
    const inside = inFunction || functionTypes.test(node.type)
    switch (node.type) {
      case "Identifier":
        if (isName(node, parent)) this.#names.add(node.name)
        else this.#kept.add(node)
        return
      case "AwaitExpression":
        if (!inFunction) this.#asynchronous = true
        this.#wrap(node.argument, `${api}.wait`)
        this.#wrap(node, after)
        break
      case "ForOfStatement":
        if (node.await) {
          if (!inFunction) this.#asynchronous = true
          this.#wrap(node.right, `${api}.each`)
        }
        break
      case "ImportExpression":
        this.#text.update(node.start, node.source.start, `${api}.import(`)
        break
      case "MetaProperty":
        if (node.meta.name === "import") this.#text.update(node.start, node.end, `${api}.meta`)
        return
      case "ImportDeclaration":
        this.#asynchronous = true
        return
      case "VariableDeclaration":
        if (node.kind === "var" && !inFunction && parent.type !== "Program" && !isExport(parent)) {
          for (const { id } of node.declarations) this.#declarePattern(id)
          this.#unkeyword(node, parent)
        }
    }
    for (const child of childrenOf(node)) this.#visit(child, node, inside)
  }

  #wrap(value: Node, service: string): void {
    this.#text.appendRight(value.start, `${service}(`)
    this.#text.prependLeft(value.end, ")")
  }

  /** `const { a } = o, b = 1` becomes `({ a } = o), b = 1`. */
  #unkeyword(node: NodeOf<"VariableDeclaration">, parent: Node): void {
    const [first] = node.declarations
    if (first) this.#text.remove(node.start, first.start)
    const inHead = (parent.type === "ForInStatement" || parent.type === "ForOfStatement") && parent.left === node
    for (const { id, init, start, end } of node.declarations) {
      if (init && id.type === "ObjectPattern") {
        this.#text.prependRight(start, "(")
        this.#text.appendLeft(end, ")")
      }
      // `let x` empties x each time it is run; `var x` keeps what is there.
      if (!init && node.kind !== "var" && !inHead) this.#text.appendLeft(end, " = void 0")
      if (init && id.type === "Identifier" && continuesNamespace(init, id.name)) {
        this.#text.prependRight(start, `${this.#local(id.name)} = void 0, `)
      }
    }
  }

  // What is rewritten at the top level.

  #rewriteTopLevel(statement: Node, onlyImports: boolean, onlyFunctions: boolean): void {
    switch (statement.type) {
      case "VariableDeclaration":
        this.#unkeyword(statement, statement)
        break
      case "FunctionDeclaration":
        this.#assignDeclaration(statement)
        // Functions are there before the first statement, and call one another.
        if (!onlyFunctions) this.#text.move(statement.start, statement.end, 0)
        break
      case "ClassDeclaration":
        this.#assignDeclaration(statement)
        break
      case "ImportDeclaration":
        this.#text.update(statement.start, statement.end, this.#importCode(statement))
        if (!onlyImports) this.#text.move(statement.start, statement.end, 0)
        break
      case "ExportNamedDeclaration":
        if (statement.declaration) {
          this.#text.remove(statement.start, statement.declaration.start)
          // Moving would part the declaration from its statement, so an exported function stays where it is.
          this.#rewriteTopLevel(statement.declaration, true, true)
        } else {
          this.#dropExport(statement, statement.source?.value)
        }
        break
      case "ExportAllDeclaration":
        this.#dropExport(statement, statement.source.value)
        break
      case "ExportDefaultDeclaration": {
        const { declaration } = statement
        this.#text.remove(statement.start, declaration.start)
        if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") {
          this.#assignDeclaration(declaration)
        } else {
          this.#text.prependRight(declaration.start, "(")
          this.#text.appendLeft(declaration.end, ")")
        }
      }
    }
  }

  #assignDeclaration(node: Declaration): void {
    if (!node.id) {
      this.#text.prependRight(node.start, "void ")
    } else {
      this.#kept.add(node.id)
      this.#text.prependRight(node.start, `${this.#local(node.id.name)} = `)
      // Under its own name a function expression would call itself, not what a later cell declares under that name.
      if (node.type === "FunctionDeclaration") this.#text.remove(node.id.start, node.id.end)
    }
    this.#text.appendLeft(node.end, ";\n")
  }

  #importCode({ source, specifiers, attributes }: NodeOf<"ImportDeclaration">): string {
    const options = attributes.map(({ key, value }) => `${JSON.stringify(nameOf(key))}: ${JSON.stringify(value.value)}`)
    const request = `${JSON.stringify(source.value)}${options.length > 0 ? `, { with: { ${options.join(", ")} } }` : ""}`
    const module = `${after}(await ${api}.wait(${api}.import(${request})))`
    let code = ""
    const properties: string[] = []
    const named = specifiers.flatMap((one) => (one.type === "ImportSpecifier" ? [nameOf(one.imported)] : []))
    for (const specifier of specifiers) {
      const local = this.#local(specifier.local.name)
      if (specifier.type === "ImportNamespaceSpecifier") code += `${local} = ${module};`
      else if (specifier.type === "ImportDefaultSpecifier") properties.push(`default: ${local}`)
      else properties.push(`${JSON.stringify(nameOf(specifier.imported))}: ${local}`)
    }
    if (properties.length > 0) {
      const from =
        named.length > 0 ? `${api}.named(${module}, ${JSON.stringify(source.value)}, ${JSON.stringify(named)})` : module
      code += `({ ${properties.join(", ")} } = ${from});`
    }
    return code || `${module};`
  }

  /** What a cell exports is there anyhow; a module that it exports from is imported for its effects. */
  #dropExport(statement: Node, source: string | undefined): void {
    const code = source === undefined ? ";" : `${after}(await ${api}.wait(${api}.import(${JSON.stringify(source)})));`
    if (source !== undefined) this.#asynchronous = true
    this.#text.update(statement.start, statement.end, code)
  }

  /** Leaves the value of a last expression in `__cellgrad.result`; false when there is none. */
  #markResult(body: readonly Node[]): boolean {
    let last = body.findLast((statement) => statement.type !== "EmptyStatement" && !isModuleMark(statement))
    // `using` at the top level has been made into try … finally.
    if (last?.type === "TryStatement" && this.#declared.has("_usingCtx")) last = last.block.body.at(-1)
    const expression = last?.type === "ExpressionStatement" ? last.expression : undefined
    if (expression === undefined || isDecoration(expression)) return false
    this.#text.prependRight(expression.start, `${api}.result = (`)
    this.#text.appendLeft(expression.end, ")")
    return true
  }

  // Renaming is consistent: every binding of a hidden name in the cell, parameters too, and every reference. So what
  // refers to what stays as it is, without an analysis of scopes.

  #rename(node: Node, parent: Node | undefined): void {
    if (node.type === "ImportDeclaration") return
    if (node.type === "Identifier") {
      if (this.#kept.has(node) || !this.#isHidden(node.name)) return
      if (parent?.type === "Property" && parent.shorthand && parent.key === node) return
      this.#text.update(node.start, node.end, renamed(node.name))
      return
    }
    if (node.type === "Property" && node.shorthand && node.key.type === "Identifier" && this.#isHidden(node.key.name)) {
      this.#text.prependRight(node.start, `${node.key.name}: `)
    }
    for (const child of childrenOf(node)) this.#rename(child, node)
  }
}

/** Whether an identifier is a reference or a binding, not a key, a label or the like. */
function isName(node: Node, parent: Node): boolean {
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed
    case "Property":
      return parent.value === node || parent.computed || parent.shorthand
    case "MethodDefinition":
    case "PropertyDefinition":
    case "AccessorProperty":
      return parent.value === node || parent.computed
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
    case "ExportSpecifier":
      return false
    default:
      return true
  }
}

function isExport({ type }: Node): boolean {
  return type === "ExportNamedDeclaration" || type === "ExportDefaultDeclaration"
}

/** `function(E) { … }(E || {})`, which an enum becomes: it would go on filling what an earlier cell called E. */
function continuesNamespace(init: Node, name: string): boolean {
  const argument = init.type === "CallExpression" ? init.arguments[0] : undefined
  return argument?.type === "LogicalExpression" && isNamed(argument.left, name)
}

/** `export {}`, which the transformer puts at the end where nothing else is left to say that a text is a module. */
function isModuleMark(statement: Node): boolean {
  return (
    statement.type === "ExportNamedDeclaration" &&
    statement.declaration === null &&
    statement.source === null &&
    statement.specifiers.length === 0
  )
}

/** `A = _decorate([d], A)`, which stands after a decorated class. */
function isDecoration(node: Node): boolean {
  if (node.type === "AssignmentExpression") return isDecoration(node.right)
  const callee = node.type === "CallExpression" ? node.callee : undefined
  return callee?.type === "MemberExpression" && isNamed(callee.object, "babelHelpers")
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name
}

function isArithmetic(node: Node): boolean {
  switch (node.type) {
    case "ExpressionStatement":
    case "ParenthesizedExpression":
      return isArithmetic(node.expression)
    case "BinaryExpression":
      return isArithmetic(node.left) && isArithmetic(node.right)
    case "UnaryExpression":
      return (node.operator === "-" || node.operator === "+") && isArithmetic(node.argument)
    case "Literal":
      return typeof node.value === "number"
    default:
      return false
  }
}

function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value)
}
