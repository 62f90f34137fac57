import { createHmac, timingSafeEqual } from "node:crypto"
import type { Header, JsonObject, Message } from "./messages.js"

export { createHeader, createMessage, type Header, type JsonObject, type Message } from "./messages.js"

const delimiter = "<IDS|MSG>"
const delimiterBytes = Buffer.from(delimiter)

/** Why received frames are no message. The receiver says so once on its stderr and drops them. */
export class WireFault {
  readonly reason: "no delimiter" | "too few frames" | "bad signature" | "malformed JSON" | "malformed header"
  readonly detail: string

  constructor(reason: WireFault["reason"], detail: string) {
    this.reason = reason
    this.detail = detail
  }

  toString(): string {
    return `dropped a message: ${this.reason} (${this.detail})`
  }
}

function sign(parts: readonly (Buffer | string)[], key: string): string {
  if (key === "") return ""
  const hmac = createHmac("sha256", key)
  for (const part of parts) hmac.update(part)
  return hmac.digest("hex")
}

/** The frames of a message: identities, delimiter, HMAC-SHA256 signature, four JSON parts, buffers. */
export function serializeMessage(message: Message<object>, key: string): (Buffer | string)[] {
  const parts = [
    JSON.stringify(message.header),
    JSON.stringify(message.parentHeader),
    JSON.stringify(message.metadata),
    JSON.stringify(message.content),
  ]
  return [...message.identities, delimiter, sign(parts, key), ...parts, ...message.buffers]
}

/** The message in received frames; the signature is checked before anything is read as JSON. */
export function parseMessage(frames: readonly Buffer[], key: string): Message | WireFault {
  const at = frames.findIndex((frame) => frame.equals(delimiterBytes))
  if (at < 0) return new WireFault("no delimiter", `${frames.length} frames without ${delimiter}`)
  const parts = frames.slice(at + 2, at + 6)
  const signature = frames[at + 1]
  if (signature === undefined || parts.length < 4) {
    return new WireFault("too few frames", `${frames.length - at - 1} after the delimiter, at least 5 needed`)
  }
  if (key !== "" && !sameText(signature, sign(parts, key))) {
    return new WireFault("bad signature", "it was not signed with the key of the connection file")
  }
  const names = ["header", "parent header", "metadata", "content"]
  const objects: JsonObject[] = []
  for (const [i, part] of parts.entries()) {
    const value = readObject(part)
    if (typeof value === "string") return new WireFault("malformed JSON", `${names[i]}: ${value}`)
    objects.push(value)
  }
  const [header = {}, parentHeader = {}, metadata = {}, content = {}] = objects
  if (!isHeader(header)) return new WireFault("malformed header", "msg_id, msg_type and session must be strings")
  return {
    identities: frames.slice(0, at),
    header,
    parentHeader: isHeader(parentHeader) ? parentHeader : {},
    metadata,
    content,
    buffers: frames.slice(at + 6),
  }
}

function sameText(received: Buffer, expected: string): boolean {
  const bytes = Buffer.from(expected)
  return received.length === bytes.length && timingSafeEqual(received, bytes)
}

/** The JSON object in `bytes`, or what is wrong with it. */
function readObject(bytes: Buffer): JsonObject | string {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject
    return "not an object"
  } catch (error) {
    return (error as Error).message
  }
}

function isHeader(value: object): value is Header {
  const header = value as Partial<Record<keyof Header, unknown>>
  return typeof header.msg_id === "string" && typeof header.msg_type === "string" && typeof header.session === "string"
}
