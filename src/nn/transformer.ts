import { full } from "../ops/creation.js"
import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { notATransformerLayer, transformerSizes } from "./attention-messages.js"
import { xavierUniform_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"
import { LayerNorm } from "./normalization.js"
import {
  TransformerDecoderLayer,
  type TransformerDecoderLayerForwardOptions,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layers.js"

/** Options of `TransformerEncoder` and `TransformerDecoder`. */
export interface TransformerStackOptions {
  /** A normalisation of what comes out of the last layer. */
  norm?: Module | null
}

/** Options of a call of `TransformerEncoder`. */
export interface TransformerEncoderForwardOptions {
  /** As `srcMask` of the layers. */
  mask?: Tensor | null
  /** As `srcKeyPaddingMask` of the layers. */
  srcKeyPaddingMask?: Tensor | null
  /** Whether each place looks at those before it only; in place of a mask. Default: false. */
  isCausal?: boolean
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
  readonly norm: Module | null

  constructor(
    layer: TransformerEncoderLayer,
    readonly numLayers: number,
    { norm = null }: TransformerStackOptions = {},
  ) {
    super()
    if (!(layer instanceof TransformerEncoderLayer)) throw notATransformerLayer("Encoder", layer)
    checkSize("TransformerEncoder", "numLayers", numLayers)
    this.layers = Array.from({ length: numLayers }, () => layer.copy())
    this.norm = norm
  }

  forward(
    src: Tensor,
    { mask = null, srcKeyPaddingMask = null, isCausal = false }: TransformerEncoderForwardOptions = {},
  ): Tensor {
    for (const layer of this.layers) src = layer(src, { srcMask: mask, srcKeyPaddingMask, isCausal })
    return this.norm === null ? src : this.norm(src)
  }
}

/**
 * Several decoder layers, one after the other. They are copies of the given layer and start from the same weights, as in
 * PyTorch; the given layer itself is not among them.
 *
 * Shape: as for `nn.TransformerDecoderLayer`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017.
 *
 * @example new nn.TransformerDecoder(new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 }), 2)(zeros([4, 8]), zeros([5, 8])).shape // [4, 8]
 */
export class TransformerDecoder extends Module {
  readonly layers: readonly TransformerDecoderLayer[]
  readonly norm: Module | null

  constructor(
    layer: TransformerDecoderLayer,
    readonly numLayers: number,
    { norm = null }: TransformerStackOptions = {},
  ) {
    super()
    if (!(layer instanceof TransformerDecoderLayer)) throw notATransformerLayer("Decoder", layer)
    checkSize("TransformerDecoder", "numLayers", numLayers)
    this.layers = Array.from({ length: numLayers }, () => layer.copy())
    this.norm = norm
  }

  forward(tgt: Tensor, memory: Tensor, options: TransformerDecoderLayerForwardOptions = {}): Tensor {
    for (const layer of this.layers) tgt = layer(tgt, memory, options)
    return this.norm === null ? tgt : this.norm(tgt)
  }
}

/** Options of `Transformer`. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** The size of the vectors. Default: 512. */
  dModel?: number
  /** The number of heads. Default: 8. */
  nHead?: number
  /** Default: 6. */
  numEncoderLayers?: number
  /** Default: 6. */
  numDecoderLayers?: number
}

/** Options of a call of `Transformer`. */
export interface TransformerForwardOptions extends TransformerDecoderLayerForwardOptions {
  /** Where a place of the source must *not* look at another. */
  srcMask?: Tensor | null
  /** True for places of the source that nobody must look at, `[N, S]`. */
  srcKeyPaddingMask?: Tensor | null
  /** Whether each place of the source looks at those before it only. Default: false. */
  srcIsCausal?: boolean
}

/**
 * A transformer: an encoder that reads the source, and a decoder that writes the target with an eye on it. Embeddings,
 * positions and the map to the vocabulary are not part of it.
 *
 * Shape: source `[S, N, dModel]`, target and output `[T, N, dModel]`; with the batch in front with `batchFirst`, or
 * without it.
 *
 * Errors: source and target that do not fit, and as for `nn.MultiheadAttention`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017.
 *
 * @example new nn.Transformer({ dModel: 8, nHead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16 })(zeros([5, 3, 8]), zeros([4, 3, 8])).shape // [4, 3, 8]
 */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder
  readonly decoder: TransformerDecoder
  readonly dModel: number
  readonly nHead: number
  readonly batchFirst: boolean

  constructor({
    dModel = 512,
    nHead = 8,
    numEncoderLayers = 6,
    numDecoderLayers = 6,
    ...settings
  }: TransformerOptions = {}) {
    super()
    const norm = () => new LayerNorm(dModel, { eps: settings.layerNormEps ?? 1e-5, bias: settings.bias ?? true })
    const encoderLayer = new TransformerEncoderLayer(dModel, nHead, settings)
    this.encoder = new TransformerEncoder(encoderLayer, numEncoderLayers, { norm: norm() })
    const decoderLayer = new TransformerDecoderLayer(dModel, nHead, settings)
    this.decoder = new TransformerDecoder(decoderLayer, numDecoderLayers, { norm: norm() })
    this.dModel = dModel
    this.nHead = nHead
    this.batchFirst = settings.batchFirst ?? false
    this.resetParameters()
  }

  /** Draws all matrices anew. */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter)
  }

  forward(
    src: Tensor,
    tgt: Tensor,
    { srcMask = null, srcKeyPaddingMask = null, srcIsCausal = false, ...options }: TransformerForwardOptions = {},
  ): Tensor {
    this.#checkInputs(src, tgt)
    const memory = this.encoder(src, { mask: srcMask, srcKeyPaddingMask, isCausal: srcIsCausal })
    return this.decoder(tgt, memory, options)
  }

  #checkInputs(src: Tensor, tgt: Tensor): void {
    for (const x of [src, tgt]) if (!(x instanceof Tensor)) throw notATensor("Transformer", x, "tensors")
    const batchDim = this.batchFirst ? 0 : 1
    const fits =
      (src.ndim === 2 || src.ndim === 3) &&
      tgt.ndim === src.ndim &&
      (src.ndim === 2 || src.shape[batchDim] === tgt.shape[batchDim]) &&
      src.shape.at(-1) === this.dModel &&
      tgt.shape.at(-1) === this.dModel
    if (!fits) throw transformerSizes(this.dModel, src.shape, tgt.shape)
  }

  /**
   * A mask that keeps each place from looking at those after it: -∞ above the diagonal, 0 elsewhere.
   *
   * @example nn.Transformer.generateSquareSubsequentMask(2) // tensor([[0., -inf],\n        [0., 0.]])
   */
  static generateSquareSubsequentMask(size: number): Tensor {
    checkSize("generateSquareSubsequentMask", "size", size)
    return full([size, size], Number.NEGATIVE_INFINITY).triu(1)
  }
}
