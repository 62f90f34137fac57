import { badText, unknownToken } from "./messages.js"
import type { Tokenizer } from "./tokenizer.js"
import { idList, type TokenIds, Vocabulary } from "./vocabulary.js"

/**
 * Every character is a token; their numbers follow the order of their code points.
 *
 * Errors: a character that was not in the text which the tokenizer was made of.
 *
 * @example new CharTokenizer("hello").encode("hole") // 1,3,2,0
 */
export class CharTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary

  /**
   * @param text a text with all the characters that there will be
   * @param options `special`: tokens of more than a character, such as `"<eos>"`, with the first numbers
   */
  constructor(text: string, { special = [] }: { special?: readonly string[] } = {}) {
    if (typeof text !== "string" || (text === "" && special.length === 0))
      throw badText("CharTokenizer", "text", text, "It is a text with all the characters that there will be.")
    const characters = [...new Set(text)].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number))
    this.vocabulary = new Vocabulary([...special, ...characters.filter((character) => !special.includes(character))])
  }

  get vocabSize(): number {
    return this.vocabulary.size
  }

  encode(text: string): Int32Array {
    return Int32Array.from(text, (character) => {
      if (!this.vocabulary.has(character))
        throw unknownToken("encode", character, this.vocabSize, "make the tokenizer of a text that has this character.")
      return this.vocabulary.id(character)
    })
  }

  decode(ids: TokenIds): string {
    return Array.from(idList(ids), (id) => this.vocabulary.token(id)).join("")
  }

  token(id: number): string {
    return this.vocabulary.token(id)
  }

  toString(): string {
    return `CharTokenizer(${this.vocabSize} characters)`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}
