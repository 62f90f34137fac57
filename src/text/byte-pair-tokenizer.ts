import { readFileSync, writeFileSync } from "node:fs"
import { cannotOpen, cannotParse, cannotWrite } from "../data/messages.js"
import { bytesOfLetters, letterOfByte, toByteLetters } from "./byte-letters.js"
import { learnMerges, splitPieces } from "./byte-pair-training.js"
import { badText } from "./messages.js"
import type { Tokenizer } from "./tokenizer.js"
import { idList, type TokenIds, Vocabulary } from "./vocabulary.js"

/**
 * Byte-pair encoding, as GPT-2 has it: a text is cut into words and the like, these into bytes, and the pairs of tokens that
 * were frequent in the training text are joined again, in the order in which they were learned. Any text can be encoded,
 * and comes back as it was.
 *
 * Tokens are written with a letter for each byte (see `byte-letters.ts`), as in the files of GPT-2: `"Ġthe"` is `" the"`.
 *
 * @example BytePairTokenizer.train("low lower lowest", { vocabSize: 259 }).encode("lower").length // 2
 */
export class BytePairTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary
  readonly special: readonly string[]
  readonly #ranks: ReadonlyMap<string, number>
  readonly #cache = new Map<string, readonly number[]>()

  constructor(
    tokens: readonly string[],
    /** The pairs that are joined, in order. */
    readonly merges: readonly (readonly [string, string])[],
    { special = [] }: { special?: readonly string[] } = {},
  ) {
    this.vocabulary = new Vocabulary(tokens)
    this.special = special
    this.#ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]))
    for (const [left, right] of merges)
      if (!this.vocabulary.has(left + right))
        throw badText(
          "BytePairTokenizer",
          "merges",
          `${left} ${right}`,
          "What a pair becomes must be in the vocabulary.",
        )
    for (const token of special)
      if (!this.vocabulary.has(token))
        throw badText("BytePairTokenizer", "special", token, "Special tokens must be in the vocabulary.")
  }

  /**
   * Learns a vocabulary from a text: the 256 bytes, then the pairs that occur most, then the special tokens.
   *
   * @param options `vocabSize`: how many tokens there are at most (fewer when no pair occurs twice); `special`: tokens that
   * stand for themselves, such as `"<|endoftext|>"`
   */
  static train(
    text: string,
    { vocabSize, special = [] }: { vocabSize: number; special?: readonly string[] },
  ): BytePairTokenizer {
    if (!Number.isInteger(vocabSize) || vocabSize < 256 + special.length)
      throw badText(
        "BytePairTokenizer.train",
        "vocabSize",
        vocabSize,
        `It is a whole number of at least ${256 + special.length}: every byte is a token.`,
      )
    const merges = learnMerges(text, vocabSize - 256 - special.length)
    const tokens = [...letterOfByte, ...merges.map(([left, right]) => left + right)]
    return new BytePairTokenizer([...new Set(tokens), ...special], merges, { special })
  }

  /** Reads the tokenizer that `save` wrote, or a `tokenizer.json` of the Hugging Face library with byte-level pairs. */
  static load(path: string): BytePairTokenizer {
    const call = "BytePairTokenizer.load"
    const json = readJsonFile(call, path) as {
      model?: { vocab?: Record<string, number>; merges?: readonly (string | [string, string])[] }
      added_tokens?: readonly { content: string; id: number }[]
    }
    if (typeof json?.model?.vocab !== "object" || !Array.isArray(json.model.merges))
      throw cannotParse(call, path, "The file has no model with a vocab and merges.")
    const added = (json.added_tokens ?? []).map(({ content, id }) => [content, id] as const)
    return fromVocabulary(
      call,
      { ...json.model.vocab, ...Object.fromEntries(added) },
      json.model.merges,
      added.map(([content]) => content),
    )
  }

  /** Reads the two files that GPT-2 comes in: `vocab.json` (or `encoder.json`) and `merges.txt` (or `vocab.bpe`). */
  static fromGpt2(vocabPath: string, mergesPath: string): BytePairTokenizer {
    const call = "BytePairTokenizer.fromGpt2"
    const vocabulary = readJsonFile(call, vocabPath) as Record<string, number>
    const lines = readFile(call, mergesPath)
      .split(/\r?\n/)
      .filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")))
    const special = Object.keys(vocabulary).filter((token) => /^<\|.*\|>$/.test(token))
    return fromVocabulary(call, vocabulary, lines, special)
  }

  /** Writes the tokenizer to a file, in the form of the Hugging Face library's `tokenizer.json`. */
  save(path: string): void {
    const { tokens } = this.vocabulary
    const json = {
      version: "1.0",
      added_tokens: this.special.map((content) => ({ id: this.vocabulary.id(content), content, special: true })),
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
      decoder: { type: "ByteLevel" },
      model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: this.merges },
    }
    try {
      writeFileSync(path, `${JSON.stringify(json)}\n`)
    } catch (error) {
      throw cannotWrite("save", path, error)
    }
  }

  get vocabSize(): number {
    return this.vocabulary.size
  }

  encode(text: string): Int32Array {
    const ids: number[] = []
    for (const part of this.#partsAtSpecials(text)) {
      if (this.special.includes(part)) ids.push(this.vocabulary.id(part))
      else for (const piece of splitPieces(part)) for (const id of this.#encodePiece(piece)) ids.push(id)
    }
    return Int32Array.from(ids)
  }

  decode(ids: TokenIds): string {
    const bytes: number[] = []
    for (const id of Array.from(idList(ids))) {
      const token = this.vocabulary.token(id)
      if (this.special.includes(token)) bytes.push(...Buffer.from(token))
      else bytes.push(...bytesOfLetters(token))
    }
    return Buffer.from(bytes).toString("utf8")
  }

  token(id: number): string {
    return this.decode([id])
  }

  #partsAtSpecials(text: string): string[] {
    if (this.special.length === 0) return [text]
    const escaped = this.special.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    return text.split(new RegExp(`(${escaped.join("|")})`)).filter((part) => part !== "")
  }

  /** Joins, of all neighbours, the pair that was learned first, until none is left that was learned. */
  #encodePiece(piece: string): readonly number[] {
    const known = this.#cache.get(piece)
    if (known !== undefined) return known
    const tokens = [...toByteLetters(piece)]
    for (;;) {
      let best = Number.POSITIVE_INFINITY
      let at = -1
      for (let i = 0; i + 1 < tokens.length; i++) {
        const rank = this.#ranks.get(`${tokens[i]} ${tokens[i + 1]}`)
        if (rank !== undefined && rank < best) {
          best = rank
          at = i
        }
      }
      if (at < 0) break
      tokens.splice(at, 2, `${tokens[at]}${tokens[at + 1]}`)
    }
    const ids = tokens.map((token) => this.vocabulary.id(token))
    if (this.#cache.size < 100_000) this.#cache.set(piece, ids)
    return ids
  }

  toString(): string {
    return `BytePairTokenizer(${this.vocabSize} tokens, ${this.merges.length} pairs)`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

function fromVocabulary(
  call: string,
  vocabulary: Readonly<Record<string, number>>,
  merges: readonly (string | readonly [string, string])[],
  special: readonly string[],
): BytePairTokenizer {
  const tokens: string[] = []
  for (const [token, id] of Object.entries(vocabulary)) tokens[id] = token
  for (let id = 0; id < tokens.length; id++)
    if (tokens[id] === undefined) throw cannotParse(call, `token ${id}`, "The vocabulary has no token of this number.")
  const pairs = merges.map((merge): [string, string] => {
    const [left, right, ...rest] = typeof merge === "string" ? merge.split(" ") : merge
    if (left === undefined || right === undefined || rest.length > 0)
      throw cannotParse(call, JSON.stringify(merge), "A pair is two tokens with a space between them.")
    return [left, right]
  })
  return new BytePairTokenizer(tokens, pairs, { special })
}

function readFile(call: string, path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    throw cannotOpen(call, path, error)
  }
}

function readJsonFile(call: string, path: string): unknown {
  const text = readFile(call, path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw cannotParse(call, path, `This is no JSON: ${(error as Error).message}.`)
  }
}
