import { gelu, relu } from "../ops/activation.js"
import { badOption } from "../tensor/messages.js"
import { defaultGenerator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { Dropout } from "./dropout.js"
import { checkSize, Linear } from "./linear.js"
import { notAnEncoderLayer } from "./messages.js"
import { Module } from "./module.js"
import { MultiheadAttention } from "./multihead.js"
import { LayerNorm } from "./normalization.js"

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions {
  /** The width of the two-layer network after the attention. Default: 2048. */
  dimFeedforward?: number
  /** The probability of dropping, in all four places. Default: 0.1. */
  dropout?: number
  /** What stands between the two layers: `"relu"` (the default), `"gelu"` or a function. */
  activation?: "relu" | "gelu" | ((x: Tensor) => Tensor)
  /** Whether the sums are normalised before a block instead of after it. Default: false. */
  normFirst?: boolean
  /** Whether inputs are `[batch, length, dModel]` instead of `[length, batch, dModel]`. Default: false. */
  batchFirst?: boolean
}

const activations = { relu, gelu }

/** Options of a call of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerForwardOptions {
  /** Booleans, true where a place must *not* look at another; or numbers that are added to the scores. */
  srcMask?: Tensor | null
  /** True for places that nobody must look at, such as padding, `[N, S]`. */
  srcKeyPaddingMask?: Tensor | null
}

/**
 * One layer of a transformer: every place of a sequence looks at the others, then goes through a small network.
 *
 * Formula: `x = norm₁(x + attention(x)); y = norm₂(x + W₂ activation(W₁ x + b₁) + b₂)`; with `normFirst`
 * `x = x + attention(norm₁(x)); y = x + W₂ activation(W₁ norm₂(x) + b₁) + b₂`.
 *
 * Shape: input and output `[S, N, dModel]`, `[N, S, dModel]` with `batchFirst`, or `[S, dModel]`.
 *
 * Errors: as for `nn.MultiheadAttention`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.1; for `normFirst` Xiong et al., "On Layer
 * Normalization in the Transformer Architecture", 2020.
 *
 * @example new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 })(zeros([5, 3, 8])).shape // [5, 3, 8]
 */
export class TransformerEncoderLayer extends Module {
  readonly selfAttn: MultiheadAttention
  readonly linear1: Linear
  readonly dropout: Dropout
  readonly linear2: Linear
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout
  readonly dimFeedforward: number
  readonly activation: "relu" | "gelu" | ((x: Tensor) => Tensor)
  readonly normFirst: boolean

  constructor(
    readonly dModel: number,
    readonly nHead: number,
    {
      dimFeedforward = 2048,
      dropout = 0.1,
      activation = "relu",
      normFirst = false,
      batchFirst = false,
    }: TransformerEncoderLayerOptions = {},
  ) {
    super()
    checkSize("TransformerEncoderLayer", "dimFeedforward", dimFeedforward)
    if (activation !== "relu" && activation !== "gelu" && typeof activation !== "function") {
      throw badOption("TransformerEncoderLayer", "activation", activation, ["relu", "gelu"])
    }
    this.selfAttn = new MultiheadAttention(dModel, nHead, { dropout, batchFirst })
    this.linear1 = new Linear(dModel, dimFeedforward)
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel)
    this.norm1 = new LayerNorm(dModel)
    this.norm2 = new LayerNorm(dModel)
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.dimFeedforward = dimFeedforward
    this.activation = activation
    this.normFirst = normFirst
  }

  forward(src: Tensor, options: TransformerEncoderLayerForwardOptions = {}): Tensor {
    if (this.normFirst) {
      const x = src.add(this.#attention(this.norm1(src), options))
      return x.add(this.#feedForward(this.norm2(x)))
    }
    const x = this.norm1(src.add(this.#attention(src, options)))
    return this.norm2(x.add(this.#feedForward(x)))
  }

  #attention(x: Tensor, { srcMask = null, srcKeyPaddingMask = null }: TransformerEncoderLayerForwardOptions): Tensor {
    const options = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, needWeights: false }
    return this.dropout1(this.selfAttn(x, x, x, options)[0])
  }

  #feedForward(x: Tensor): Tensor {
    const between = this.linear1(x) // [..., dimFeedforward]
    const activation = this.activation
    const hidden = typeof activation === "function" ? activation(between) : activations[activation](between)
    return this.dropout2(this.linear2(this.dropout(hidden)))
  }

  /** A layer of the same settings and weights, which learns on its own. Draws no random numbers. */
  copy(): TransformerEncoderLayer {
    const { dModel, nHead, dimFeedforward, activation, normFirst } = this
    const state = defaultGenerator.getState()
    const layer = new TransformerEncoderLayer(dModel, nHead, {
      dimFeedforward,
      dropout: this.dropout.p,
      activation,
      normFirst,
      batchFirst: this.selfAttn.batchFirst,
    })
    defaultGenerator.setState(state) // what the new layer drew is overwritten
    layer.loadStateDict(this.stateDict())
    return layer.train(this.training)
  }

  /** The names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["self_attn", this.selfAttn],
      ["linear1", this.linear1],
      ["dropout", this.dropout],
      ["linear2", this.linear2],
      ["norm1", this.norm1],
      ["norm2", this.norm2],
      ["dropout1", this.dropout1],
      ["dropout2", this.dropout2],
    ]
  }
}

/** Options of a call of `TransformerEncoder`. */
export interface TransformerEncoderForwardOptions {
  /** As `srcMask` of the layers. */
  mask?: Tensor | null
  /** As `srcKeyPaddingMask` of the layers. */
  srcKeyPaddingMask?: Tensor | null
}

/**
 * Several transformer layers, one after the other. They are copies of the given layer and start from the same weights,
 * as in PyTorch; the given layer itself is not among them.
 *
 * Shape: as for `nn.TransformerEncoderLayer`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017.
 *
 * @example new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), 3)(zeros([5, 8])).shape // [5, 8]
 */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[]

  constructor(
    layer: TransformerEncoderLayer,
    readonly numLayers: number,
  ) {
    super()
    if (!(layer instanceof TransformerEncoderLayer)) throw notAnEncoderLayer(layer)
    checkSize("TransformerEncoder", "numLayers", numLayers)
    this.layers = Array.from({ length: numLayers }, () => layer.copy())
  }

  forward(src: Tensor, { mask = null, srcKeyPaddingMask = null }: TransformerEncoderForwardOptions = {}): Tensor {
    for (const layer of this.layers) src = layer(src, { srcMask: mask, srcKeyPaddingMask })
    return src
  }
}
