import { isUtf8 } from "node:buffer"
import { badArgument } from "./messages.js"

/**
 * The bytes of a text as UTF-8, without a byte order mark. A mark tells UTF-16; of other texts those that are no UTF-8 are
 * taken for Windows-1252, in which older programs write the letters of western Europe.
 *
 * @param encoding what it is instead, by a name that `TextDecoder` knows
 */
export function toUtf8(call: string, bytes: Buffer, encoding: string | undefined): Buffer {
  const known = encoding ?? encodingOf(bytes)
  if (known === "utf-8") return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
  return Buffer.from(decoderOf(call, known).decode(bytes))
}

function decoderOf(call: string, encoding: string) {
  try {
    return new TextDecoder(encoding)
  } catch {
    const rule = 'It is the name of an encoding, such as "utf-8", "latin1" or "utf-16le".'
    throw badArgument(call, "encoding", encoding, rule)
  }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be"
  return isUtf8(bytes) ? "utf-8" : "windows-1252"
}
