/**
 * A printable letter for each byte, so that a token of any bytes can be written as text: printable characters of Latin-1
 * stand for themselves, the others for the letters from U+0100 on. A space becomes `Ġ`.
 *
 * Source: the vocabulary files of GPT-2 (Radford et al., 2019).
 */
export const letterOfByte: readonly string[] = (() => {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCharCode(printable ? byte : next++)
  })
})()

const byteOfLetter = new Map(letterOfByte.map((letter, byte) => [letter, byte]))

/** A text as the letters of its UTF-8 bytes. */
export function toByteLetters(text: string): string {
  let letters = ""
  for (const byte of Buffer.from(text)) letters += letterOfByte[byte]
  return letters
}

/** The bytes that letters stand for. */
export function bytesOfLetters(letters: string): number[] {
  return Array.from(letters, (letter) => byteOfLetter.get(letter) ?? 63)
}
