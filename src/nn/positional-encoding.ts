import { cat } from "../ops/join.js"
import { uninitialized } from "../tensor/allocate.js"
import { badNumber, badOption, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { oddRotarySize, rotarySizes, sequenceSizes } from "./attention-messages.js"
import { dropout } from "./functional/dropout.js"
import { normal_ } from "./init.js"
import { checkSize } from "./linear.js"
import { outOfRange } from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

// Ways to tell a model in which order a sequence stands: fixed waves, learned vectors, and turning.

/** Options of `PositionalEncoding`. */
export interface PositionalEncodingOptions {
  /** The length of the longest sequence. Default: 5000. */
  maxLen?: number
  /** Whether inputs are `[batch, length, dModel]` instead of `[length, batch, dModel]`. Default: false. */
  batchFirst?: boolean
  /** The probability of each element of the sum to be dropped while training. Default: 0. */
  dropout?: number
}

/** What the encodings that are added share: their sizes, and where the places of a sequence stand. */
abstract class AddedEncoding extends Module {
  readonly maxLen: number
  readonly batchFirst: boolean
  readonly p: number

  constructor(
    readonly dModel: number,
    { maxLen = 5000, batchFirst = false, dropout = 0 }: PositionalEncodingOptions,
  ) {
    super()
    const name = this.constructor.name
    checkSize(name, "dModel", dModel)
    checkSize(name, "maxLen", maxLen)
    if (!(dropout >= 0 && dropout <= 1)) throw outOfRange(name, "dropout", dropout, "must lie between 0 and 1")
    this.maxLen = maxLen
    this.batchFirst = batchFirst
    this.p = dropout
  }

  /** One vector for each place, `[maxLen, dModel]`. */
  protected abstract table(): Tensor

  forward(x: Tensor): Tensor {
    const name = this.constructor.name
    if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
    const lengthDim = x.ndim === 3 && this.batchFirst ? 1 : 0
    const length = x.shape[lengthDim] ?? 0
    if ((x.ndim !== 2 && x.ndim !== 3) || x.shape.at(-1) !== this.dModel || length > this.maxLen) {
      throw sequenceSizes(name, x.shape, this.dModel, this.maxLen, this.batchFirst)
    }
    const places = this.table()
      .narrow(0, 0, length)
      .to(x.dtype === "float64" ? "float64" : "float32") // [S, dModel]
    const sum = x.add(x.ndim === 3 && !this.batchFirst ? places.unsqueeze(1) : places)
    return dropout(sum, this.p, { training: this.training })
  }

  override extraRepr(): string {
    return `${this.dModel}, maxLen: ${this.maxLen}`
  }
}

/**
 * Adds waves of different length to a sequence, so that attention can tell its places apart. Nothing is learned.
 *
 * Formula: `x + P` with `P[t, 2i] = sin(t / 10000^(2i / dModel))` and `P[t, 2i + 1] = cos(t / 10000^(2i / dModel))`.
 *
 * Shape: input and output `[S, N, dModel]`, `[N, S, dModel]` with `batchFirst`, or `[S, dModel]`.
 *
 * Errors: another last size than `dModel`, and a sequence longer than `maxLen`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
 *
 * @example new nn.PositionalEncoding(2)(zeros([2, 2])) // tensor([[0.0000, 1.0000],\n        [0.8415, 0.5403]])
 */
export class PositionalEncoding extends AddedEncoding {
  readonly #waves: Tensor // [maxLen, dModel]; hidden, so that it is not saved with the model

  constructor(dModel: number, options: PositionalEncodingOptions = {}) {
    super(dModel, options)
    this.#waves = waves(this.maxLen, dModel)
  }

  protected table(): Tensor {
    return this.#waves
  }
}

function waves(length: number, size: number): Tensor {
  const out = uninitialized([length, size], "float64")
  const data = out.storage.data
  for (let t = 0; t < length; t++) {
    for (let d = 0; d < size; d++) {
      const angle = t / 10000 ** ((d - (d % 2)) / size)
      data[t * size + d] = d % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }
  }
  return out
}

/** Options of `LearnedPositionalEncoding`. */
export interface LearnedPositionalEncodingOptions extends PositionalEncodingOptions {
  /** The deviation of the vectors at the start. Default: 0.02. */
  std?: number
}

/**
 * Adds to each place of a sequence a vector of its own that is learned, as GPT-2 does.
 *
 * Shape: input and output `[S, N, dModel]`, `[N, S, dModel]` with `batchFirst`, or `[S, dModel]`; `weight` is
 * `[maxLen, dModel]`.
 *
 * Errors: another last size than `dModel`, and a sequence longer than `maxLen`.
 *
 * Source: Gehring et al., "Convolutional Sequence to Sequence Learning", 2017; Radford et al., "Language Models are
 * Unsupervised Multitask Learners", 2019.
 *
 * @example new nn.LearnedPositionalEncoding(4, { maxLen: 10 })(zeros([2, 3, 4])).shape // [2, 3, 4]
 */
export class LearnedPositionalEncoding extends AddedEncoding {
  readonly weight: Parameter
  readonly std: number

  constructor(dModel: number, { std = 0.02, maxLen = 512, ...options }: LearnedPositionalEncodingOptions = {}) {
    super(dModel, { maxLen, ...options })
    if (!(std >= 0)) throw badNumber("LearnedPositionalEncoding", "std", std, "at least 0")
    this.std = std
    this.weight = new Parameter(uninitialized([maxLen, dModel], "float32"))
    this.resetParameters()
  }

  /** Draws the vectors anew. */
  resetParameters(): void {
    normal_(this.weight, 0, this.std)
  }

  protected table(): Tensor {
    return this.weight
  }
}

/** Options of `RotaryEmbedding`. */
export interface RotaryEmbeddingOptions {
  /** The longest wave is about this long. Default: 10000. */
  base?: number
  /** Which elements make a pair: neighbours, as in the paper, or those half a vector apart. Default: `"neighbours"`. */
  pairs?: "neighbours" | "halves"
}

/**
 * Turns queries and keys by angles that grow with their places, so that their products depend on how far apart they are.
 * Nothing is learned. For each head's vectors, before the scores.
 *
 * Formula: pair i at place t is turned by `t · base^(-2i / dim)`.
 *
 * Shape: input and output `[..., S, dim]`.
 *
 * Errors: an odd `dim`, and another last size.
 *
 * Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
 *
 * @example new nn.RotaryEmbedding(2)(tensor([[1, 0], [1, 0]])) // tensor([[1.0000, 0.0000],\n        [0.5403, 0.8415]])
 */
export class RotaryEmbedding extends Module {
  readonly base: number
  readonly pairs: "neighbours" | "halves"

  constructor(
    readonly dim: number,
    { base = 10000, pairs = "neighbours" }: RotaryEmbeddingOptions = {},
  ) {
    super()
    if (!Number.isInteger(dim) || dim < 2 || dim % 2 !== 0) throw oddRotarySize(dim)
    if (!(base > 0)) throw badNumber("RotaryEmbedding", "base", base, "above 0")
    if (pairs !== "neighbours" && pairs !== "halves")
      throw badOption("RotaryEmbedding", "pairs", pairs, ["neighbours", "halves"])
    this.base = base
    this.pairs = pairs
  }

  /** @param offset the place of the first vector, such as the length of what is cached. */
  forward(x: Tensor, { offset = 0 }: { offset?: number } = {}): Tensor {
    if (!(x instanceof Tensor)) throw notATensor("RotaryEmbedding", x, "a tensor")
    if (x.ndim < 2 || x.size(-1) !== this.dim) throw rotarySizes(x.shape, this.dim)
    const [cosine, sine] = this.#angles(x.size(-2), offset, x.dtype === "float64" ? "float64" : "float32") // [S, dim / 2]
    const half = this.dim / 2
    const front = x.shape.slice(0, -1)
    const pairs = this.pairs === "neighbours" ? x.reshape([...front, half, 2]) : x.reshape([...front, 2, half]).mT()
    const [a, b] = [pairs.select(-1, 0), pairs.select(-1, 1)] // [..., S, dim / 2]
    const turned = [a.mul(cosine).sub(b.mul(sine)), a.mul(sine).add(b.mul(cosine))]
    if (this.pairs === "halves") return cat(turned, -1)
    return cat(
      turned.map((part) => part.unsqueeze(-1)),
      -1,
    ).reshape(x.shape)
  }

  #angles(length: number, offset: number, dtype: "float32" | "float64"): [Tensor, Tensor] {
    const half = this.dim / 2
    const [cosine, sine] = [uninitialized([length, half], dtype), uninitialized([length, half], dtype)]
    for (let t = 0; t < length; t++) {
      for (let i = 0; i < half; i++) {
        const angle = (t + offset) / this.base ** ((2 * i) / this.dim)
        cosine.storage.data[t * half + i] = Math.cos(angle)
        sine.storage.data[t * half + i] = Math.sin(angle)
      }
    }
    return [cosine, sine]
  }

  override extraRepr(): string {
    return `${this.dim}`
  }
}
