import type { BatchedDataset } from "../data/dataset.js"
import { noSuchSample } from "../data/messages.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { badText } from "./messages.js"
import { idList, type TokenIds } from "./vocabulary.js"

/** What a language model is trained on: tokens, and for each the one that follows. */
export type TokenPair = readonly [x: Tensor, y: Tensor]

/**
 * Windows that slide over a long text of tokens: x are `length` tokens, y the same shifted by one, so that `y[t]` is what
 * follows `x[t]`.
 *
 * Shape: x and y int32 `[length]`, in batches `[batch, length]`.
 *
 * Errors: a text that is not longer than a window.
 *
 * @example new TokenWindows([5, 6, 7, 8, 9], 3).at(1)[1].tolist() // [7, 8, 9]
 */
export class TokenWindows implements BatchedDataset<TokenPair, TokenPair> {
  readonly length: number
  /** How many tokens stand in a window. */
  readonly blockSize: number
  /** How far one window starts after the one before. */
  readonly stride: number
  readonly #tokens: ArrayLike<number>

  constructor(tokens: TokenIds, blockSize: number, { stride = 1 }: { stride?: number } = {}) {
    for (const [name, value] of Object.entries({ blockSize, stride }))
      if (!Number.isInteger(value) || value < 1)
        throw badText("TokenWindows", name, value, "It is a whole number of at least 1.")
    this.#tokens = idList(tokens)
    if (this.#tokens.length <= blockSize)
      throw badText(
        "TokenWindows",
        "blockSize",
        blockSize,
        `The text must be longer than a window; it has ${this.#tokens.length} tokens.`,
      )
    this.blockSize = blockSize
    this.stride = stride
    this.length = Math.floor((this.#tokens.length - blockSize - 1) / stride) + 1
  }

  at(index: number): TokenPair {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) throw noSuchSample("at", index, this.length)
    const x = uninitialized([this.blockSize], "int32")
    const y = uninitialized([this.blockSize], "int32")
    this.#write(index, x, y, 0)
    return [x, y]
  }

  batch(indices: Tensor): TokenPair {
    const numbers = indices.toTypedArray()
    const x = uninitialized([numbers.length, this.blockSize], "int32")
    const y = uninitialized([numbers.length, this.blockSize], "int32")
    for (let i = 0; i < numbers.length; i++) this.#write(numbers[i] as number, x, y, i * this.blockSize)
    return [x, y]
  }

  #write(index: number, x: Tensor, y: Tensor, offset: number): void {
    const start = index * this.stride
    for (let t = 0; t < this.blockSize; t++) {
      x.storage.data[offset + t] = this.#tokens[start + t] as number
      y.storage.data[offset + t] = this.#tokens[start + t + 1] as number
    }
  }
}
