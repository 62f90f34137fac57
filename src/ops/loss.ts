import { isGradEnabled } from "../autograd/mode.js"
import { needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { allocate } from "../native/pool.js"
import { readElements } from "../native/strided.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import { badNumber, badOption, notATensor, wrongDType, wrongRank } from "../tensor/messages.js"
import { isFloatingPoint, promoteTypes } from "../tensor/promote.js"
import { broadcastsTo } from "../tensor/shape.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { logSoftmax, softplus } from "./activation.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"
import { indexSelect } from "./select.js"

/** How the losses of the samples become one: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none"

/** Options of a loss. */
export interface LossOptions {
  /** Default: `"mean"`. */
  reduction?: Reduction
}

/** Refuses a reduction that there is none of. */
export function checkReduction(name: string, reduction: Reduction): void {
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw badOption(name, "reduction", reduction, ["mean", "sum", "none"])
  }
}

/** Applies a reduction to the losses of the samples. */
export function reduced(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses
  return reduction === "sum" ? losses.sum() : losses.mean()
}

/** Input and target of one shape and one dtype; PyTorch merely warns when `[4, 1]` meets `[4]`, and gives a wrong loss. */
export function checkPair(name: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  if (!(input instanceof Tensor)) throw notATensor(name, input, "a tensor")
  if (!(target instanceof Tensor)) throw notATensor(name, target, "a tensor")
  if (!sameShape(input.shape, target.shape))
    throw messages.shapesDiffer(name, ["input", "target"], input.shape, target.shape)
  const dtype = promoteTypes(promoteTypes(input.dtype, target.dtype), "float32")
  return [to(input, dtype), to(target, dtype)]
}

/**
 * The mean squared error: `mean((input - target)²)`.
 *
 * Shape: input and target alike; the result is a scalar, or of that shape for `reduction: "none"`.
 *
 * Errors: when the shapes differ. They do not broadcast.
 *
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export function mseLoss(input: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  checkReduction("mseLoss", reduction)
  const [a, b] = checkPair("mseLoss", input, target)
  if (reduction === "none") return a.sub(b).square()
  const factor = reduction === "mean" ? 1 / a.count : 1
  const out = uninitialized([], a.dtype)
  currentBackend().squaredError(a, b, factor, out)
  if (a.count === 0 && reduction === "mean") currentBackend().fill(out, Number.NaN)
  if (!needsGradient(a, b)) return out
  const inputs = [a, b]
  const rule = (dy: Tensor) => {
    const da = squaredErrorGradient(a, b, dy, 2 * factor)
    return [a.requiresGrad ? da : null, b.requiresGrad ? da.neg() : null]
  }
  return record("mseLoss", out, inputs, rule, inputs)
}

function squaredErrorGradient(a: Tensor, b: Tensor, dy: Tensor, factor: number): Tensor {
  if (isGradEnabled()) return a.sub(b).mul(dy).mul(factor)
  const out = uninitializedLike(a, a.dtype)
  currentBackend().squaredErrorBackward(a, b, dy, factor, out)
  return out
}

/**
 * The mean absolute error: `mean(|input - target|)`.
 *
 * Shape: input and target alike. They do not broadcast.
 *
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export function l1Loss(input: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  checkReduction("l1Loss", reduction)
  const [a, b] = checkPair("l1Loss", input, target)
  return reduced(a.sub(b).abs(), reduction)
}

/**
 * The Huber loss: squared near 0, straight beyond `delta`, so that outliers weigh less.
 *
 * Shape: input and target alike. They do not broadcast.
 *
 * @example huberLoss(tensor([0, 3]), tensor([1, 0])) // tensor(1.5000)
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", delta = 1 }: LossOptions & { delta?: number } = {},
): Tensor {
  checkReduction("huberLoss", reduction)
  if (!(delta > 0)) throw badNumber("huberLoss", "delta", delta, "above 0")
  const [a, b] = checkPair("huberLoss", input, target)
  const distance = a.sub(b).abs()
  const near = distance.clamp(0, delta)
  return reduced(near.square().mul(0.5).add(distance.sub(near).mul(delta)), reduction)
}

/**
 * The smooth mean absolute error: squared near 0, straight from `beta` on, with a slope of 1.
 *
 * Formula: `0.5 · d² / beta` where |d| < beta, else `|d| - 0.5 · beta`; `l1Loss` for a beta of 0.
 *
 * Shape: input and target alike. They do not broadcast.
 *
 * Source: Girshick, "Fast R-CNN", 2015.
 *
 * @example F.smoothL1Loss(tensor([0, 3]), tensor([1, 0])) // tensor(1.5000)
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", beta = 1 }: LossOptions & { beta?: number } = {},
): Tensor {
  checkReduction("smoothL1Loss", reduction)
  if (!(beta >= 0)) throw badNumber("smoothL1Loss", "beta", beta, "at least 0")
  const [a, b] = checkPair("smoothL1Loss", input, target)
  const distance = a.sub(b).abs()
  if (beta === 0) return reduced(distance, reduction)
  const near = distance.clamp(0, beta)
  return reduced(
    near
      .square()
      .mul(0.5 / beta)
      .add(distance.sub(near)),
    reduction,
  )
}

/** Options of the binary cross-entropies. */
export interface BinaryLossOptions extends LossOptions {
  /** How much each element counts; broadcasts to the input. */
  weight?: Tensor | undefined
}

