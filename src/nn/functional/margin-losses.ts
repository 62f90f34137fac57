import { where } from "../../ops/choose.js"
import { checkPair, checkReduction, type LossOptions, reduced } from "../../ops/loss.js"
import { uninitialized } from "../../tensor/allocate.js"
import { badNumber, badOption, notATensor, wrongRank } from "../../tensor/messages.js"
import { sameShape, Tensor } from "../../tensor/tensor.js"
import * as messages from "../loss-messages.js"
import { logSigmoid } from "./activation.js"
import { pairwiseDistance } from "./distance.js"

// Losses that are 0 beyond a margin, and their soft relatives.

/** Options of the losses with a margin. */
export interface MarginLossOptions extends LossOptions {
  /** By how much the better must be better. */
  margin?: number
}

/** Refuses targets that are neither 1 nor -1. */
function checkSigns(name: string, target: Tensor): void {
  const bad = target.detach().abs().ne(1)
  if (bad.any().item() === 1) throw messages.targetsNotSigns(name)
}

/**
 * Draws inputs of targets 1 to 0, and pushes those of -1 beyond a margin: `x`, or `max(0, margin - x)`.
 *
 * Shape: input (distances) and target (1 or -1) alike.
 *
 * @example F.hingeEmbeddingLoss(tensor([0.5, 0.25]), tensor([1, -1])) // tensor(0.6250)
 */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", margin = 1 }: MarginLossOptions = {},
): Tensor {
  checkReduction("hingeEmbeddingLoss", reduction)
  const [x, t] = checkPair("hingeEmbeddingLoss", input, target)
  checkSigns("hingeEmbeddingLoss", t)
  return reduced(where(t.detach().eq(1), x, x.neg().add(margin).clamp(0)), reduction)
}

/**
 * Wants the first input to be larger where the target is 1, and smaller where it is -1: `max(0, -t (x₁ - x₂) + margin)`.
 *
 * Shape: inputs and target (1 or -1) alike.
 *
 * @example F.marginRankingLoss(tensor([1, 2]), tensor([3, 0]), tensor([1, 1])) // tensor(1.)
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  { reduction = "mean", margin = 0 }: MarginLossOptions = {},
): Tensor {
  checkReduction("marginRankingLoss", reduction)
  const [a, b] = checkPair("marginRankingLoss", input1, input2)
  const [, t] = checkPair("marginRankingLoss", a, target)
  return reduced(a.sub(b).mul(t).neg().add(margin).clamp(0), reduction)
}

/**
 * The logistic loss of signs: `log(1 + e^(-t · x))`.
 *
 * Shape: input and target (1 or -1) alike.
 *
 * @example F.softMarginLoss(tensor([0, 2]), tensor([1, -1])) // tensor(1.4100)
 */
export function softMarginLoss(input: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  checkReduction("softMarginLoss", reduction)
  const [x, t] = checkPair("softMarginLoss", input, target)
  return reduced(logSigmoid(x.mul(t)).neg(), reduction)
}

/** Class numbers as they are given, checked to be one for each row. */
function classNumbers(name: string, rows: Tensor, target: Tensor): number[] {
  if (!(target instanceof Tensor)) throw notATensor(name, target, "a tensor of class numbers")
  if (target.count !== rows.size(0) || target.ndim > 1) throw messages.classTargets(name, rows.shape, target.shape)
  const classes = rows.size(1)
  return Array.from(target.toTypedArray(), (number) => {
    if (!Number.isInteger(number) || number < 0 || number >= classes) throw messages.noSuchClass(name, number, classes)
    return number
  })
}

/** Scores as rows: a vector is one row. */
function asRows(name: string, input: Tensor): Tensor {
  if (!(input instanceof Tensor)) throw notATensor(name, input, "a tensor")
  if (input.ndim !== 1 && input.ndim !== 2) throw wrongRank(name, input.shape, "scores, [N, C] or [C]")
  return input.ndim === 1 ? input.unsqueeze(0) : input
}

/** Ones where a condition on row and column holds, else zeros. */
function pattern(like: Tensor, holds: (row: number, column: number) => number): Tensor {
  const [rows, columns] = like.shape as readonly [number, number]
  const out = uninitialized([rows, columns], like.dtype)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out.storage.data[i * columns + j] = holds(i, j)
  return out
}

