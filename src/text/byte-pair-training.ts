import { toByteLetters } from "./byte-letters.js"

/** A stretch of text that is a token of its own kind at most: a word with the space before it, a number, punctuation. */
const pieces = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The stretches of a text that no token reaches across, as GPT-2 cuts them. */
export function splitPieces(text: string): string[] {
  return text.match(pieces) ?? []
}

/** A word of the training text as the tokens it is made of so far. */
interface Word {
  tokens: string[]
  readonly count: number
}

/**
 * The pairs of tokens that byte-pair encoding joins, in order: each time the pair that occurs most, of several the one that
 * comes first in the alphabet of their letters.
 *
 * Source: R. Sennrich, B. Haddow, A. Birch, Neural Machine Translation of Rare Words with Subword Units (2016).
 */
export function learnMerges(text: string, count: number): [string, string][] {
  const counts = new Map<string, number>()
  for (const piece of splitPieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  const words = [...counts].map(([piece, n]): Word => ({ tokens: [...toByteLetters(piece)], count: n }))
  const pairs = new PairCounts()
  for (const word of words) pairs.add(word, 1)
  const merges: [string, string][] = []
  while (merges.length < count) {
    const best = pairs.mostFrequent()
    if (best === undefined) break
    const [left, right] = best.split(" ") as [string, string]
    merges.push([left, right])
    // Only the words with this pair change, and with them the counts of their own pairs.
    for (const word of pairs.wordsWith(best)) {
      pairs.add(word, -1)
      word.tokens = mergePair(word.tokens, left, right)
      pairs.add(word, 1)
    }
  }
  return merges
}

/** The tokens with every occurrence of a pair joined, from left to right. */
export function mergePair(tokens: readonly string[], left: string, right: string): string[] {
  const merged: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      merged.push(left + right)
      i++
    } else merged.push(tokens[i] as string)
  }
  return merged
}

/** How often each pair of neighbours occurs, and in which words. */
class PairCounts {
  readonly #counts = new Map<string, number>()
  readonly #words = new Map<string, Set<Word>>()

  /** Counts the pairs of a word in, or with -1 out. */
  add(word: Word, sign: 1 | -1): void {
    for (let i = 0; i + 1 < word.tokens.length; i++) {
      const pair = `${word.tokens[i]} ${word.tokens[i + 1]}`
      const count = (this.#counts.get(pair) ?? 0) + sign * word.count
      if (count === 0) this.#counts.delete(pair)
      else this.#counts.set(pair, count)
      const words = this.#words.get(pair)
      if (sign < 0) words?.delete(word)
      else if (words === undefined) this.#words.set(pair, new Set([word]))
      else words.add(word)
    }
  }

  wordsWith(pair: string): Word[] {
    return [...(this.#words.get(pair) ?? [])]
  }

  /** The pair that occurs most; undefined when none occurs twice. */
  mostFrequent(): string | undefined {
    let best: string | undefined
    let most = 1
    for (const [pair, count] of this.#counts) {
      if (count > most || (count === most && best !== undefined && pair < best)) {
        best = pair
        most = count
      }
    }
    return best
  }
}
