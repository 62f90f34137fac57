import { closingQuote, endOfCell } from "../native/cells.js"
import type { CsvText } from "./csv-scan.js"

const quote = 34
/** Longer texts seldom repeat. */
const longest = 48
const slots = 1 << 12

/**
 * The texts of the cells that start at these places, null where one stands for a missing value. A text that repeats, as
 * the names of categories do, is made once: most of the time goes into making them, and into collecting them later.
 */
export function readTexts(text: CsvText, places: Float64Array): (string | null)[] {
  const { bytes } = text
  const known = new Array<string | null | undefined>(slots)
  const starts = new Float64Array(slots)
  const lengths = new Int32Array(slots)
  const texts = new Array<string | null>(places.length)
  for (let row = 0; row < places.length; row++) {
    const start = places[row] as number
    const end = endOfCell(text, start)
    const length = end - start
    if (length > longest) {
      texts[row] = presentText(text, start, end)
      continue
    }
    let hash = length
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193) // FNV-1a
    const slot = (hash ^ (hash >>> 15)) & (slots - 1)
    if (
      known[slot] === undefined ||
      lengths[slot] !== length ||
      !sameBytes(bytes, starts[slot] as number, start, length)
    ) {
      known[slot] = presentText(text, start, end)
      starts[slot] = start
      lengths[slot] = length
    }
    texts[row] = known[slot] as string | null
  }
  return texts
}

function sameBytes(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}

function presentText(text: CsvText, start: number, end: number): string | null {
  const cell = cellText(text, start, end)
  return text.absent.has(cell) ? null : cell
}

/** The text of the cell between these places, without quotes or the space around it. */
export function cellText({ bytes }: CsvText, start: number, end: number): string {
  if (bytes[start] !== quote) return decode(bytes, start, end).trim()
  const close = closingQuote(bytes, start)
  return decode(bytes, start + 1, close).replaceAll('""', '"') + decode(bytes, close + 1, end).trimEnd()
}

function decode(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end)
}
