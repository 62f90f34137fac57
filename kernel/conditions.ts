// `if (loss.lt(0.1))` is always taken, since a tensor is an object and every object is true. Python asks the tensor; JavaScript
// and TypeScript say nothing.
import { type Node, parseSync } from "oxc-parser"
import type { Diagnostic } from "./language.js"
import { positionAt } from "./positions.js"
import { childrenOf } from "./syntax-tree.js"

/** Methods whose result is easily taken for true or false. */
const asks = new Set([
  "gt",
  "lt",
  "ge",
  "le",
  "eq",
  "ne",
  "any",
  "all",
  "isclose",
  "isnan",
  "isinf",
  "isfinite",
  "logicalNot",
])
const mayAsk = new RegExp(`\\.(?:${[...asks].join("|")})\\(`)

/** A call in a condition, whose type decides whether it is a mistake. */
export interface Condition {
  readonly start: number
  readonly end: number
  /** Where the name of the method stands. */
  readonly method: number
}

/** The calls that a cell's conditions are made of, and that would be a mistake if they gave tensors. */
export function conditionsIn(code: string): Condition[] {
  if (!mayAsk.test(code)) return []
  const { program, errors } = parseSync("cell.ts", code, { lang: "ts", sourceType: "module" })
  if (errors.length > 0) return []
  const found: Condition[] = []
  const condition = (node: Node): void => {
    if (node.type === "ParenthesizedExpression") condition(node.expression)
    else if (node.type === "UnaryExpression" && node.operator === "!") condition(node.argument)
    else if (node.type === "LogicalExpression") for (const side of [node.left, node.right]) condition(side)
    else if (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
      const { property } = node.callee
      const isNew = found.every(({ start }) => start !== node.start)
      if (isNew && property.type === "Identifier" && asks.has(property.name))
        found.push({ start: node.start, end: node.end, method: property.start })
    }
  }
  const visit = (node: Node): void => {
    switch (node.type) {
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ConditionalExpression":
        condition(node.test)
        break
      case "LogicalExpression":
        if (node.operator !== "??") condition(node.left)
        break
      case "ForStatement":
        if (node.test) condition(node.test)
        break
    }
    for (const child of childrenOf(node)) visit(child)
  }
  visit(program)
  return found
}

/** What is said of a condition that is a tensor. The number is TypeScript's own for conditions that are always true. */
export function tensorCondition(code: string, { start, end }: Condition): Diagnostic {
  return {
    severity: "error",
    code: 2801,
    message: "This condition is always true: a tensor is an object, whatever numbers it holds.",
    start: positionAt(code, start),
    end: positionAt(code, end),
  }
}
