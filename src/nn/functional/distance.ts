import { badNumber, notATensor, wrongRank } from "../../tensor/messages.js"
import { broadcastShapes } from "../../tensor/shape.js"
import { sameShape, Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

function checkPair(name: string, a: Tensor, b: Tensor): void {
  for (const x of [a, b]) if (!(x instanceof Tensor)) throw notATensor(name, x, "tensors")
  broadcastShapes(name, a.shape, b.shape)
}

/** Options of `cosineSimilarity`. */
export interface CosineSimilarityOptions {
  /** The dimension along which vectors lie. Default: 1. */
  dim?: number
  /** The smallest length that is divided by. Default: 1e-8. */
  eps?: number
}

/**
 * The cosine of the angle between vectors: `a · b / (max(‖a‖, eps) · max(‖b‖, eps))`.
 *
 * Shape: a and b broadcast; the result has no `dim`.
 *
 * @example F.cosineSimilarity(tensor([[3, 4]]), tensor([[4, 3]])) // tensor([0.9600])
 */
export function cosineSimilarity(a: Tensor, b: Tensor, { dim = 1, eps = 1e-8 }: CosineSimilarityOptions = {}): Tensor {
  checkPair("cosineSimilarity", a, b)
  const unit = (x: Tensor) => x.div(x.norm(2, dim, { keepdim: true }).clamp(eps))
  return unit(a).mul(unit(b)).sum(dim)
}

/** Options of `pairwiseDistance`. */
export interface PairwiseDistanceOptions {
  /** The power of the norm. Default: 2. */
  p?: number
  /** Added to each difference, so that the gradient at 0 is defined. Default: 1e-6. */
  eps?: number
  /** Whether the last dimension stays, with size 1. Default: false. */
  keepdim?: boolean
}

/**
 * The distance of vectors: `‖a - b + eps‖ₚ`.
 *
 * Shape: a and b `[..., D]`, which broadcast; the result has no last dimension.
 *
 * @example F.pairwiseDistance(tensor([[1, 1]]), tensor([[4, 5]])) // tensor([5.0000])
 */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  { p = 2, eps = 1e-6, keepdim = false }: PairwiseDistanceOptions = {},
): Tensor {
  checkPair("pairwiseDistance", a, b)
  if (!(p > 0)) throw badNumber("pairwiseDistance", "p", p, "a number above 0")
  return a.sub(b).add(eps).norm(p, -1, { keepdim })
}

/**
 * A product of two inputs with a learned weight between them: `yₖ = x₁ᵀ Wₖ x₂ + bₖ`.
 *
 * Shape: x1 `[..., in1]`, x2 `[..., in2]`, weight `[out, in1, in2]`, bias `[out]`; the result is `[..., out]`.
 *
 * Errors: sizes that do not fit the weight.
 *
 * @example F.bilinear(tensor([[1, 2]]), tensor([[3]]), tensor([[[1], [1]]])) // tensor([[9.]])
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  for (const x of [x1, x2, weight]) if (!(x instanceof Tensor)) throw notATensor("bilinear", x, "tensors")
  if (weight.ndim !== 3) throw wrongRank("bilinear", weight.shape, "a weight of three dimensions, [out, in1, in2]")
  const [out, in1, in2] = weight.shape as readonly [number, number, number]
  const fits =
    x1.ndim >= 1 &&
    x1.shape.at(-1) === in1 &&
    x2.shape.at(-1) === in2 &&
    sameShape(x1.shape.slice(0, -1), x2.shape.slice(0, -1)) &&
    (bias === null || sameShape(bias.shape, [out]))
  if (!fits) throw messages.bilinearSizes(x1.shape, x2.shape, weight.shape, bias?.shape ?? null)
  const left = x1.reshape([-1, in1]) // [rows, in1]
  const right = x2.reshape([-1, 1, in2]) // [rows, 1, in2]
  const mixed = left.matmul(weight.permute(1, 0, 2).reshape([in1, out * in2])).reshape([-1, out, in2]) // [rows, out, in2]
  const y = mixed
    .mul(right)
    .sum(-1)
    .reshape([...x1.shape.slice(0, -1), out])
  return bias === null ? y : y.add(bias)
}
