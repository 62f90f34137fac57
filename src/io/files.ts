import { readFileSync, writeFileSync } from "node:fs"
import { cannotOpen, cannotWrite } from "../data/messages.js"

/** The bytes of a file, or the bytes themselves. */
export function readFileBytes(call: string, source: string | Uint8Array): Uint8Array {
  if (source instanceof Uint8Array) return source
  try {
    return readFileSync(source)
  } catch (error) {
    throw cannotOpen(call, String(source), error)
  }
}

/** Writes a file of bytes. */
export function writeFileBytes(call: string, path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw cannotWrite(call, path, error)
  }
}

/** A copy of bytes that starts where a `DataView` or typed array of any width may. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
}
