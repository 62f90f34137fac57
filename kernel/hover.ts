import type { Hover } from "./language.js"

export interface LspHover {
  readonly contents: string | { readonly value: string } | readonly (string | { readonly value: string })[]
}

export interface LspSignatureHelp {
  readonly signatures: readonly {
    readonly label: string
    readonly documentation?: string | { readonly value: string }
  }[]
  readonly activeSignature?: number | null
}

/** The signature of the call around the cursor, as a hover. */
export function callHover({ signatures, activeSignature }: LspSignatureHelp): Hover | undefined {
  const signature = signatures[activeSignature ?? 0] ?? signatures[0]
  if (!signature) return undefined
  const { label, documentation = "" } = signature
  const words = typeof documentation === "string" ? documentation : documentation.value
  return cellHover({ contents: `\`\`\`typescript\n${label}\n\`\`\`\n${words}` })
}

/** The server's hover as Markdown and as plain text, without the aliases by which cells see one another. */
export function cellHover(hover: LspHover): Hover | undefined {
  const parts = Array.isArray(hover.contents) ? hover.contents : [hover.contents]
  const markdown = parts
    .map((part: string | { readonly value: string }) => (typeof part === "string" ? part : part.value))
    .join("\n\n")
    .replace(/\(alias\) /g, "")
    .replace(/^import .*= __cell\w*\..*\n/gm, "")
    .replace(/import\("[^"]*cellgrad-(?:cell-\d+|ask)(?:-jsx)?"\)\./g, "")
    .replace(/\b__cell(?:grad|\d+)\./g, "")
    .replace(/^\*@ts-expect-error\*.*$/gm, "") // for the compiler, not for readers
    .trim()
  // The server says `any` of what it does not know.
  if (markdown === "" || /^```typescript\s+any\s+```$/.test(markdown)) return undefined
  return { markdown, text: plainText(markdown) }
}

/** Markdown without its marks, for a terminal. */
function plainText(markdown: string): string {
  return markdown
    .replace(/^```\w*\n?/gm, "")
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .replace(/(\*\*|__)(.+?)\1/g, "$2")
    .replace(/`([^`\n]+)`/g, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim()
}
