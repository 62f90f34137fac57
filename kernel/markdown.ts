import Parser, { type MarkdownIt } from "markdown-it"
import { codeToHtml } from "./code-html.js"
import { mathToHtml } from "./math-html.js"

/** The Markdown of notebooks: with tables, HTML, coloured TypeScript and formulas between dollar signs. */
export function createMarkdown(): MarkdownIt {
  const markdown = new Parser({
    html: true,
    linkify: true,
    typographer: true,
    highlight: (code, language) => (/^(ts|typescript|js|javascript)$/i.test(language) ? codeToHtml(code) : ""),
  })
  addInlineMath(markdown)
  addBlockMath(markdown)
  markdown.renderer.rules.math_inline = (tokens, index) => mathToHtml(tokens[index]?.content ?? "", false)
  markdown.renderer.rules.math_block = (tokens, index) => `${mathToHtml(tokens[index]?.content ?? "", true)}\n`
  return markdown
}

/** `$x^2$` and `$$x^2$$` inside a paragraph; a dollar sign after a letter or digit, or before a blank, is money. */
function addInlineMath(markdown: MarkdownIt): void {
  const formula = /\$\$([^$]+)\$\$|\$((?:\\.|[^$\\\s])(?:(?:\\.|[^$\\])*?(?:\\.|[^$\\\s]))?)\$(?!\d)/y
  markdown.inline.ruler.before("escape", "math_inline", (state, silent) => {
    if (/\w/.test(state.src[state.pos - 1] ?? "")) return false
    formula.lastIndex = state.pos
    const match = formula.exec(state.src)
    if (match === null) return false
    if (!silent) {
      const token = state.push(match[1] === undefined ? "math_inline" : "math_block", "math", 0)
      token.content = (match[1] ?? match[2] ?? "").trim()
    }
    state.pos = formula.lastIndex
    return true
  })
}

/** Lines from `$$` to `$$`. */
function addBlockMath(markdown: MarkdownIt): void {
  const lineOf = (state: { src: string; bMarks: number[]; tShift: number[]; eMarks: number[] }, line: number) =>
    state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line] ?? 0).trim()
  markdown.block.ruler.before(
    "fence",
    "math_block",
    (state, from, to, silent) => {
      if (!lineOf(state, from).startsWith("$$")) return false
      let content = ""
      for (let line = from; line < to; line++) {
        content += `${lineOf(state, line)}\n`
        const whole = /^\$\$([\s\S]+?)\$\$\s*$/.exec(content)
        if (whole === null) continue
        if (silent) return true
        const token = state.push("math_block", "math", 0)
        token.content = (whole[1] ?? "").trim()
        token.map = [from, line + 1]
        state.line = line + 1
        return true
      }
      return false
    },
    { alt: ["paragraph"] },
  )
}
