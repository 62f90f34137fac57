import { isTensor, type Tensor } from "../tensor/tensor.js"
import { badText, unknownId, unknownToken } from "./messages.js"

/** Token numbers in any form: a tensor, an array, a typed array. */
export type TokenIds = Tensor | ArrayLike<number>

/**
 * Tokens and their numbers: token `i` is `tokens[i]`.
 *
 * @example new Vocabulary(["<unk>", "a", "b"], { unknown: "<unk>" }).id("z") // 0
 */
export class Vocabulary {
  readonly #ids: ReadonlyMap<string, number>
  /** The token that stands for all that are not in the vocabulary, or undefined when such are an error. */
  readonly unknown: string | undefined

  constructor(
    readonly tokens: readonly string[],
    { unknown }: { unknown?: string | undefined } = {},
  ) {
    this.#ids = new Map(tokens.map((token, id) => [token, id]))
    this.unknown = unknown
    if (this.#ids.size < tokens.length) {
      const twice = tokens.find((token, id) => this.#ids.get(token) !== id)
      throw badText("Vocabulary", "tokens", twice, "Each token stands in the vocabulary once.")
    }
    if (unknown !== undefined && !this.#ids.has(unknown))
      throw badText("Vocabulary", "unknown", unknown, "The token for unknown ones must be in the vocabulary itself.")
  }

  /**
   * The vocabulary of what occurs in a sequence of tokens: special tokens first, then the others from frequent to rare
   * (those of one frequency in alphabetical order).
   *
   * @param options `minCount`: how often a token must occur; `maxSize`: how many tokens there are at most
   * @example Vocabulary.count(["b", "a", "b"]).tokens // ["b", "a"]
   */
  static count(
    tokens: Iterable<string>,
    {
      special = [],
      minCount = 1,
      maxSize = Number.POSITIVE_INFINITY,
      unknown,
    }: { special?: readonly string[]; minCount?: number; maxSize?: number; unknown?: string } = {},
  ): Vocabulary {
    const counts = new Map<string, number>()
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
    const reserved = unknown === undefined || special.includes(unknown) ? special : [unknown, ...special]
    const kept = [...counts]
      .filter(([token, count]) => count >= minCount && !reserved.includes(token))
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([token]) => token)
    return new Vocabulary([...reserved, ...kept].slice(0, maxSize), { unknown })
  }

  /** The number of tokens. */
  get size(): number {
    return this.tokens.length
  }

  /** Whether a token is in the vocabulary. */
  has(token: string): boolean {
    return this.#ids.has(token)
  }

  /** The number of a token. */
  id(token: string): number {
    const id = this.#ids.get(token) ?? (this.unknown === undefined ? undefined : this.#ids.get(this.unknown))
    if (id === undefined)
      throw unknownToken("id", token, this.size, 'a vocabulary made with { unknown: "<unk>" } has a token for such.')
    return id
  }

  /** The token of a number. */
  token(id: number): string {
    const token = this.tokens[id]
    if (token === undefined) throw unknownId("token", id, this.size)
    return token
  }

  toString(): string {
    const shown = this.tokens.slice(0, 12).map((token) => JSON.stringify(token))
    return `Vocabulary(${this.size} tokens: ${shown.join(" ")}${this.size > 12 ? " …" : ""})`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** Token numbers as something to loop over. */
export function idList(ids: TokenIds): ArrayLike<number> {
  return isTensor(ids) ? ids.toTypedArray() : ids
}
