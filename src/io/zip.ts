import { unzipSync, zipSync } from "fflate"
import { broken } from "./messages.js"

/** The files in a zip archive: name to content. */
export function unzip(call: string, format: string, bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    return new Map(Object.entries(unzipSync(bytes)))
  } catch (error) {
    throw broken(call, format, `Its zip archive is cut off or broken: ${(error as Error).message}.`)
  }
}

/** A zip archive of files as they are, not packed; the same files give the same bytes. */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = [...files].map(([name, bytes]) => [name, bytes] as const)
  return zipSync(Object.fromEntries(entries), { level: 0, mtime: new Date(1980, 0, 1) })
}

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5)
}
