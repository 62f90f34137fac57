import { canFuseAttention, fusedAttention } from "../ops/attention.js"
import { ones, zeros } from "../ops/creation.js"
import { cat } from "../ops/join.js"
import { linear } from "../ops/matmul.js"
import { uninitialized } from "../tensor/allocate.js"
import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { attentionWeights, checkMaskType } from "./attention.js"
import * as messages from "./attention-messages.js"
import { dropout } from "./functional/dropout.js"
import { xavierNormal_, xavierUniform_, zeros_ } from "./init.js"
import { checkSize, Linear } from "./linear.js"
import { outOfRange } from "./messages.js"
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
  /** The last size of the keys. Default: embedDim. */
  kdim?: number | null
  /** The last size of the values. Default: embedDim. */
  vdim?: number | null
  /** Whether one more key and value are learned. Default: false. */
  addBiasKv?: boolean
  /** Whether one more key and value of zeros are added. Default: false. */
  addZeroAttn?: boolean
}

/** Options of a call of `MultiheadAttention`. */
export interface MultiheadAttentionForwardOptions {
  /** Booleans, true where a query must *not* look at a key; or numbers that are added to the scores. */
  attnMask?: Tensor | null
  /** True for keys that nobody must look at, such as padding; or numbers that are added to the scores. */
  keyPaddingMask?: Tensor | null
  /** Whether query i looks at the keys 0 … i only; in place of an `attnMask`. Default: false. */
  isCausal?: boolean
  /** Whether the attention weights are given back as well. Default: true. */
  needWeights?: boolean
  /** Whether the weights given back are the mean over the heads. Default: true. */
  averageAttnWeights?: boolean
}

