import type { CommMessage } from "../src/display/host.js"
import type { JsonObject, Message } from "./messages.js"

/** Which comms are open, and to what target, whichever side opened them. */
export class OpenComms {
  readonly #targets = new Map<string, string>()

  /** Keeps account of a message, from either side. */
  note({ type, content }: CommMessage): void {
    if (type === "comm_open") this.#targets.set(content.comm_id, content.target_name ?? "")
    if (type === "comm_close") this.#targets.delete(content.comm_id)
  }

  has(id: string): boolean {
    return this.#targets.has(id)
  }

  /** The content of a `comm_info_reply`; with a target only the comms to that. */
  info(target: unknown): JsonObject {
    const comms: JsonObject = {}
    for (const [id, name] of this.#targets) {
      if (typeof target !== "string" || target === "" || target === name) comms[id] = { target_name: name }
    }
    return { status: "ok", comms }
  }
}

/** What a client's comm message says, or undefined when it is not well-formed. */
export function readComm({ header, content, metadata, buffers }: Message): CommMessage | undefined {
  const type = header.msg_type
  if (type !== "comm_open" && type !== "comm_msg" && type !== "comm_close") return undefined
  const { comm_id, target_name, data } = content
  if (typeof comm_id !== "string") return undefined
  const values = typeof data === "object" && data !== null ? (data as JsonObject) : {}
  const target = typeof target_name === "string" ? { target_name } : {}
  return { type, content: { comm_id, data: values, ...target }, metadata, buffers }
}
