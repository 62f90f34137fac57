// `fc1 = new nn.Linear(10, 64)` and `fc2 = new nn.Linear(32, 1)` in one class, and `this.fc2(this.fc1(x).relu())` in its forward:
// the sizes stand in the cell, and do not meet. TypeScript cannot tell, since a variable may hold tensors of any size one after
// the other; so the sizes are followed here, from layer to layer.
import { type Class, type Node, parseSync } from "oxc-parser"
import type { Diagnostic } from "./language.js"
import { positionAt } from "./positions.js"
import { childrenOf } from "./syntax-tree.js"

/** Which dimension a layer is about: the last one, or the second, of images. */
type Axis = "features" | "channels"

/** A size that the cell tells: a number, or the text of an expression, which is equal to itself alone. */
type Size = number | string

/** What is known of a tensor, and which layer made it so. */
interface Known {
  readonly axis: Axis
  readonly size: Size
  readonly from: string
}

interface Layer {
  readonly name: string
  readonly kind: string
  readonly axis: Axis
  /** What it takes and gives, as far as the cell tells; a layer that keeps the size gives what it takes. */
  readonly takes: Size | undefined
  readonly gives: Size | undefined
  readonly keeps: boolean
}

const sized: Readonly<Record<string, Axis>> = { Linear: "features", Conv1d: "channels", Conv2d: "channels" }
/** Layers that keep the size they are made for. */
const norms: Readonly<Record<string, Axis>> = { LayerNorm: "features", RMSNorm: "features", BatchNorm2d: "channels" }
const activations =
  "relu sigmoid tanh gelu silu elu selu softplus leakyRelu softmax logSoftmax dropout dropout1d dropout2d exp neg abs clamp " +
  "contiguous detach clone requiresGrad_ relu6 mish hardtanh hardswish hardsigmoid"
/** Functions and methods whose result has the shape of their first tensor. */
const keeping = new Set(activations.split(" "))
const pooling = new Set(["maxPool1d", "maxPool2d", "avgPool1d", "avgPool2d", "adaptiveAvgPool2d", "adaptiveMaxPool2d"])
const keepingLayers =
  /^(?:ReLU6?|LeakyReLU|ELU|SELU|GELU|SiLU|Mish|Sigmoid|Tanh|Softplus|Softmax|LogSoftmax|Hard\w+|Dropout\w*|Identity|BatchNorm1d)$/
const poolingLayers = /^(?:Adaptive)?(?:Max|Avg|LP)Pool[12]d$/

/** The calls of layers in a cell's classes that get another size than they were made for. */
export function layerSizeMismatches(code: string): Diagnostic[] {
  if (!/\bclass\b/.test(code) || !/\bnn\.(?:Linear|Conv[12]d)\b/.test(code)) return []
  const { program, errors } = parseSync("cell.ts", code, { lang: "ts", sourceType: "module" })
  if (errors.length > 0) return []
  const found: Diagnostic[] = []
  const visit = (node: Node): void => {
    if (node.type === "ClassDeclaration" || node.type === "ClassExpression")
      found.push(...new ClassSizes(code, node).check())
    for (const child of childrenOf(node)) visit(child)
  }
  visit(program)
  return found
}

type Scope = Map<string, Known | undefined>

/** Follows sizes through the methods of one class. */
class ClassSizes {
  readonly #layers = new Map<string, Layer>()
  readonly #found: Diagnostic[] = []

  constructor(
    private readonly code: string,
    private readonly node: Class,
  ) {}

  check(): Diagnostic[] {
    this.#collect(this.node)
    if (this.#layers.size === 0) return []
    for (const member of this.node.body.body) {
      if (member.type === "MethodDefinition" && member.value.body) this.#statements(member.value.body.body, new Map())
    }
    return this.#found
  }

  /** The layers that are made once, as a field or in the constructor. */
  #collect(node: Node): void {
    const seen = new Set<string>()
    const add = (name: string, value: Node): void => {
      const layer = seen.has(name) ? undefined : this.#layer(name, value)
      seen.add(name)
      if (layer) this.#layers.set(name, layer)
      else this.#layers.delete(name)
    }
    const visit = (child: Node): void => {
      if (child.type === "PropertyDefinition" && child.key.type === "Identifier" && child.value)
        add(child.key.name, child.value)
      if (child.type === "AssignmentExpression") {
        const name = ownMember(child.left)
        if (name !== undefined) add(name, child.right)
      }
      for (const inner of childrenOf(child)) visit(inner)
    }
    visit(node)
  }