/** Losses times their weights, which broadcast to them. */
function weighted(name: string, losses: Tensor, weight: Tensor | undefined, role = "weight"): Tensor {
  if (weight === undefined) return losses
  if (!(weight instanceof Tensor)) throw notATensor(name, weight, `a ${role} that is a tensor`)
  if (!broadcastsTo(weight.shape, losses.shape)) throw messages.weightOfLosses(name, role, losses.shape, weight.shape)
  return losses.mul(weight)
}

/**
 * The binary cross-entropy of probabilities: `-mean(target · log(input) + (1 - target) · log(1 - input))`. The logarithms
 * are cut off at -100, as in PyTorch. For scores use `binaryCrossEntropyWithLogits`, which is exact.
 *
 * Errors: an input outside 0 to 1, shapes that differ, a weight that does not broadcast.
 *
 * @example binaryCrossEntropy(tensor([0.5, 0.9]), tensor([0, 1])) // tensor(0.3993)
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", weight }: BinaryLossOptions = {},
): Tensor {
  checkReduction("binaryCrossEntropy", reduction)
  const [p, y] = checkPair("binaryCrossEntropy", input, target)
  const outside = p.detach().lt(0).logicalOr(p.detach().gt(1))
  if (outside.any().item() === 1) throw messages.probabilitiesOutside("binaryCrossEntropy")
  return reduced(weighted("binaryCrossEntropy", binaryLosses(p, y), weight), reduction)
}

/** What PyTorch keeps the divisor of the gradient from falling below, as float32 holds it. */
const smallest = Math.fround(1e-12)

