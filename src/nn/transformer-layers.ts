import { gelu, relu } from "../ops/activation.js"
import { badOption } from "../tensor/messages.js"
import { defaultGenerator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { Dropout } from "./dropout.js"
import { checkSize, Linear } from "./linear.js"
import { Module } from "./module.js"
import { MultiheadAttention } from "./multihead.js"
import { LayerNorm } from "./normalization.js"

/** Options of `TransformerEncoderLayer` and `TransformerDecoderLayer`. */
export interface TransformerLayerOptions {
  /** The width of the two-layer network after the attention. Default: 2048. */
  dimFeedforward?: number
  /** The probability of dropping, in all places. Default: 0.1. */
  dropout?: number
  /** What stands between the two layers: `"relu"` (the default), `"gelu"` or a function. */
  activation?: "relu" | "gelu" | ((x: Tensor) => Tensor)
  /** Keeps the divisor of the normalisations away from 0. Default: 1e-5. */
  layerNormEps?: number
  /** Whether the sums are normalised before a block instead of after it. Default: false. */
  normFirst?: boolean
  /** Whether inputs are `[batch, length, dModel]` instead of `[length, batch, dModel]`. Default: false. */
  batchFirst?: boolean
  /** Whether the maps and normalisations add a bias. Default: true. */
  bias?: boolean
}

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions extends TransformerLayerOptions {}

/** Options of `TransformerDecoderLayer`. */
export interface TransformerDecoderLayerOptions extends TransformerLayerOptions {}

const activations = { relu, gelu }

/** What the layers of encoder and decoder share: self-attention and a small network, with their normalisations. */
abstract class TransformerLayer extends Module {
  readonly selfAttn: MultiheadAttention
  /** Attention to the encoder's output, in a decoder layer. */
  protected readonly crossAttn: MultiheadAttention | null
  readonly linear1: Linear
  readonly dropout: Dropout
  readonly linear2: Linear
  readonly settings: Required<TransformerLayerOptions>

  constructor(
    readonly dModel: number,
    readonly nHead: number,
    isDecoder: boolean,
    {
      dimFeedforward = 2048,
      dropout = 0.1,
      activation = "relu",
      layerNormEps = 1e-5,
      normFirst = false,
      batchFirst = false,
      bias = true,
    }: TransformerLayerOptions,
  ) {
    super()
    const name = this.constructor.name
    checkSize(name, "dimFeedforward", dimFeedforward)
    if (activation !== "relu" && activation !== "gelu" && typeof activation !== "function")
      throw badOption(name, "activation", activation, ["relu", "gelu"])
    this.settings = { dimFeedforward, dropout, activation, layerNormEps, normFirst, batchFirst, bias }
    this.selfAttn = new MultiheadAttention(dModel, nHead, { dropout, batchFirst, bias })
    this.crossAttn = isDecoder ? new MultiheadAttention(dModel, nHead, { dropout, batchFirst, bias }) : null
    this.linear1 = new Linear(dModel, dimFeedforward, { bias })
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, { bias })
  }

  /** A normalisation with the layer's settings. */
  protected norm(): LayerNorm {
    const { layerNormEps, bias } = this.settings
    return new LayerNorm(this.dModel, { eps: layerNormEps, bias })
  }

  /** The activation among the members, if it is a module that may learn. */
  protected activationMember(): [string, unknown][] {
    const { activation } = this.settings
    return activation instanceof Module ? [["activation", activation]] : []
  }

  /** `W₂ activation(W₁ x + b₁) + b₂`. */
  protected feedForward(x: Tensor): Tensor {
    const between = this.linear1(x) // [..., dimFeedforward]
    const { activation } = this.settings
    const hidden = typeof activation === "function" ? activation(between) : activations[activation](between)
    return this.linear2(this.dropout(hidden))
  }
}

/** A layer like another, which learns on its own; what making it drew from the random stream is put back. */
function copyOf<L extends Module>(layer: L, make: () => L): L {
  const state = defaultGenerator.getState()
  const copy = make()
  defaultGenerator.setState(state)
  copy.loadStateDict(layer.stateDict())
  const parameters = copy.parameters()
  layer.parameters().forEach((parameter, i) => {
    const own = parameters[i] as Tensor
    own.requiresGrad = parameter.requiresGrad
  })
  return copy.train(layer.training)
}

/** Options of a call of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerForwardOptions {
  /** Booleans, true where a place must *not* look at another; or numbers that are added to the scores. */
  srcMask?: Tensor | null
  /** True for places that nobody must look at, such as padding, `[N, S]`. */
  srcKeyPaddingMask?: Tensor | null
  /** Whether each place looks at those before it only; in place of a mask. Default: false. */
  isCausal?: boolean
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
export class TransformerEncoderLayer extends TransformerLayer {
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout

  constructor(dModel: number, nHead: number, options: TransformerEncoderLayerOptions = {}) {
    super(dModel, nHead, false, options)
    const p = this.settings.dropout
    this.norm1 = this.norm()
    this.norm2 = this.norm()
    this.dropout1 = new Dropout(p)
    this.dropout2 = new Dropout(p)
  }

