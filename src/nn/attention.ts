import type { DType } from "../native/dtype.js"
import { canFuseAttention, fusedAttention } from "../ops/attention.js"
import { where } from "../ops/choose.js"
import { ones, zeros } from "../ops/creation.js"
import { notATensor, wrongDType } from "../tensor/messages.js"
import { broadcastsTo } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import * as messages from "./attention-messages.js"

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** Booleans, true where a query may look at a key; or numbers that are added to the scores. Broadcasts. */
  mask?: Tensor | null
  /** Whether query i looks at the keys 0 … i only. Default: false. */
  isCausal?: boolean
}

/**
 * Mixes the values for each query, those most whose keys are most like it.
 *
 * Formula: `softmax(Q Kᵀ / √d) V`, where d is the size of a query.
 *
 * A query that may look at no key at all gives zeros. Mind that true in this mask means "may look", as in PyTorch; in
 * the masks of `nn.MultiheadAttention` it means "must not".
 *
 * Shape: q `[..., L, d]`, k `[..., S, d]`, v `[..., S, e]`, mask broadcasts to `[..., L, S]`; the result is `[..., L, e]`.
 *
 * Errors: sizes that do not fit, a mask that does not broadcast, and a mask together with `isCausal`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.2.1.
 *
 * @example F.scaledDotProductAttention(ones([2, 1]), ones([2, 1]), tensor([[1], [3]]), { isCausal: true }) // tensor([[1.],\n        [2.]])
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask = null, isCausal = false }: AttentionOptions = {},
): Tensor {
  const name = "scaledDotProductAttention"
  for (const x of [q, k, v]) if (!(x instanceof Tensor)) throw notATensor(name, x, "tensors")
  const fits =
    q.ndim >= 2 &&
    k.ndim >= 2 &&
    v.ndim >= 2 &&
    q.shape.at(-1) === k.shape.at(-1) && // d
    k.shape.at(-2) === v.shape.at(-2) // S
  if (!fits) throw messages.attentionSizes(name, q.shape, k.shape, v.shape)
  if (mask !== null && isCausal) throw messages.twoMasks(name)
  if (mask !== null) checkMask(name, mask, [...q.shape.slice(0, -1), k.size(-2)])
  if (canFuseAttention(q, k, v, mask)) return fusedAttention(q, k, v, addedMask(mask, q.dtype), isCausal)
  const allowed = isCausal
    ? ones([q.size(-2), k.size(-2)])
        .tril()
        .gt(0)
    : mask // [L, S]
  return attentionWeights(name, q, k, allowed).matmul(v)
}

/** A mask as numbers to be added to the scores: where a boolean one says no, -∞. */
export function addedMask(mask: Tensor | null, dtype: DType): Tensor | null {
  if (mask === null) return null
  if (mask.dtype !== "bool") return mask.to(dtype)
  return zeros(mask.shape, { dtype }).maskedFill(mask.logicalNot(), Number.NEGATIVE_INFINITY)
}

function checkMask(name: string, mask: Tensor, scores: readonly number[]): void {
  if (!(mask instanceof Tensor)) throw notATensor(name, mask, "a mask that is a tensor")
  checkMaskType(name, mask)
  if (!broadcastsTo(mask.shape, scores)) throw messages.maskShape(name, "mask", mask.shape, [scores])
}

/** The share of each key in the answer to each query: `softmax(Q Kᵀ / √d)`, `[..., L, S]`. */
export function attentionWeights(name: string, q: Tensor, k: Tensor, mask: Tensor | null): Tensor {
  let scores = q.mul(1 / Math.sqrt(q.size(-1))).matmul(k.mT()) // [..., L, S]
  if (mask === null) return scores.softmax(-1)
  checkMask(name, mask, scores.shape)
  scores = mask.dtype === "bool" ? where(mask, scores, Number.NEGATIVE_INFINITY) : scores.add(mask.to(scores.dtype))
  // A row of nothing but -∞ has no softmax: it is computed of zeros, so that no NaN gets into the gradients.
  const nothing = scores.detach().eq(Number.NEGATIVE_INFINITY).all(-1, { keepdim: true }) // [..., L, 1]
  if (nothing.any().item() === 0) return scores.softmax(-1)
  return scores.maskedFill(nothing, 0).softmax(-1).maskedFill(nothing, 0)
}

/** Refuses masks of whole numbers, of which nobody can tell whether they are meant to be added or as booleans. */
export function checkMaskType(name: string, mask: Tensor): void {
  if (mask.dtype === "int32") {
    throw wrongDType(name, mask, "a mask of booleans or of fractions", "for booleans compare: mask.ne(0).")
  }
}