/** The losses of probabilities; where the logarithm is cut off, the gradient is that of PyTorch, finite and steep. */
function binaryLosses(p: Tensor, y: Tensor): Tensor {
  const [p0, y0] = [p.detach(), y.detach()]
  const hit = p0.log().clamp(-100)
  const miss = p0.neg().log1p().clamp(-100)
  const losses = y0.sub(1).mul(miss).sub(y0.mul(hit))
  if (!needsGradient(p, y)) return losses
  const rule = (dy: Tensor) => [
    p.requiresGrad ? dy.mul(p.sub(y)).div(p.neg().add(1).mul(p).clamp(smallest)) : null,
    y.requiresGrad ? dy.mul(p.neg().log1p().clamp(-100).sub(p.log().clamp(-100))) : null,
  ]
  return record("binaryCrossEntropy", losses, [p, y], rule, [p, y])
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryLogitsOptions extends BinaryLossOptions {
  /** How much more a target of 1 counts, such as negatives / positives; broadcasts to the input. */
  posWeight?: Tensor | undefined
}

/**
 * The binary cross-entropy of scores, through the sigmoid, exact also for large scores.
 *
 * Formula: `-mean(posWeight · target · log σ(input) + (1 - target) · log(1 - σ(input)))`.
 *
 * Errors: shapes that differ, weights that do not broadcast.
 *
 * @example binaryCrossEntropyWithLogits(tensor([0, 2]), tensor([0, 1])) // tensor(0.4100)
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", weight, posWeight }: BinaryLogitsOptions = {},
): Tensor {
  const name = "binaryCrossEntropyWithLogits"
  checkReduction(name, reduction)
  const [x, y] = checkPair(name, input, target)
  const surprise = softplus(x.neg()) // -log σ(x)
  // Of a target of 1 -log σ(x), of 0 x more.
  const factor = posWeight === undefined ? null : weighted(name, y, posWeight, "posWeight").sub(y).add(1)
  const losses = x.sub(x.mul(y)).add(factor === null ? surprise : surprise.mul(factor))
  return reduced(weighted(name, losses, weight), reduction)
}

/** Options of a loss over classes. */
export interface ClassLossOptions extends LossOptions {
  /** One weight per class. */
  weight?: Tensor
  /** Samples of this class count for nothing. Default: -100. */
  ignoreIndex?: number
  /** How much of the target's share is spread over all classes, from 0 to 1. Default: 0. */
  labelSmoothing?: number
}

/** Scores as [samples, classes] and targets as int32 [samples]. `[N, C, d…]` becomes `[N·d…, C]`. */
function classRows(name: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  if (!(input instanceof Tensor)) throw notATensor(name, input, "a tensor")
  if (!(target instanceof Tensor)) throw notATensor(name, target, "a tensor")
  if (input.shape.length === 0) throw wrongRank(name, input.shape, "scores of shape [samples, classes]")
  if (!isFloatingPoint(input.dtype))
    throw wrongDType(name, input, "scores that are fractions", "convert them: input.float().")
  const [n, classes] =
    input.shape.length === 1 ? [[], input.shape[0] as number] : [[input.shape[0] as number], input.shape[1] as number]
  const wanted = [...n, ...input.shape.slice(2)]
  if (!sameShape(target.shape, wanted)) throw messages.targetCount(name, input.shape, target.shape)
  const rows =
    input.shape.length === 2
      ? input
      : input.shape.length === 1
        ? input.unsqueeze(0)
        : input.movedim(1, -1).reshape(-1, classes)
  return [rows, classNumbers(name, target).reshape(-1)]
}

/** Class numbers as int32; whole numbers in a float tensor are taken too, as `tensor([0, 2, 1])` is one. */
function classNumbers(name: string, target: Tensor): Tensor {
  const numbers = to(target, "int32")
  if (isFloatingPoint(target.dtype) && numbers.ne(target).any().item() === 1)
    throw messages.classesNotIntegers(name, target)
  return numbers.contiguous()
}

/** Looks every class number up before a kernel uses it as an index. */
function checkClasses(name: string, targets: Tensor, classes: number, ignore: number): void {
  const numbers = readElements(targets)
  for (let i = 0; i < numbers.length; i++) {
    const found = numbers[i] as number
    if ((found < 0 || found >= classes) && found !== ignore) throw messages.classOutOfRange(name, found, classes)
  }
}

/**
 * The cross-entropy of scores and classes: `-log softmax(input)[target]`, averaged over the samples.
 *
 * Shape: input `[N, C]` (or `[C]`, or `[N, C, d…]`), target `[N]` with class numbers, or `[N, C]` with probabilities.
 *
 * Errors: class numbers that are fractions or out of range; a target that is a column.
 *
 * @param options `weight` per class, `ignoreIndex`, `labelSmoothing`, `reduction`
 * @example crossEntropy(tensor([[2, 0], [0, 1]]), tensor([0, 1])) // tensor(0.2201)
 */
export function crossEntropy(input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor {
  const { reduction = "mean", weight, ignoreIndex = -100, labelSmoothing = 0 } = options
  checkReduction("crossEntropy", reduction)
  if (
    target instanceof Tensor &&
    input instanceof Tensor &&
    sameShape(input.shape, target.shape) &&
    isFloatingPoint(target.dtype) &&
    input.shape.length > 0
  ) {
    return crossEntropyOfShares(input, target, options)
  }
  const [scores, targets] = classRows("crossEntropy", input, target)
  const classes = scores.shape[1] as number
  checkClasses("crossEntropy", targets, classes, ignoreIndex)
  if (weight !== undefined || labelSmoothing !== 0) {
    const losses = weightedLosses(logSoftmax(scores, 1), targets, options)
    return reduction === "none" ? losses.reshape(target.shape) : losses
  }
  const losses = rowLosses(scores, targets, ignoreIndex, reduction)
  return reduction === "none" ? losses.reshape(target.shape) : losses
}

/** The fused path: softmax, logarithm and choice in one kernel, which keeps the probabilities for the way back. */
function rowLosses(scores: Tensor, targets: Tensor, ignore: number, reduction: Reduction): Tensor {
  const [rows, classes] = scores.shape as readonly [number, number]
  const storage = allocate(scores.dtype, scores.count)
  const probabilities = new Tensor(storage, 0, [rows, classes], [classes, 1], scores.count, true)
  const losses = uninitialized([rows], scores.dtype)
  const backend = currentBackend()
  backend.crossEntropy(scores, targets, ignore, probabilities, losses)
  let counted = rows
  const numbers = readElements(targets)
  for (let i = 0; i < rows; i++) if (numbers[i] === ignore) counted--
  const factor = reduction === "mean" ? 1 / counted : 1
  const detached = losses.detach()
  const out = reduction === "none" ? detached : detached.sum().mul(factor)
  if (!needsGradient(scores)) return out
  const rule = (dy: Tensor) => {
    if (isGradEnabled()) {
      const perRow = dy.mul(factor).expand(rows).unsqueeze(1) // [rows, 1]
      const chosen = targets.unsqueeze(1).eq(classNumbersOf(classes)).to(scores.dtype) // [rows, classes]
      const counts = targets.ne(ignore).to(scores.dtype).unsqueeze(1) // [rows, 1]
      return [logSoftmax(scores, 1).exp().sub(chosen).mul(counts).mul(perRow)]
    }
    const gradient = uninitializedLike(probabilities, scores.dtype)
    currentBackend().crossEntropyBackward(probabilities, targets, ignore, dy.expand(rows), factor, gradient)
    return [gradient]
  }
  return record("crossEntropy", out, [scores], rule, [scores], [storage])
}

/** 0, 1, 2, … as a row. */
function classNumbersOf(classes: number): Tensor {
  const out = uninitialized([classes], "int32")
  for (let i = 0; i < classes; i++) out.storage.data[i] = i
  return out
}

/** Losses from log-probabilities, with weights per class and smoothed targets. */
function weightedLosses(
  logProbabilities: Tensor,
  targets: Tensor,
  { reduction = "mean", weight, ignoreIndex = -100, labelSmoothing = 0 }: ClassLossOptions,
): Tensor {
  const classes = logProbabilities.shape[1] as number
  const dtype = logProbabilities.dtype
  if (weight !== undefined && !sameShape(weight.shape, [classes])) {
    throw messages.shapesDiffer("crossEntropy", ["weight", "classes"], weight.shape, [classes])
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw badNumber("crossEntropy", "labelSmoothing", labelSmoothing, "between 0 and 1")
  }
  const counts = targets.ne(ignoreIndex).to(dtype) // [rows]
  const chosen = targets.unsqueeze(1).eq(classNumbersOf(classes)).to(dtype) // [rows, classes]
  const classWeight = weight === undefined ? null : to(weight, dtype)
  const known = targets.clamp(0, classes - 1)
  const rowWeight = classWeight === null ? counts : indexSelect(classWeight, 0, known).mul(counts) // [rows]
  const hit = logProbabilities.mul(chosen).sum(1).neg().mul(rowWeight) // [rows]
  const everywhere = classWeight === null ? logProbabilities : logProbabilities.mul(classWeight)
  const spread = everywhere
    .sum(1)
    .neg()
    .mul(counts)
    .mul(1 / classes) // [rows]
  const losses = labelSmoothing === 0 ? hit : hit.mul(1 - labelSmoothing).add(spread.mul(labelSmoothing))
  if (reduction === "none") return losses
  return reduction === "sum" ? losses.sum() : losses.sum().div(rowWeight.sum())
}

/** The cross-entropy with a target of probabilities. */
function crossEntropyOfShares(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", weight, labelSmoothing = 0 }: ClassLossOptions,
): Tensor {
  const dim = input.shape.length === 1 ? 0 : 1
  const classes = input.shape[dim] as number
  const shares = labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(labelSmoothing / classes)
  let terms = logSoftmax(input, dim).mul(shares)
  if (weight !== undefined) terms = terms.mul(weight.reshape([classes, ...input.shape.slice(dim + 1).map(() => 1)]))
  const losses = terms.sum(dim).neg()
  return reduced(losses, reduction)
}

/**
 * The negative log-likelihood: `-input[target]`, where the input holds log-probabilities, averaged over the samples.
 *
 * Shape: input `[N, C]` (or `[C]`, or `[N, C, d…]`), target `[N]` with class numbers.
 *
 * @example nllLoss(tensor([[0.5, 0.5]]).log(), tensor([0])) // tensor(0.6931)
 */
export function nllLoss(input: Tensor, target: Tensor, options: Omit<ClassLossOptions, "labelSmoothing"> = {}): Tensor {
  const { reduction = "mean", ignoreIndex = -100 } = options
  checkReduction("nllLoss", reduction)
  const [rows, targets] = classRows("nllLoss", input, target)
  checkClasses("nllLoss", targets, rows.shape[1] as number, ignoreIndex)
  const losses = weightedLosses(rows, targets, options)
  return reduction === "none" ? losses.reshape(target.shape) : losses
}