  #layer(name: string, value: Node): Layer | undefined {
    if (value.type !== "NewExpression" || value.callee.type !== "MemberExpression") return undefined
    const { object, property } = value.callee
    if (object.type !== "Identifier" || object.name !== "nn" || property.type !== "Identifier") return undefined
    const kind = property.name
    const size = (i: number) => this.#size(value.arguments[i])
    const made = { name, kind }
    const axis = sized[kind]
    if (axis !== undefined) return { ...made, axis, takes: size(0), gives: size(1), keeps: false }
    const norm = norms[kind]
    if (norm !== undefined) return { ...made, axis: norm, takes: size(0), gives: undefined, keeps: true }
    if (kind === "Embedding") return { ...made, axis: "features", takes: undefined, gives: size(1), keeps: false }
    const keeps = keepingLayers.test(kind) || poolingLayers.test(kind)
    const only = poolingLayers.test(kind) ? "channels" : "features"
    return keeps ? { ...made, axis: only, takes: undefined, gives: undefined, keeps } : undefined
  }

  #size(node: Node | undefined): Size | undefined {
    if (node === undefined) return undefined
    if (node.type === "Literal") return typeof node.value === "number" ? node.value : undefined
    return node.type === "Identifier" ? this.code.slice(node.start, node.end) : undefined
  }

  #statements(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) this.#statement(node, scope)
  }

  #statement(node: Node, scope: Scope): void {
    switch (node.type) {
      case "ExpressionStatement":
        this.#value(node.expression, scope)
        return
      case "ReturnStatement":
        if (node.argument) this.#value(node.argument, scope)
        return
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          const value = init ? this.#value(init, scope) : undefined
          if (id.type === "Identifier") scope.set(id.name, value)
        }
        return
      case "BlockStatement":
        this.#statements(node.body, scope)
        return
      default: {
        // A part that may run or not, or again: what it assigns is known neither in it nor after it.
        for (const name of assignedIn(node)) scope.set(name, undefined)
        const inner = new Map(scope)
        for (const child of childrenOf(node)) {
          if (child.type.endsWith("Statement") || child.type === "VariableDeclaration") this.#statement(child, inner)
        }
        for (const name of assignedIn(node)) scope.set(name, undefined)
      }
    }
  }

  /** What is known of the tensor that an expression gives. */
  #value(node: Node, scope: Scope): Known | undefined {
    switch (node.type) {
      case "Identifier":
        return scope.get(node.name)
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSNonNullExpression":
        return this.#value(node.expression, scope)
      case "AwaitExpression":
        return this.#value(node.argument, scope)
      case "AssignmentExpression": {
        const value = this.#value(node.right, scope)
        if (node.left.type === "Identifier") scope.set(node.left.name, node.operator === "=" ? value : undefined)
        return value
      }
      case "CallExpression":
        return this.#call(node, scope)
      default:
        if (!/Function/.test(node.type)) for (const child of childrenOf(node)) this.#value(child, scope)
        return undefined
    }
  }

  #call(node: Extract<Node, { type: "CallExpression" }>, scope: Scope): Known | undefined {
    const { callee } = node
    const values = node.arguments.map((argument) => this.#value(argument, scope))
    const own = ownMember(callee)
    const layer = own === undefined ? undefined : this.#layers.get(own)
    if (layer) return this.#through(layer, values[0], callee)
    if (callee.type === "Identifier") return keeping.has(callee.name) ? values[0] : undefined
    if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined
    const { object, property } = callee
    const isFunction = object.type === "Identifier" && object.name === "F"
    const value = isFunction ? values[0] : this.#value(object, scope)
    if (keeping.has(property.name)) return value
    if (isFunction && pooling.has(property.name)) return value?.axis === "channels" ? value : undefined
    const other = values[0]
    const isSum =
      property.name === "add" && value !== undefined && value.axis === other?.axis && value.size === other.size
    return isSum ? value : undefined
  }

  #through(layer: Layer, value: Known | undefined, at: Node): Known | undefined {
    const { name, kind, axis, takes, gives, keeps } = layer
    const meets = value?.axis === axis && typeof value.size === "number" && typeof takes === "number"
    if (meets && value.size !== takes) this.#report(layer, value, at)
    const isPooling = poolingLayers.test(kind)
    if (keeps) return isPooling && value?.axis !== "channels" ? undefined : value
    return gives === undefined ? undefined : { axis, size: gives, from: name }
  }

  #report({ name, kind, axis, takes, keeps }: Layer, { size, from }: Known, { start, end }: Node): void {
    const made = keeps ? `new nn.${kind}(${size})` : `new nn.${kind}(${size}, …)`
    this.#found.push({
      severity: "error",
      code: 2345,
      message: `${name} takes ${takes} ${axis}, but ${from} gives ${size}.`,
      start: positionAt(this.code, start),
      end: positionAt(this.code, end),
      fix: `${name} = ${made}`,
    })
  }
}

/** The name in `this.name`. */
function ownMember(node: Node): string | undefined {
  if (node.type !== "MemberExpression" || node.object.type !== "ThisExpression") return undefined
  return node.property.type === "Identifier" && !node.computed ? node.property.name : undefined
}

/** The variables that a statement assigns somewhere. */
function assignedIn(node: Node): Set<string> {
  const names = new Set<string>()
  const visit = (child: Node): void => {
    if (child.type === "AssignmentExpression" && child.left.type === "Identifier") names.add(child.left.name)
    for (const inner of childrenOf(child)) visit(inner)
  }
  visit(node)
  return names
}