/**
 * Attention in several heads: each looks for something else, in its own part of the vectors.
 *
 * Formula: `concat(head₁, …, headₕ) Wₒᵀ + bₒ` with `headᵢ = attention(Q Wᵢqᵀ + bᵢq, K Wᵢkᵀ + bᵢk, V Wᵢvᵀ + bᵢv)`.
 * The maps of query, key and value stand one below the other in `in_proj_weight`, `[3 · embedDim, embedDim]`; with a
 * `kdim` or `vdim` of another size they are `q_proj_weight`, `k_proj_weight` and `v_proj_weight`.
 *
 * Shape: query `[L, N, E]`, key `[S, N, kdim]` and value `[S, N, vdim]`, or `[N, L, E]` … with `batchFirst`, or without N.
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
  readonly kdim: number
  readonly vdim: number
  readonly addZeroAttn: boolean
  /** The three maps in one, or null where keys or values have another size. */
  readonly inProjWeight: Parameter | null
  readonly qProjWeight: Parameter | null
  readonly kProjWeight: Parameter | null
  readonly vProjWeight: Parameter | null
  readonly inProjBias: Parameter | null
  readonly biasK: Parameter | null
  readonly biasV: Parameter | null
  readonly outProj: Linear

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    {
      dropout: p = 0,
      bias = true,
      batchFirst = false,
      kdim = null,
      vdim = null,
      addBiasKv = false,
      addZeroAttn = false,
    }: MultiheadAttentionOptions = {},
  ) {
    super()
    const name = "MultiheadAttention"
    checkSize(name, "embedDim", embedDim)
    checkSize(name, "numHeads", numHeads)
    if (kdim !== null) checkSize(name, "kdim", kdim)
    if (vdim !== null) checkSize(name, "vdim", vdim)
    if (embedDim % numHeads !== 0) throw messages.headSizes(embedDim, numHeads)
    if (!(p >= 0 && p <= 1)) throw outOfRange(name, "dropout", p, "must lie between 0 and 1")
    this.dropout = p
    this.batchFirst = batchFirst
    this.kdim = kdim ?? embedDim
    this.vdim = vdim ?? embedDim
    this.addZeroAttn = addZeroAttn
    const fresh = (...shape: number[]) => new Parameter(uninitialized(shape, "float32"))
    const isOne = this.kdim === embedDim && this.vdim === embedDim
    this.inProjWeight = isOne ? fresh(3 * embedDim, embedDim) : null
    this.qProjWeight = isOne ? null : fresh(embedDim, embedDim)
    this.kProjWeight = isOne ? null : fresh(embedDim, this.kdim)
    this.vProjWeight = isOne ? null : fresh(embedDim, this.vdim)
    this.inProjBias = bias ? fresh(3 * embedDim) : null
    this.outProj = new Linear(embedDim, embedDim, { bias }) // draws before in_proj_weight does, as in PyTorch
    this.biasK = addBiasKv ? fresh(1, 1, embedDim) : null
    this.biasV = addBiasKv ? fresh(1, 1, embedDim) : null
    this.resetParameters()
  }

  /** Draws the input maps anew and sets the biases of the maps to 0. */
  resetParameters(): void {
    for (const map of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight])
      if (map !== null) xavierUniform_(map)
    if (this.inProjBias !== null) zeros_(this.inProjBias)
    if (this.outProj.bias !== null) zeros_(this.outProj.bias)
    for (const bias of [this.biasK, this.biasV]) if (bias !== null) xavierNormal_(bias)
  }

  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    {
      attnMask = null,
      keyPaddingMask = null,
      isCausal = false,
      needWeights = true,
      averageAttnWeights = true,
    }: MultiheadAttentionForwardOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    this.#checkInputs(query, key, value)
    if (isCausal && attnMask !== null) throw messages.twoMasks("MultiheadAttention")
    const batched = query.ndim === 3
    const inputs = [query, key, value].map((x) => this.#batchOf(x)) as [Tensor, Tensor, Tensor] // [N, length, …]
    const [L, S] = [inputs[0].size(1), inputs[1].size(1)]
    const allowed = isCausal ? ones([L, S]).triu(1).gt(0) : attnMask
    const [q, k, v] = this.#projected(inputs) // [N, H, L or S, D]
    const mask = this.#mask(q.shape, S, k.size(2) - S, allowed, keyPaddingMask)
    const drops = this.training && this.dropout > 0
    const weights =
      needWeights || drops || !canFuseAttention(q, k, v, mask)
        ? dropout(attentionWeights("MultiheadAttention", q, k, mask), this.dropout, { training: this.training })
        : null // [N, H, L, S], unless nobody wants to see it
    const heads = weights === null ? fusedAttention(q, k, v, mask?.to(q.dtype) ?? null, false) : weights.matmul(v)
    // The length comes first in memory whatever the user wants first, as in PyTorch: dropout draws in that order.
    const mixed = this.outProj(heads.permute(2, 0, 1, 3).flatten(2)) // [L, N, E]
    const output = !batched ? mixed.squeeze(1) : this.batchFirst ? mixed.transpose(0, 1) : mixed
    if (!needWeights || weights === null) return [output, null]
    const shown = averageAttnWeights ? weights.mean(1) : weights
    return [output, batched ? shown : shown.squeeze(0)]
  }

  /** An input as `[N, length, …]`. */
  #batchOf(x: Tensor): Tensor {
    if (x.ndim === 2) return x.unsqueeze(0)
    return this.batchFirst ? x : x.transpose(0, 1)
  }

  /** Query, key and value mapped and cut into heads, each `[N, H, length, D]`. */
  #projected(inputs: readonly [Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor] {
    const weights = this.inProjWeight?.chunk(3) ?? [this.qProjWeight, this.kProjWeight, this.vProjWeight]
    const biases = this.inProjBias?.chunk(3)
    const learned = [null, this.biasK, this.biasV]
    const N = inputs[0].size(0)
    const heads = inputs.map((x, i) => {
      let y = linear(x, weights[i] as Tensor, biases?.[i] ?? null) // [N, length, E]
      const more = learned[i]
      if (more !== null && more !== undefined) y = cat([y, more.expand([N, 1, this.embedDim])], 1)
      if (this.addZeroAttn && i > 0) y = cat([y, zeros([N, 1, this.embedDim], { dtype: y.dtype })], 1)
      return y.reshape([N, y.size(1), this.numHeads, this.embedDim / this.numHeads]).transpose(1, 2)
    })
    return heads as [Tensor, Tensor, Tensor]
  }

  /** Both masks as one to be added to the scores, `[N, H, L, S + more]` or what broadcasts to it. */
  #mask(
    q: readonly number[],
    S: number,
    more: number,
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
  ): Tensor | null {
    const [N, H, L] = q as [number, number, number]
    const masks: Tensor[] = []
    if (attnMask !== null) {
      const all = checkMask("attnMask", attnMask, [
        [L, S],
        [N * H, L, S],
      ])
      masks.push(all.ndim === 2 ? all.reshape([1, 1, L, S]) : all.reshape([N, H, L, S]))
    }
    if (keyPaddingMask !== null) {
      const padding = checkMask("keyPaddingMask", keyPaddingMask, N === 1 ? [[N, S], [S]] : [[N, S]])
      masks.push(padding.reshape([N, 1, 1, S]))
    }
    const [first, second] = masks.map((mask) => {
      const added = mask.dtype === "bool" ? zeros(mask.shape).maskedFill(mask, Number.NEGATIVE_INFINITY) : mask
      if (more === 0) return added
      return cat([added, zeros([...added.shape.slice(0, -1), more], { dtype: added.dtype })], -1) // all see what was added
    })
    if (first === undefined) return null
    return second === undefined ? first : first.add(second)
  }

  #checkInputs(query: Tensor, key: Tensor, value: Tensor): void {
    const inputs = [query, key, value]
    for (const x of inputs) if (!(x instanceof Tensor)) throw notATensor("MultiheadAttention", x, "tensors")
    const sizes = [this.embedDim, this.kdim, this.vdim]
    const batchDim = this.batchFirst ? 0 : 1
    const fits =
      (query.ndim === 2 || query.ndim === 3) &&
      inputs.every((x, i) => x.ndim === query.ndim && x.shape.at(-1) === sizes[i]) &&
      (query.ndim === 2 || key.shape[batchDim] === query.shape[batchDim]) &&
      key.shape.slice(0, -1).every((size, d) => size === value.shape[d])
    if (!fits) {
      throw messages.multiheadSizes(sizes, this.batchFirst, query.shape, key.shape, value.shape)
    }
  }

  /** The names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["in_proj_weight", this.inProjWeight],
      ["q_proj_weight", this.qProjWeight],
      ["k_proj_weight", this.kProjWeight],
      ["v_proj_weight", this.vProjWeight],
      ["in_proj_bias", this.inProjBias],
      ["bias_k", this.biasK],
      ["bias_v", this.biasV],
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
