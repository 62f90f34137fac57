import type { CellHistory } from "./cell-history.js"
import { codePointOffset, utf16Offset } from "./code-points.js"
import type { OpenComms } from "./comms.js"
import type { Language } from "./language.js"
import type { ErrorContent, JsonObject, KernelInfoReply, RequestContents } from "./messages.js"

/** The subshells that clients have made. */
export interface Subshells {
  /** Makes one and gives its id. */
  create(): string
  /** Ends one, and says whether there was one of this id. */
  delete(id: string): boolean
  list(): string[]
}

/** What the handlers know of the kernel. */
export interface HandlerContext {
  readonly info: KernelInfoReply
  readonly language: Language
  readonly history: CellHistory
  readonly comms: OpenComms
  readonly subshells: Subshells
  interrupt(): void
}

/** The requests that are answered where they arrive; execute_request waits in the queue, shutdown_request ends the server. */
export type AnsweredRequest = Exclude<keyof RequestContents, "execute_request" | "shutdown_request">

/** A handler reads content that a client sent: any field may be missing or wrong. */
type Handler = (content: JsonObject, context: HandlerContext) => JsonObject | Promise<JsonObject>

/** One handler for each request; the reply to `x_request` is `x_reply`. */
export const handlers: { readonly [R in AnsweredRequest]: Handler } = {
  kernel_info_request: (_content, { info }) => ({ ...info }),

  is_complete_request: async ({ code }) => {
    // The parser is loaded when it is needed; the kernel has answered by then.
    const { isComplete } = await import("./is-complete.js")
    const { status, indent } = isComplete(textOf(code))
    return status === "incomplete" ? { status, indent } : { status }
  },

  complete_request: async ({ code: sent, cursor_pos }, { language }) => {
    const code = textOf(sent)
    const offset = cursorOf(code, cursor_pos)
    const { items, start, end } = await language
      .complete(code, offset)
      .catch(() => ({ items: [], start: offset, end: offset }))
    const from = codePointOffset(code, start)
    const to = codePointOffset(code, end)
    return {
      status: "ok",
      matches: items.map(({ text }) => text),
      cursor_start: from,
      cursor_end: to,
      metadata: {
        _jupyter_types_experimental: items.map(({ text, type, signature = "" }) => ({
          text,
          type,
          signature,
          start: from,
          end: to,
        })),
      },
    }
  },

  inspect_request: async ({ code: sent, cursor_pos, detail_level }, { language, history }) => {
    const code = textOf(sent)
    const offset = cursorOf(code, cursor_pos)
    const hover = await language.hover(code, offset).catch(() => undefined)
    if (!hover) return { status: "ok", found: false, data: {}, metadata: {} }
    let { text, markdown } = hover
    if (detail_level === 1) {
      // The source, as the user wrote it.
      const { declarationOf, nameAt } = await import("./declaration.js")
      const declaration = declarationOf(nameAt(code, offset), history.cells)
      if (declaration) {
        text += `\n\nIn [${declaration.line}]:\n${declaration.source}`
        markdown += `\n\n\`In [${declaration.line}]\`\n\`\`\`typescript\n${declaration.source}\n\`\`\``
      }
    }
    return { status: "ok", found: true, data: { "text/plain": text, "text/markdown": markdown }, metadata: {} }
  },

  history_request: (content, { history }) => ({ status: "ok", history: history.find(content) }),

  comm_info_request: ({ target_name }, { comms }) => comms.info(target_name),

  interrupt_request: (_content, context) => {
    context.interrupt()
    return { status: "ok" }
  },

  create_subshell_request: (_content, { subshells }) => ({ status: "ok", subshell_id: subshells.create() }),

  delete_subshell_request: ({ subshell_id: id }, { subshells }) =>
    subshells.delete(String(id)) ? { status: "ok" } : failure("SubshellNotFound", `there is no subshell ${id}`),

  list_subshell_request: (_content, { subshells }) => ({ status: "ok", subshell_id: subshells.list() }),

  // The answer of a debug adapter that cannot do what it is asked to (Debug Adapter Protocol).
  debug_request: ({ seq, command }) => ({
    type: "response",
    seq: 0,
    request_seq: typeof seq === "number" ? seq : 0,
    success: false,
    command: String(command),
    message: "this kernel has no debugger; start it with node --inspect to attach one",
  }),
}

/** The content of a reply that refuses a request. */
export function failure(ename: string, evalue: string): ErrorContent & JsonObject {
  return { status: "error", ename, evalue, traceback: [evalue] }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}

function cursorOf(code: string, value: unknown): number {
  return typeof value === "number" ? utf16Offset(code, value) : code.length
}
