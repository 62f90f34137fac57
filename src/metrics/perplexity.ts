import { noGrad } from "../autograd/mode.js"
import { crossEntropy } from "../ops/loss.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { badShape } from "./messages.js"

/**
 * Between how many equally likely tokens a language model is in doubt on average: e to the power of its mean cross-entropy.
 * 1 is certainty, the size of the vocabulary a blind guess.
 *
 * `perplexity = exp(-1/N · Σ log p(tokenᵢ))`
 *
 * @param logits `[…, vocabulary]`; or a mean cross-entropy that was computed already
 * @param targets the true tokens, int32 `[…]`
 * @example metrics.perplexity(Math.log(8)).toFixed(3) // "8.000"
 * @example metrics.perplexity(zeros([2, 3, 5]), zeros([2, 3], { dtype: "int32" })).toFixed(3) // "5.000"
 */
export function perplexity(logits: Tensor | number, targets?: Tensor): number {
  if (!isTensor(logits)) return Math.exp(logits)
  if (targets === undefined) {
    if (logits.numel() === 1) return Math.exp(logits.item())
    throw badShape("perplexity", "logits", logits.shape, "given with targets, or be a mean cross-entropy")
  }
  const vocabulary = logits.shape.at(-1) as number
  if (logits.ndim !== targets.ndim + 1 || logits.numel() !== targets.numel() * vocabulary)
    throw badShape("perplexity", "logits", logits.shape, `[${[...targets.shape, "vocabulary"].join(", ")}]`)
  return noGrad(() => Math.exp(crossEntropy(logits.reshape(-1, vocabulary), targets.reshape(-1)).item()))
}
