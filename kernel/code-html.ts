import { escapeHtml } from "./ansi-html.js"
import { codeTokens } from "./code-tokens.js"

/** TypeScript code as HTML with a light colouring: comments, strings, numbers, keywords, types and calls. */
export function codeToHtml(code: string): string {
  return codeTokens(code)
    .map(({ text, kind }) =>
      kind === undefined ? escapeHtml(text) : `<span class="t-${kind}">${escapeHtml(text)}</span>`,
    )
    .join("")
}
