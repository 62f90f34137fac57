import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  BytePairTokenizer,
  CharTokenizer,
  DataLoader,
  datasets,
  TokenWindows,
  tensor,
  Vocabulary,
  WordTokenizer,
} from "../../src/index.js"

const strange = "Grüße, 世界! 👩‍🔬 naïve\r\n\t\u0000 <|end|> ﬁn"

describe("a tokenizer of characters", () => {
  const tokenizer = new CharTokenizer(strange, { special: ["<eos>"] })

  test("gives every text back", () => {
    expect(tokenizer.decode(tokenizer.encode(strange))).toBe(strange)
    expect(tokenizer.decode(tensor(tokenizer.encode(strange)))).toBe(strange)
    expect(tensor(tokenizer.encode("世界")).dtype).toBe("int32")
    expect([tokenizer.vocabulary.id("<eos>"), tokenizer.token(0)]).toEqual([0, "<eos>"])
    expect(tokenizer.vocabSize).toBe(new Set(strange).size + 1)
  })

  test("names the character that it does not know", () => {
    expect(() => tokenizer.encode("Grüßzy")).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: encode: "z"
      This token is none of the 27 in the vocabulary.
      hint: make the tokenizer of a text that has this character.]
    `)
    expect(() => tokenizer.decode([99])).toThrow("a whole number from 0 to 26")
    expect(() => new CharTokenizer("")).toThrow("a text with all the characters")
  })
})

describe("a tokenizer of words", () => {
  const tokenizer = new WordTokenizer("The cat sat. The cat's hat, the (red) hat!", { minCount: 1 })

  test("counts, and knows what it does not know", () => {
    expect(tokenizer.vocabulary.tokens.slice(0, 2)).toEqual(["<unk>", "the"])
    expect(tokenizer.decode(tokenizer.encode("THE hat, (the cat)!"))).toBe("the hat, (the cat)!")
    expect(tokenizer.decode(tokenizer.encode("the dog"))).toBe("the <unk>")
    expect(new WordTokenizer("a a a b b c", { minCount: 2 }).vocabulary.tokens).toEqual(["<unk>", "a", "b"])
    expect(new WordTokenizer("a a a b b c", { maxSize: 2 }).vocabulary.tokens).toEqual(["<unk>", "a"])
  })
})

describe("a vocabulary", () => {
  test("has each token once", () => {
    expect(() => new Vocabulary(["a", "b", "a"])).toThrow("Each token stands in the vocabulary once")
    expect(() => new Vocabulary(["a"], { unknown: "?" })).toThrow("must be in the vocabulary itself")
    expect(() => new Vocabulary(["a"]).id("b")).toThrow('{ unknown: "<unk>" }')
    expect(String(new Vocabulary(["a", "b"]))).toBe('Vocabulary(2 tokens: "a" "b")')
  })
})

describe("a tokenizer of byte pairs", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cellgrad-bpe-"))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const corpus = datasets.corpus("movies")
  const trained = () => BytePairTokenizer.train(corpus, { vocabSize: 600, special: ["<|end|>"] })

  test("shortens what it was trained on, and gives every text back", () => {
    const tokenizer = trained()
    expect(tokenizer.vocabSize).toBe(600)
    const ids = tokenizer.encode(corpus)
    expect(ids.length).toBeLessThan(0.6 * corpus.length)
    expect(tokenizer.decode(ids)).toBe(corpus)
    expect(tokenizer.decode(tokenizer.encode(strange))).toBe(strange)
    expect(tokenizer.encode("")).toEqual(new Int32Array(0))
  })

  test("keeps special tokens whole", () => {
    const tokenizer = trained()
    const end = tokenizer.vocabulary.id("<|end|>")
    expect(Array.from(tokenizer.encode("The<|end|>The")).filter((id) => id === end).length).toBe(1)
    expect(tokenizer.token(end)).toBe("<|end|>")
  })

  test("is saved and loaded", () => {
    const tokenizer = trained()
    tokenizer.save(join(folder, "tokenizer.json"))
    const loaded = BytePairTokenizer.load(join(folder, "tokenizer.json"))
    expect(loaded.encode(`${corpus.slice(0, 500)}<|end|>`)).toEqual(tokenizer.encode(`${corpus.slice(0, 500)}<|end|>`))
    expect(String(loaded)).toBe("BytePairTokenizer(600 tokens, 343 pairs)")
  })

  test("reads the files of GPT-2", () => {
    const { vocabulary, merges } = BytePairTokenizer.train("low lower lowest new newer newest", { vocabSize: 264 })
    const ids = Object.fromEntries(vocabulary.tokens.map((token, id) => [token, id]))
    writeFileSync(join(folder, "vocab.json"), JSON.stringify({ ...ids, "<|endoftext|>": vocabulary.size }))
    writeFileSync(join(folder, "merges.txt"), `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n`)
    const tokenizer = BytePairTokenizer.fromGpt2(join(folder, "vocab.json"), join(folder, "merges.txt"))
    expect(tokenizer.decode(tokenizer.encode("a newer low<|endoftext|>"))).toBe("a newer low<|endoftext|>")
    expect(tokenizer.encode("<|endoftext|>")).toEqual(Int32Array.of(vocabulary.size))
    expect(tokenizer.encode(" newer").length).toBeLessThan(6)
  })

  test("says what is wrong with a file", () => {
    const path = join(folder, "bad.json")
    writeFileSync(path, "{")
    expect(() => BytePairTokenizer.load(path)).toThrow("This is no JSON")
    writeFileSync(path, "{}")
    expect(() => BytePairTokenizer.load(path)).toThrow("no model with a vocab and merges")
    expect(() => BytePairTokenizer.load("no-such.json")).toThrow("There is no such file")
    writeFileSync(path, JSON.stringify({ model: { vocab: { a: 0, b: 2 }, merges: [] } }))
    expect(() => BytePairTokenizer.load(path)).toThrow("no token of this number")
    writeFileSync(path, JSON.stringify({ model: { vocab: { a: 0, b: 1 }, merges: ["a b"] } }))
    expect(() => BytePairTokenizer.load(path)).toThrow("What a pair becomes must be in the vocabulary")
    expect(() => BytePairTokenizer.train("a", { vocabSize: 100 })).toThrow("at least 256")
  })
})

describe("windows over tokens", () => {
  test("show each token with the one that follows", () => {
    const windows = new TokenWindows([10, 11, 12, 13, 14, 15, 16], 3, { stride: 2 })
    expect(windows.length).toBe(2)
    const [x, y] = new DataLoader(windows, { batchSize: 2 }).first()
    expect([x.tolist(), y.tolist(), x.dtype]).toEqual([
      [
        [10, 11, 12],
        [12, 13, 14],
      ],
      [
        [11, 12, 13],
        [13, 14, 15],
      ],
      "int32",
    ])
    expect(windows.at(1).map((part) => part.tolist())).toEqual([
      [12, 13, 14],
      [13, 14, 15],
    ])
    expect(new TokenWindows([1, 2, 3], 2).length).toBe(1)
    expect(() => new TokenWindows([1, 2, 3], 3)).toThrow("longer than a window; it has 3 tokens")
    expect(() => windows.at(2)).toThrow("from 0 to 1")
  })
})
