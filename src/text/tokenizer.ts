import type { TokenIds } from "./vocabulary.js"

/** What every tokenizer can do: text to token numbers and back. */
export interface Tokenizer {
  /** How many different tokens there are: the number of rows of an embedding. */
  readonly vocabSize: number
  /** The numbers of a text's tokens; `tensor(tokenizer.encode(text))` is an int32 tensor. */
  encode(text: string): Int32Array
  /** The text of token numbers. */
  decode(ids: TokenIds): string
  /** The text of one token. */
  token(id: number): string
}
