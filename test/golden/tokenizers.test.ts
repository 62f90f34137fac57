import { describe, expect, test } from "vitest"
import { BytePairTokenizer } from "../../src/index.js"
import { golden } from "./support.js"

interface Gold {
  text: string
  merges: [string, string][]
  encoded: Record<string, string[]>
}

describe("byte-pair encoding is what its definition gives", () => {
  const { text, merges, encoded } = golden<Gold>("tokenizers")
  const tokenizer = BytePairTokenizer.train(text, { vocabSize: 316 })

  test("in the pairs that are learned, and their order", () => {
    expect(merges.length).toBe(32) // then no pair occurs twice
    expect(tokenizer.merges).toEqual(merges)
  })

  test.each(Object.keys(encoded))("in the tokens of %j", (sentence) => {
    const tokens = Array.from(tokenizer.encode(sentence), (id) => tokenizer.vocabulary.token(id))
    expect(tokens).toEqual(encoded[sentence])
  })
})
