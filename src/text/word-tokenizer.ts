import type { Tokenizer } from "./tokenizer.js"
import { idList, type TokenIds, Vocabulary } from "./vocabulary.js"

/** Options of `WordTokenizer`. */
export interface WordTokenizerOptions {
  /** Whether capitals count as small letters. Default: true. */
  lowercase?: boolean
  /** How often a word must occur to be in the vocabulary. Default: 1. */
  minCount?: number
  /** How many words there are at most. */
  maxSize?: number
}

/**
 * Every word and every punctuation mark is a token; the frequent ones have the small numbers, and `"<unk>"`, number 0,
 * stands for words that are not in the vocabulary.
 *
 * @example new WordTokenizer("to be or not to be").encode("to be is to do") // 2,1,0,2,0
 */
export class WordTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary
  readonly lowercase: boolean

  constructor(text: string, { lowercase = true, minCount = 1, maxSize }: WordTokenizerOptions = {}) {
    this.lowercase = lowercase
    this.vocabulary = Vocabulary.count(this.split(text), {
      unknown: "<unk>",
      minCount,
      ...(maxSize === undefined ? {} : { maxSize }),
    })
  }

  get vocabSize(): number {
    return this.vocabulary.size
  }

  /** The words and punctuation marks of a text. */
  split(text: string): string[] {
    return (
      (this.lowercase ? text.toLowerCase() : text).match(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)?|[^\s\p{L}\p{N}]/gu) ?? []
    )
  }

  encode(text: string): Int32Array {
    return Int32Array.from(this.split(text), (word) => this.vocabulary.id(word))
  }

  /** The tokens with spaces between them, as words are written: none before a comma or a full stop. */
  decode(ids: TokenIds): string {
    const words = Array.from(idList(ids), (id) => this.vocabulary.token(id))
    return words
      .join(" ")
      .replace(/ ([.,;:!?)\]])/g, "$1")
      .replace(/([([]) /g, "$1")
  }

  token(id: number): string {
    return this.vocabulary.token(id)
  }
}
