// Writes assets/fonts from the Inter of @fontsource: TTF files for the PNG renderer and the advance widths that vega lays
// text out with. Run `node scripts/fonts.mjs` after an update of @fontsource/inter; its output is committed.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { inflateSync } from "node:zlib"

// The renderer takes other scripts from the first file that has the letter, whatever its weight: one weight is enough.
const subsets = { 400: ["latin", "latin-ext", "greek", "cyrillic"], 600: ["latin"] }
const source = new URL("../node_modules/@fontsource/inter/", import.meta.url)
const target = new URL("../assets/fonts/", import.meta.url)

/** The tables of a WOFF 1 file, decompressed, in the file's order. */
function readWoff(woff) {
  const count = woff.readUInt16BE(12)
  return Array.from({ length: count }, (_, i) => {
    const entry = 44 + i * 20
    const offset = woff.readUInt32BE(entry + 4)
    const packed = woff.subarray(offset, offset + woff.readUInt32BE(entry + 8))
    const length = woff.readUInt32BE(entry + 12)
    return {
      tag: woff.toString("latin1", entry, entry + 4),
      data: packed.length < length ? inflateSync(packed) : packed,
    }
  })
}

/**
 * A `name` table that says family "Inter" for every weight. The files of @fontsource call the heavier ones "Inter
 * SemiBold", under which a renderer that looks for Inter with weight 600 does not find them.
 */
function nameTable(weight) {
  const style = weight === 600 ? "SemiBold" : "Regular"
  const records = [
    [0, "Copyright 2016 The Inter Project Authors (https://github.com/rsms/inter)"],
    [1, "Inter"],
    [2, style],
    [4, `Inter ${style}`],
    [6, `Inter-${style}`],
    [13, "SIL Open Font License, Version 1.1"],
  ]
  const strings = records.map(([, text]) => Buffer.from(text, "utf16le").swap16())
  const head = Buffer.alloc(6 + records.length * 12)
  head.writeUInt16BE(records.length, 2)
  head.writeUInt16BE(head.length, 4)
  let offset = 0
  records.forEach(([id], i) => {
    const windowsUnicodeEnglish = [3, 1, 0x409]
    const fields = [...windowsUnicodeEnglish, id, strings[i].length, offset]
    fields.forEach((field, f) => {
      head.writeUInt16BE(field, 6 + i * 12 + f * 2)
    })
    offset += strings[i].length
  })
  return Buffer.concat([head, ...strings])
}

/** The sum of a table's 32-bit words, as the table directory wants it. */
function checksumOf(data) {
  const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4)
  data.copy(padded)
  let sum = 0
  for (let i = 0; i < padded.length; i += 4) sum = (sum + padded.readUInt32BE(i)) >>> 0
  return sum
}

/** A TrueType file made of the tables. */
function writeTtf(tables) {
  const power = 2 ** Math.floor(Math.log2(tables.length))
  const head = Buffer.alloc(12 + tables.length * 16)
  head.writeUInt32BE(0x00010000, 0)
  head.writeUInt16BE(tables.length, 4)
  head.writeUInt16BE(power * 16, 6)
  head.writeUInt16BE(Math.log2(power), 8)
  head.writeUInt16BE(tables.length * 16 - power * 16, 10)
  const bodies = []
  let offset = head.length
  tables.forEach(({ tag, data }, i) => {
    const entry = 12 + i * 16
    head.write(tag, entry, "latin1")
    head.writeUInt32BE(checksumOf(data), entry + 4)
    head.writeUInt32BE(offset, entry + 8)
    head.writeUInt32BE(data.length, entry + 12)
    const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4)
    data.copy(padded)
    bodies.push(padded)
    offset += padded.length
  })
  return Buffer.concat([head, ...bodies])
}

/** Yields [code point, glyph] of the character map (format 4, which the Basic Multilingual Plane uses). */
function* characters(cmap) {
  const count = cmap.readUInt16BE(2)
  for (let i = 0; i < count; i++) {
    const at = cmap.readUInt32BE(4 + i * 8 + 4)
    if (cmap.readUInt16BE(at) !== 4) continue
    const segments = cmap.readUInt16BE(at + 6) / 2
    const ends = at + 14
    const starts = ends + segments * 2 + 2
    const deltas = starts + segments * 2
    const ranges = deltas + segments * 2
    for (let s = 0; s < segments; s++) {
      const range = cmap.readUInt16BE(ranges + s * 2)
      const delta = cmap.readUInt16BE(deltas + s * 2)
      const start = cmap.readUInt16BE(starts + s * 2)
      for (let code = start; code <= cmap.readUInt16BE(ends + s * 2) && code < 0xffff; code++) {
        const raw = range === 0 ? code : cmap.readUInt16BE(ranges + s * 2 + range + (code - start) * 2)
        const glyph = range !== 0 && raw === 0 ? 0 : (raw + delta) & 0xffff
        if (glyph !== 0) yield [code, glyph]
      }
    }
    return
  }
}

/** Advance widths by character, in 1/1000 em. */
function advances(tables) {
  const table = (tag) => tables.find((t) => t.tag === tag).data
  const unitsPerEm = table("head").readUInt16BE(18)
  const metrics = table("hhea").readUInt16BE(34)
  const hmtx = table("hmtx")
  const widths = {}
  for (const [code, glyph] of characters(table("cmap"))) {
    widths[code] = Math.round((hmtx.readUInt16BE(Math.min(glyph, metrics - 1) * 4) * 1000) / unitsPerEm)
  }
  return widths
}

mkdirSync(target, { recursive: true })
const widths = {}
for (const weight of [400, 600]) {
  const merged = {}
  for (const subset of subsets[weight]) {
    const woff = readFileSync(new URL(`files/inter-${subset}-${weight}-normal.woff`, source))
    const tables = readWoff(woff).map((t) => (t.tag === "name" ? { tag: t.tag, data: nameTable(weight) } : t))
    writeFileSync(new URL(`inter-${subset}-${weight}.ttf`, target), writeTtf(tables))
    for (const [code, width] of Object.entries(advances(tables))) merged[code] ??= width
  }
  // Runs of consecutive code points: { first code point: [widths…] }.
  const runs = {}
  let first = 0
  let previous = -2
  for (const [key, width] of Object.entries(merged)) {
    const code = Number(key)
    if (code !== previous + 1) {
      first = code
      runs[first] = []
    }
    runs[first].push(width)
    previous = code
  }
  widths[weight] = runs
}
writeFileSync(new URL("advances.json", target), `${JSON.stringify(widths)}\n`)
copyFileSync(new URL("LICENSE", source), new URL("OFL.txt", target))
