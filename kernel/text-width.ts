const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const printable = /^[\x20-\x7e]*$/
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

/** The characters of a text as people see them: an emoji with its modifiers is one. */
export function graphemes(text: string): string[] {
  if (printable.test(text)) return [...text]
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** How many cells of a terminal one character takes: two for East Asian characters and emoji, else one. */
export function graphemeWidth(grapheme: string): number {
  if (printable.test(grapheme)) return 1
  if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

/** How many cells of a terminal a text takes, escape sequences not counted by the caller. */
export function textWidth(text: string): number {
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0)
}
