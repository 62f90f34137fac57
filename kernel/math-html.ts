import { escapeHtml } from "./ansi-html.js"
import * as symbols from "./math-symbols.js"

/** A formula in LaTeX as MathML, which browsers draw without help; what we do not know is shown as its source. */
export function mathToHtml(source: string, display: boolean): string {
  try {
    const body = new Parser(source, display).parse()
    return `<math${display ? ' display="block"' : ""}>${body}</math>`
  } catch (error) {
    if (!(error instanceof UnknownMath)) throw error
    return `<code class="math">${escapeHtml(source)}</code>`
  }
}

/** Something in a formula that is beyond us. */
class UnknownMath extends Error {}

const upright = /^\\(?:text|textrm|textbf|textit|mathrm|operatorname)\s*\{([^{}]*)\}$/
const tokenPattern =
  /\\(?:text|textrm|textbf|textit|mathrm|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+\*?|\\[\s\S]|\d+(?:\.\d+)?|\s+|[\s\S]/gu
const maxDepth = 100

/** Reads a formula token by token; every method returns MathML. */
class Parser {
  readonly #tokens: string[]
  readonly #display: boolean
  #at = 0
  #depth = 0

  constructor(source: string, display: boolean) {
    this.#tokens = (source.replace(/%.*$/gm, "").match(tokenPattern) ?? []).filter((token) => token.trim() !== "")
    this.#display = display
  }

  parse(): string {
    const body = this.#until()
    if (this.#at < this.#tokens.length) throw new UnknownMath()
    return `<mrow>${body}</mrow>`
  }

  /** Expressions up to, and without, one of the tokens. */
  #until(...ends: string[]): string {
    if (++this.#depth > maxDepth) throw new UnknownMath()
    let body = ""
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token === undefined || token === "}" || ends.includes(token)) break
      body += this.#scripted()
    }
    this.#depth--
    return body
  }

  #scripted(): string {
    const token = this.#tokens[this.#at] ?? ""
    const name = token.slice(1)
    const under = (name in symbols.bigOperators && name !== "int") || symbols.functions[name] === true
    const base = token === "_" || token === "^" ? "<mrow></mrow>" : this.#atom()
    let below: string | undefined
    let above: string | undefined
    for (;;) {
      const next = this.#tokens[this.#at]
      if (next === "_" && below === undefined) {
        this.#at++
        below = this.#atom()
      } else if (next === "^" && above === undefined) {
        this.#at++
        above = this.#atom()
      } else if (next === "'" && above === undefined) {
        this.#at++
        above = "<mo>′</mo>"
      } else break
    }
    const limits = token.startsWith("\\") && under && this.#display
    if (below !== undefined && above !== undefined) {
      return limits ? `<munderover>${base}${below}${above}</munderover>` : `<msubsup>${base}${below}${above}</msubsup>`
    }
    if (below !== undefined) return limits ? `<munder>${base}${below}</munder>` : `<msub>${base}${below}</msub>`
    if (above !== undefined) return limits ? `<mover>${base}${above}</mover>` : `<msup>${base}${above}</msup>`
    return base
  }

  #atom(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new UnknownMath()
    if (token === "{") {
      const body = this.#until()
      this.#expect("}")
      return `<mrow>${body}</mrow>`
    }
    const text = upright.exec(token)?.[1]
    if (text !== undefined) return `<mtext>${escapeHtml(text).replaceAll(" ", "\u00a0")}</mtext>`
    if (token.startsWith("\\")) return this.#command(token.slice(1))
    if (/^\d/.test(token)) return `<mn>${token}</mn>`
    if (/^\p{L}/u.test(token)) return `<mi>${token}</mi>`
    if (token === "&" || token === "^" || token === "_") throw new UnknownMath()
    // Brackets that are not \left and \right keep their size.
    if (/[()[\]|]/.test(token)) return `<mo stretchy="false">${token}</mo>`
    return `<mo>${escapeHtml(token === "-" ? "−" : token === "*" ? "∗" : token)}</mo>`
  }

  #command(name: string): string {
    const own = <Value>(table: Readonly<Record<string, Value>>) =>
      Object.hasOwn(table, name) ? table[name] : undefined
    const identifier = own(symbols.identifiers)
    if (identifier !== undefined) return `<mi>${identifier}</mi>`
    const operator = own(symbols.operators) ?? own(symbols.bigOperators)
    if (operator !== undefined) return `<mo>${operator}</mo>`
    if (own(symbols.functions) !== undefined) return `<mi>${name}</mi>`
    const space = own(symbols.spaces)
    if (space !== undefined) return `<mspace width="${space}"/>`
    const accent = own(symbols.accents)
    if (accent !== undefined) return `<mover accent="true">${this.#atom()}<mo>${accent}</mo></mover>`
    switch (name) {
      case "frac":
      case "dfrac":
      case "tfrac":
        return `<mfrac>${this.#atom()}${this.#atom()}</mfrac>`
      case "sqrt":
        return this.#root()
      case "mathbf":
      case "boldsymbol":
        return `<mrow style="font-weight:bold">${this.#atom()}</mrow>`
      case "mathbb":
        return `<mi>${doubleStruck(this.#words())}</mi>`
      case "mathcal":
      case "mathit":
        return this.#atom()
      case "left":
        return this.#fenced()
      case "begin":
        return this.#environment()
      case "{":
      case "}":
      case "%":
      case "$":
      case "#":
      case "_":
      case "&":
        return `<mo stretchy="false">${escapeHtml(name)}</mo>`
      case "|":
        return "<mo>‖</mo>"
      default:
        throw new UnknownMath()
    }
  }

  #root(): string {
    if (this.#tokens[this.#at] !== "[") return `<msqrt>${this.#atom()}</msqrt>`
    this.#at++
    const degree = this.#until("]")
    this.#expect("]")
    return `<mroot>${this.#atom()}<mrow>${degree}</mrow></mroot>`
  }

  #fenced(): string {
    const open = this.#delimiter()
    const body = this.#until("\\right")
    this.#expect("\\right")
    return `<mrow>${open}${body}${this.#delimiter()}</mrow>`
  }

  #delimiter(): string {
    const token = this.#tokens[this.#at++] ?? ""
    if (token === ".") return ""
    const text = token.startsWith("\\") ? (symbols.operators[token.slice(1)] ?? token.slice(1)) : token
    return `<mo stretchy="true">${escapeHtml(text)}</mo>`
  }

  #environment(): string {
    const name = this.#words()
    const brackets = Object.hasOwn(symbols.environments, name) ? symbols.environments[name] : undefined
    if (brackets === undefined) throw new UnknownMath()
    if (name === "array") this.#words()
    const rows: string[][] = [[]]
    for (;;) {
      const cell = this.#until("&", "\\\\", "\\end")
      rows.at(-1)?.push(`<mtd>${cell}</mtd>`)
      const token = this.#tokens[this.#at++]
      if (token === "\\\\") rows.push([])
      else if (token === "\\end") break
      else if (token !== "&") throw new UnknownMath()
    }
    if (this.#words() !== name) throw new UnknownMath()
    const [open, close] = brackets.map((bracket) => (bracket === "" ? "" : `<mo>${bracket}</mo>`))
    const table = rows.map((cells) => `<mtr>${cells.join("")}</mtr>`).join("")
    return `<mrow>${open}<mtable>${table}</mtable>${close}</mrow>`
  }

  /** The text in braces, as it is written. */
  #words(): string {
    if (this.#tokens[this.#at] !== "{") return this.#tokens[this.#at++] ?? ""
    const end = this.#tokens.indexOf("}", this.#at)
    if (end < 0) throw new UnknownMath()
    const words = this.#tokens.slice(this.#at + 1, end)
    this.#at = end + 1
    return words.map((word) => (word.startsWith("\\") ? word.slice(1) : word)).join("")
  }

  #expect(token: string): void {
    if (this.#tokens[this.#at++] !== token) throw new UnknownMath()
  }
}

function doubleStruck(letters: string): string {
  const special: Record<string, string> = { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" }
  const plain = (letter: string) => String.fromCodePoint(0x1d538 + letter.charCodeAt(0) - 65)
  return letters.replace(/[A-Z]/g, (letter) => special[letter] ?? plain(letter))
}
