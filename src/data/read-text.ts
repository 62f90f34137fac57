import { readFileSync } from "node:fs"
import { badArgument, cannotOpen } from "./messages.js"

/** The text itself if it has a line break or is JSON, else the content of the file of that name. */
export function readText(call: string, source: string | Uint8Array): string {
  const content = readSource(call, source)
  return typeof content === "string"
    ? content
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8")
}

/** The same as bytes. */
export function readBytes(call: string, source: string | Uint8Array): Buffer {
  const content = readSource(call, source)
  return typeof content === "string"
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

function readSource(call: string, source: string | Uint8Array): string | Uint8Array {
  if (source instanceof Uint8Array) return source
  if (typeof source !== "string")
    throw badArgument(
      call,
      "source",
      source,
      "It is a file's path, or the text itself.",
      (source as unknown) instanceof Promise ? "this is a promise; write await before it." : undefined,
    )
  if (/[\n\r]|^\s*[[{]/.test(source)) return source
  try {
    return readFileSync(source)
  } catch (error) {
    throw cannotOpen(call, source, error)
  }
}
