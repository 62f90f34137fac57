/** The UTF-16 offset of a position that Jupyter counts in code points. */
export function utf16Offset(text: string, codePoints: number): number {
  let offset = 0
  for (let i = 0; i < codePoints && offset < text.length; i++) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
  }
  return offset
}

/** The position that Jupyter counts in code points of a UTF-16 offset. */
export function codePointOffset(text: string, offset: number): number {
  let count = 0
  for (let i = 0; i < Math.min(offset, text.length); count++) i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1
  return count
}