/** Options of `multiMarginLoss`. */
export interface MultiMarginLossOptions extends MarginLossOptions {
  /** Whether the excess counts as it is (1) or squared (2). Default: 1. */
  p?: 1 | 2
  /** How much each class counts. */
  weight?: Tensor | undefined
}

/**
 * The hinge loss of several classes: every other class that comes within a margin of the right one counts.
 *
 * Formula: `Σ_{j ≠ t} max(0, margin - x[t] + x[j])ᵖ · weight[t] / C`.
 *
 * Shape: input `[N, C]` or `[C]`, target `[N]` or `[]` with class numbers.
 *
 * Source: Crammer and Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001.
 *
 * @example F.multiMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3])) // tensor(0.3250)
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", margin = 1, p = 1, weight }: MultiMarginLossOptions = {},
): Tensor {
  const name = "multiMarginLoss"
  checkReduction(name, reduction)
  if (p !== 1 && p !== 2) throw badNumber(name, "p", p, "1 or 2")
  const x = asRows(name, input)
  const classes = classNumbers(name, x, target)
  const count = x.size(1)
  if (weight !== undefined && !sameShape(weight.shape, [count])) throw messages.classWeight(name, weight.shape, count)
  const chosen = pattern(x, (row, column) => (classes[row] === column ? 1 : 0))
  const right = x.mul(chosen).sum(1, { keepdim: true }) // [N, 1]
  const excess = x.sub(right).add(margin).clamp(0).mul(chosen.neg().add(1)) // [N, C]
  let losses = (p === 1 ? excess : excess.square()).sum(1).mul(1 / count) // [N]
  if (weight !== undefined) losses = losses.mul(weight.detach().to(x.dtype).at(classes))
  return reduced(input.ndim === 1 ? losses.squeeze(0) : losses, reduction)
}

/**
 * The hinge loss of several right classes: each right one must beat each wrong one by 1.
 *
 * Formula: `Σ_{i right, j wrong} max(0, 1 - x[i] + x[j]) / C`.
 *
 * Shape: input `[N, C]` or `[C]`, target alike: in each row the numbers of the right classes, then -1.
 *
 * @example F.multiLabelMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]])) // tensor(0.8500)
 */
export function multiLabelMarginLoss(input: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  const name = "multiLabelMarginLoss"
  checkReduction(name, reduction)
  const x = asRows(name, input)
  if (!(target instanceof Tensor)) throw notATensor(name, target, "a tensor of class numbers")
  if (!sameShape(target.shape, input.shape)) throw messages.classTargets(name, input.shape, target.shape)
  const [rows, count] = x.shape as readonly [number, number]
  const numbers = target.toTypedArray()
  const right = Array.from({ length: rows }, (_, i) => {
    const list = Array.from(numbers.slice(i * count, (i + 1) * count))
    const end = list.indexOf(-1)
    const named = end === -1 ? list : list.slice(0, end)
    for (const number of named)
      if (!Number.isInteger(number) || number < 0 || number >= count) throw messages.noSuchClass(name, number, count)
    return new Set(named)
  })
  const isRight = pattern(x, (row, column) => (right[row]?.has(column) ? 1 : 0))
  const excess = x.unsqueeze(1).sub(x.unsqueeze(2)).add(1).clamp(0) // [N, right, wrong]
  const counted = isRight.unsqueeze(2).mul(isRight.neg().add(1).unsqueeze(1))
  const losses = excess
    .mul(counted)
    .sum([1, 2])
    .mul(1 / count) // [N]
  return reduced(input.ndim === 1 ? losses.squeeze(0) : losses, reduction)
}

/** Options of `multiLabelSoftMarginLoss`. */
export interface MultiLabelSoftMarginLossOptions extends LossOptions {
  /** How much each class counts. */
  weight?: Tensor | undefined
}

/**
 * The binary cross-entropy of each class for itself, averaged over the classes.
 *
 * Formula: `-mean(t · log σ(x) + (1 - t) · log σ(-x))`.
 *
 * Shape: input `[N, C]` or `[C]`, target alike, with 1 for classes that are right and 0 for the others.
 *
 * @example F.multiLabelSoftMarginLoss(tensor([[0, 2]]), tensor([[0, 1]])) // tensor(0.4100)
 */
