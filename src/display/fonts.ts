import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { packageFile } from "./package-file.js"

/** The font files of charts; the first that has a letter draws it, so the most used come first. */
export const fontFiles: readonly string[] = [
  "inter-latin-400.ttf",
  "inter-latin-600.ttf",
  "inter-latin-ext-400.ttf",
  "inter-greek-400.ttf",
  "inter-cyrillic-400.ttf",
].map((name) => fileURLToPath(packageFile(`assets/fonts/${name}`)))

/** By weight: runs of consecutive characters, first code point → advance widths in 1/1000 em. */
type Advances = Record<string, Record<string, number[]>>

let widths: { regular: Map<number, number>; semibold: Map<number, number> } | undefined

function loadWidths() {
  const file = JSON.parse(readFileSync(packageFile("assets/fonts/advances.json"), "utf8")) as Advances
  const table = (weight: string) => {
    const map = new Map<number, number>()
    for (const [first, run] of Object.entries(file[weight] ?? {})) {
      run.forEach((width, i) => {
        map.set(Number(first) + i, width)
      })
    }
    return map
  }
  return { regular: table("400"), semibold: table("600") }
}

/** Letters that we have no file for (Chinese, emoji …) are about as wide as they are high. */
const unknownWidth = 1000

/** The width of a text in pixels, as the font draws it. */
export function textWidth(text: string, fontSize: number, semibold = false): number {
  widths ??= loadWidths()
  let sum = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    sum += (semibold ? widths.semibold.get(code) : undefined) ?? widths.regular.get(code) ?? unknownWidth
  }
  return (sum * fontSize) / 1000
}

/** True when our font files draw every letter of the text. */
export function coversText(text: string): boolean {
  widths ??= loadWidths()
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code >= 32 && !widths.regular.has(code)) return false
  }
  return true
}
