import { describe, expect, it } from "vitest"
import { isComplete } from "../../kernel/is-complete.js"

const complete = [
  "",
  "  \n",
  "1 + 1",
  "const x = 5 // comment",
  "function f() {}\nf()",
  "{ a: 1 }",
  "await fetch('x')",
  `\`a\${1}b\``,
  "class A<T> { x?: T }",
  "import fs from 'node:fs'",
  "/** doc */",
  "declare function f(): void",
]

const incomplete: [code: string, indent: string][] = [
  ["f(1,", ""],
  ["function f() {", "  "],
  ["if (x) {\n  while (y) {", "    "],
  ["if (x) {\n  a", "  "],
  ["[1,\n2", ""],
  ["`abc", ""],
  [`\`a\${1} b`, ""],
  ["`a${", "  "],
  ["/* abc", ""],
  ["1 +", ""],
  ["const f = (a, b) =>", "  "],
  ["x?.", ""],
  ["x.", ""],
  ["if (x)", ""],
  ["try {}", ""],
  ["@decorated", ""],
  ["import { a } from", ""],
  ['await import("x"', ""],
  ["function f()", ""],
  ["class A { // open", "  "],
  ["[1,   \n\n", ""],
  ['"a\\\n', ""],
  ['const s = "😀" +', ""],
]

const invalid = ["1 +* 2", "foo bar", ")", '"abc', "/abc", "const x", "return 1", "let 1a = 2", "if x {"]

describe("isComplete", () => {
  it.each(complete)("%j is complete", (code) => {
    expect(isComplete(code)).toEqual({ status: "complete", indent: "" })
  })
  it.each(incomplete)("%j goes on, indented by %j", (code, indent) => {
    expect(isComplete(code)).toEqual({ status: "incomplete", indent })
  })
  it.each(invalid)("%j is invalid", (code) => {
    expect(isComplete(code)).toEqual({ status: "invalid", indent: "" })
  })
})