export function multiLabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", weight }: MultiLabelSoftMarginLossOptions = {},
): Tensor {
  const name = "multiLabelSoftMarginLoss"
  checkReduction(name, reduction)
  const [x, t] = checkPair(name, input, target)
  if (x.ndim === 0) throw wrongRank(name, x.shape, "scores, [N, C] or [C]")
  if (weight !== undefined && !sameShape(weight.shape, [x.size(-1)]))
    throw messages.classWeight(name, weight.shape, x.size(-1))
  let losses = t
    .mul(logSigmoid(x))
    .add(t.neg().add(1).mul(logSigmoid(x.neg())))
    .neg()
  if (weight !== undefined) losses = losses.mul(weight)
  return reduced(losses.mean(-1), reduction)
}

/**
 * Turns vectors towards each other where the target is 1, and apart where it is -1: `1 - cos`, or
 * `max(0, cos - margin)`.
 *
 * Shape: inputs `[N, D]` or `[D]`, target `[N]` or `[]` (1 or -1).
 *
 * @example F.cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[1, 1]]), tensor([1])) // tensor(0.2929)
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  { reduction = "mean", margin = 0 }: MarginLossOptions = {},
): Tensor {
  const name = "cosineEmbeddingLoss"
  checkReduction(name, reduction)
  const [a, b] = checkPair(name, input1, input2)
  if (a.ndim !== 1 && a.ndim !== 2) throw wrongRank(name, a.shape, "vectors, [N, D] or [D]")
  const [, t] = checkPair(name, a.detach().select(-1, 0), target)
  checkSigns(name, t)
  const eps = 1e-12 // PyTorch's, added to the squared lengths
  const lengths = a.square().sum(-1).add(eps).mul(b.square().sum(-1).add(eps))
  const cosine = a.mul(b).sum(-1).div(lengths.sqrt())
  const isAlike = t.detach().eq(1)
  return reduced(where(isAlike, cosine.neg().add(1), cosine.sub(margin).clamp(0)), reduction)
}

/** Options of `tripletMarginWithDistanceLoss`. */
export interface TripletDistanceOptions extends MarginLossOptions {
  /** How far two lists of vectors are apart. Default: `F.pairwiseDistance`. */
  distanceFunction?: (a: Tensor, b: Tensor) => Tensor
  /** Whether the negative is held against the positive too, if that is nearer. Default: false. */
  swap?: boolean
}

/**
 * `tripletMarginLoss` with any distance.
 *
 * @example F.tripletMarginWithDistanceLoss(tensor([[0]]), tensor([[1]]), tensor([[1.5]]), { distanceFunction: (a, b) => a.sub(b).abs().sum(1) }) // tensor(0.5000)
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  {
    reduction = "mean",
    margin = 1,
    swap = false,
    distanceFunction = (a, b) => pairwiseDistance(a, b),
  }: TripletDistanceOptions = {},
): Tensor {
  const name = "tripletMarginLoss"
  checkReduction(name, reduction)
  if (!(margin > 0)) throw badNumber(name, "margin", margin, "above 0")
  if (typeof distanceFunction !== "function")
    throw badOption(name, "distanceFunction", distanceFunction, ["a function"])
  const [a, p] = checkPair(name, anchor, positive)
  const [, n] = checkPair(name, a, negative)
  const near = distanceFunction(a, p)
  let far = distanceFunction(a, n)
  if (swap) far = far.minimum(distanceFunction(p, n))
  return reduced(near.sub(far).add(margin).clamp(0), reduction)
}

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions extends MarginLossOptions {
  /** The power of the norm. Default: 2. */
  p?: number
  /** Added to each difference. Default: 1e-6. */
  eps?: number
  /** Whether the negative is held against the positive too, if that is nearer. Default: false. */
  swap?: boolean
}

/**
 * Wants an anchor to be nearer to its positive than to its negative: `max(0, d(a, p) - d(a, n) + margin)`.
 *
 * Shape: anchor, positive and negative alike, `[N, D]` or `[D]`.
 *
 * Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016.
 *
 * @example F.tripletMarginLoss(tensor([[0]]), tensor([[1]]), tensor([[1.5]])) // tensor(0.5000)
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { p = 2, eps = 1e-6, ...options }: TripletMarginLossOptions = {},
): Tensor {
  const distanceFunction = (a: Tensor, b: Tensor) => pairwiseDistance(a, b, { p, eps })
  return tripletMarginWithDistanceLoss(anchor, positive, negative, { ...options, distanceFunction })
}
