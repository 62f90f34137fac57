import { canFuseAttention, fusedAttention } from "../ops/attention.js"
import { zeros } from "../ops/creation.js"
import { linear } from "../ops/matmul.js"
import { uninitialized } from "../tensor/allocate.js"
import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { attentionWeights, checkMaskType } from "./attention.js"
import { dropout } from "./functional/dropout.js"
import { xavierUniform_, zeros_ } from "./init.js"
import { checkSize, Linear } from "./linear.js"
import * as messages from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** The probability of each weight to be dropped while training. Default: 0. */
  dropout?: number
  /** Whether the four maps add a bias. Default: true. */
  bias?: boolean
  /** Whether inputs are `[batch, length, embedDim]` instead of `[length, batch, embedDim]`. Default: false. */
  batchFirst?: boolean
}

/** Options of a call of `MultiheadAttention`. */
export interface MultiheadAttentionForwardOptions {
  /** Booleans, true where a query must *not* look at a key; or numbers that are added to the scores. */
  attnMask?: Tensor | null
  /** True for keys that nobody must look at, such as padding; or numbers that are added to the scores. */
  keyPaddingMask?: Tensor | null
  /** Whether the attention weights are given back as well. Default: true. */
  needWeights?: boolean
  /** Whether the weights given back are the mean over the heads. Default: true. */
  averageAttnWeights?: boolean
}

/**
 * Attention in several heads: each looks for something else, in its own part of the vectors.
 *
 * Formula: `concat(head₁, …, headₕ) Wₒᵀ + bₒ` with `headᵢ = attention(Q Wᵢqᵀ + bᵢq, K Wᵢkᵀ + bᵢk, V Wᵢvᵀ + bᵢv)`.
 * The maps of query, key and value stand one below the other in `in_proj_weight`, `[3 · embedDim, embedDim]`.
 *
 * Shape: query `[L, N, E]`, key and value `[S, N, E]`, or `[N, L, E]` and `[N, S, E]` with `batchFirst`, or without N.
 * `attnMask` is `[L, S]` or `[N · numHeads, L, S]`, `keyPaddingMask` `[N, S]`. The result is `[output, weights]`: the output
 * has the shape of the query, the weights are `[N, L, S]`, or `[N, numHeads, L, S]` if not averaged.
 *
 * A query that may look at no key gets weights of 0 (PyTorch: NaN).
 *
 * Errors: an `embedDim` that does not divide into the heads, inputs of other sizes, masks of other shapes.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.2.2.
 *
 * @example const x = zeros([5, 2, 8]); new nn.MultiheadAttention(8, 4)(x, x, x).map((y) => y.shape) // [[5, 2, 8], [2, 5, 5]]
 */
