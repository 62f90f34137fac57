import { badFormat } from "./messages.js"

const block = 512

/**
 * The files in a tar archive: name to content.
 *
 * Source: POSIX.1-1988, the ustar interchange format.
 */
export function parseTar(call: string, archive: string, bytes: Uint8Array): Map<string, Uint8Array> {
  const text = (start: number, length: number) =>
    Buffer.from(bytes.subarray(start, start + length))
      .toString("latin1")
      .replace(/\0.*$/s, "")
  const files = new Map<string, Uint8Array>()
  for (let at = 0; at + block <= bytes.length; ) {
    const name = text(at, 100)
    if (name === "") break // two empty blocks end the archive
    const size = Number.parseInt(text(at + 124, 12).trim(), 8)
    if (!Number.isFinite(size) || at + block + size > bytes.length)
      throw badFormat(call, archive, `This is no whole tar archive: the entry "${name}" is broken or cut off.`)
    const kind = text(at + 156, 1)
    const prefix = text(at + 257, 5) === "ustar" ? text(at + 345, 155) : ""
    if (kind === "0" || kind === "")
      files.set(prefix === "" ? name : `${prefix}/${name}`, bytes.subarray(at + block, at + block + size))
    at += block + Math.ceil(size / block) * block
  }
  if (files.size === 0) throw badFormat(call, archive, "This is no tar archive with files in it.")
  return files
}