  forward(
    src: Tensor,
    { srcMask = null, srcKeyPaddingMask = null, isCausal = false }: TransformerEncoderLayerForwardOptions = {},
  ): Tensor {
    const options = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal, needWeights: false }
    const attend = (x: Tensor) => this.dropout1(this.selfAttn(x, x, x, options)[0])
    const think = (x: Tensor) => this.dropout2(this.feedForward(x))
    if (this.settings.normFirst) {
      const x = src.add(attend(this.norm1(src)))
      return x.add(think(this.norm2(x)))
    }
    const x = this.norm1(src.add(attend(src)))
    return this.norm2(x.add(think(x)))
  }

  /** A layer of the same settings and weights, which learns on its own. Draws no random numbers. */
  copy(): TransformerEncoderLayer {
    return copyOf(this, () => new TransformerEncoderLayer(this.dModel, this.nHead, this.settings))
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
      ...this.activationMember(),
    ]
  }
}

/** Options of a call of `TransformerDecoderLayer`. */
export interface TransformerDecoderLayerForwardOptions {
  /** Where a place of the target must *not* look at another; usually the future. */
  tgtMask?: Tensor | null
  /** Where a place of the target must *not* look at one of the memory. */
  memoryMask?: Tensor | null
  /** True for places of the target that nobody must look at, `[N, T]`. */
  tgtKeyPaddingMask?: Tensor | null
  /** True for places of the memory that nobody must look at, `[N, S]`. */
  memoryKeyPaddingMask?: Tensor | null
  /** Whether each place of the target looks at those before it only; in place of `tgtMask`. Default: false. */
  tgtIsCausal?: boolean
}

/**
 * One layer of a transformer's decoder: every place of the target looks at those of the target, then at the memory, which
 * is the encoder's output, then goes through a small network.
 *
 * Formula: `x = norm₁(x + attention(x)); x = norm₂(x + attention(x, memory)); y = norm₃(x + W₂ activation(W₁ x + b₁) + b₂)`;
 * with `normFirst` each block gets its input normalised instead.
 *
 * Shape: target and output `[T, N, dModel]`, memory `[S, N, dModel]`; with the batch in front with `batchFirst`, or
 * without it.
 *
 * Errors: as for `nn.MultiheadAttention`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.1.
 *
 * @example new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 })(zeros([4, 3, 8]), zeros([5, 3, 8])).shape // [4, 3, 8]
 */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly norm3: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout
  readonly dropout3: Dropout

  constructor(dModel: number, nHead: number, options: TransformerDecoderLayerOptions = {}) {
    super(dModel, nHead, true, options)
    const p = this.settings.dropout
    this.norm1 = this.norm()
    this.norm2 = this.norm()
    this.norm3 = this.norm()
    this.dropout1 = new Dropout(p)
    this.dropout2 = new Dropout(p)
    this.dropout3 = new Dropout(p)
  }

  /** The attention to the memory. */
  get multiheadAttn(): MultiheadAttention {
    return this.crossAttn as MultiheadAttention
  }

  forward(
    tgt: Tensor,
    memory: Tensor,
    {
      tgtMask = null,
      memoryMask = null,
      tgtKeyPaddingMask = null,
      memoryKeyPaddingMask = null,
      tgtIsCausal = false,
    }: TransformerDecoderLayerForwardOptions = {},
  ): Tensor {
    const own = { attnMask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal, needWeights: false }
    const others = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, needWeights: false }
    const attend = (x: Tensor) => this.dropout1(this.selfAttn(x, x, x, own)[0])
    const look = (x: Tensor) => this.dropout2(this.multiheadAttn(x, memory, memory, others)[0])
    const think = (x: Tensor) => this.dropout3(this.feedForward(x))
    if (this.settings.normFirst) {
      let x = tgt.add(attend(this.norm1(tgt)))
      x = x.add(look(this.norm2(x)))
      return x.add(think(this.norm3(x)))
    }
    let x = this.norm1(tgt.add(attend(tgt)))
    x = this.norm2(x.add(look(x)))
    return this.norm3(x.add(think(x)))
  }

  /** A layer of the same settings and weights, which learns on its own. Draws no random numbers. */
  copy(): TransformerDecoderLayer {
    return copyOf(this, () => new TransformerDecoderLayer(this.dModel, this.nHead, this.settings))
  }

  /** The names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["self_attn", this.selfAttn],
      ["multihead_attn", this.crossAttn],
      ["linear1", this.linear1],
      ["dropout", this.dropout],
      ["linear2", this.linear2],
      ["norm1", this.norm1],
      ["norm2", this.norm2],
      ["norm3", this.norm3],
      ["dropout1", this.dropout1],
      ["dropout2", this.dropout2],
      ["dropout3", this.dropout3],
      ...this.activationMember(),
    ]
  }
}