export class MultiheadAttention extends Module {
  readonly dropout: number
  readonly batchFirst: boolean
  readonly inProjWeight: Parameter
  readonly inProjBias: Parameter | null
  readonly outProj: Linear

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    { dropout: p = 0, bias = true, batchFirst = false }: MultiheadAttentionOptions = {},
  ) {
    super()
    checkSize("MultiheadAttention", "embedDim", embedDim)
    checkSize("MultiheadAttention", "numHeads", numHeads)
    if (embedDim % numHeads !== 0) throw messages.headSizes(embedDim, numHeads)
    if (!(p >= 0 && p <= 1)) throw messages.outOfRange("MultiheadAttention", "dropout", p, "must lie between 0 and 1")
    this.dropout = p
    this.batchFirst = batchFirst
    this.inProjWeight = new Parameter(uninitialized([3 * embedDim, embedDim], "float32"))
    this.inProjBias = bias ? new Parameter(uninitialized([3 * embedDim], "float32")) : null
    this.outProj = new Linear(embedDim, embedDim, { bias }) // draws before in_proj_weight does, as in PyTorch
    this.resetParameters()
  }

  /** Draws the input maps anew and sets all biases to 0. */
  resetParameters(): void {
    xavierUniform_(this.inProjWeight)
    if (this.inProjBias !== null) zeros_(this.inProjBias)
    if (this.outProj.bias !== null) zeros_(this.outProj.bias)
  }

  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    {
      attnMask = null,
      keyPaddingMask = null,
      needWeights = true,
      averageAttnWeights = true,
    }: MultiheadAttentionForwardOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    this.#checkInputs(query, key, value)
    const batched = query.ndim === 3
    const [q, k, v] = this.#projected([query, key, value].map((x) => this.#batchOf(x))) // [N, H, L or S, D]
    const mask = this.#mask(q.shape, k.size(2), attnMask, keyPaddingMask)
    const drops = this.training && this.dropout > 0
    const weights =
      needWeights || drops || !canFuseAttention(q, k, v, mask)
        ? dropout(attentionWeights("MultiheadAttention", q, k, mask), this.dropout, { training: this.training })
        : null // [N, H, L, S], unless nobody wants to see it
    const heads = weights === null ? fusedAttention(q, k, v, mask?.to(q.dtype) ?? null, false) : weights.matmul(v)
    const mixed = this.outProj(heads.transpose(1, 2).flatten(2)) // [N, L, E]
    const output = !batched ? mixed.squeeze(0) : this.batchFirst ? mixed : mixed.transpose(0, 1)
    if (!needWeights || weights === null) return [output, null]
    const shown = averageAttnWeights ? weights.mean(1) : weights
    return [output, batched ? shown : shown.squeeze(0)]
  }

  /** An input as `[N, length, E]`. */
  #batchOf(x: Tensor): Tensor {
    if (x.ndim === 2) return x.unsqueeze(0)
    return this.batchFirst ? x : x.transpose(0, 1)
  }

  /** Query, key and value mapped and cut into heads, each `[N, H, length, D]`. */
  #projected(inputs: readonly Tensor[]): [Tensor, Tensor, Tensor] {
    const weights = this.inProjWeight.chunk(3)
    const biases = this.inProjBias?.chunk(3)
    const headDim = this.embedDim / this.numHeads
    const heads = inputs.map((x, i) =>
      linear(x, weights[i] as Tensor, biases?.[i] ?? null) // [N, length, E]
        .reshape([x.size(0), x.size(1), this.numHeads, headDim])
        .transpose(1, 2),
    )
    return heads as [Tensor, Tensor, Tensor]
  }

  /** Both masks as one to be added to the scores, `[N, H, L, S]` or what broadcasts to it. */
  #mask(q: readonly number[], S: number, attnMask: Tensor | null, keyPaddingMask: Tensor | null): Tensor | null {
    const [N, H, L] = q as [number, number, number]
    const masks: Tensor[] = []
    if (attnMask !== null) {
      const all = checkMask("attnMask", attnMask, [
        [L, S],
        [N * H, L, S],
      ])
      masks.push(all.ndim === 2 ? all : all.reshape([N, H, L, S]))
    }
    if (keyPaddingMask !== null) {
      const padding = checkMask("keyPaddingMask", keyPaddingMask, N === 1 ? [[N, S], [S]] : [[N, S]])
      masks.push(padding.reshape([N, 1, 1, S]))
    }
    const added = masks.map((mask) =>
      mask.dtype === "bool" ? zeros(mask.shape).maskedFill(mask, Number.NEGATIVE_INFINITY) : mask,
    )
    return added.length === 2 ? (added[0] as Tensor).add(added[1] as Tensor) : (added[0] ?? null)
  }

  #checkInputs(query: Tensor, key: Tensor, value: Tensor): void {
    const inputs = [query, key, value]
    for (const x of inputs) if (!(x instanceof Tensor)) throw notATensor("MultiheadAttention", x, "tensors")
    const batchDim = this.batchFirst ? 0 : 1
    const fits =
      (query.ndim === 2 || query.ndim === 3) &&
      inputs.every((x) => x.ndim === query.ndim && x.shape.at(-1) === this.embedDim) &&
      (query.ndim === 2 || key.shape[batchDim] === query.shape[batchDim]) &&
      key.shape.every((size, d) => size === value.shape[d])
    if (!fits) {
      throw messages.multiheadSizes(this.embedDim, this.batchFirst, query.shape, key.shape, value.shape)
    }
  }

  /** The names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["in_proj_weight", this.inProjWeight],
      ["in_proj_bias", this.inProjBias],
      ["out_proj", this.outProj],
    ]
  }

  override extraRepr(): string {
    return `${this.embedDim}, ${this.numHeads} heads`
  }
}

/** A mask of one of the shapes it may have. */
function checkMask(name: string, mask: Tensor, shapes: readonly (readonly number[])[]): Tensor {
  if (!(mask instanceof Tensor)) throw notATensor("MultiheadAttention", mask, `a tensor as ${name}`)
  checkMaskType("MultiheadAttention", mask)
  const fits = shapes.some((shape) => shape.length === mask.ndim && shape.every((size, d) => size === mask.shape[d]))
  if (!fits) throw messages.maskShape("MultiheadAttention", name, mask.shape, shapes)
  return mask
}
