import { needsGradient, record } from "../../autograd/node.js"
import { checkReduction, type LossOptions, reduced } from "../../ops/loss.js"
import { uninitialized } from "../../tensor/allocate.js"
import { notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { Tensor } from "../../tensor/tensor.js"
import * as messages from "../loss-messages.js"

/** Options of `ctcLoss`. */
export interface CTCLossOptions extends LossOptions {
  /** The class that stands for nothing. Default: 0. */
  blank?: number
  /** Whether infinite losses (a target that does not fit its input) count as 0. Default: false. */
  zeroInfinity?: boolean
}

/** One sample: its logarithms of probabilities, `T × C` elements apart, and its labels with blanks between. */
interface Alignment {
  readonly steps: number
  readonly labels: readonly number[]
  /** The log-probability of a class at a step. */
  readonly at: (step: number, label: number) => number
}

/** log(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b
  if (b === -Infinity) return a
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/** Whether a label may be reached from the one before the last, past a blank. */
function maySkip(labels: readonly number[], s: number, blank: number): boolean {
  return s >= 2 && labels[s] !== blank && labels[s] !== labels[s - 2]
}

/** The log-probability of all ways to be at each label after each step. */
function forwardVariables({ steps, labels, at }: Alignment, blank: number): Float64Array {
  const width = labels.length
  const alpha = new Float64Array(steps * width).fill(-Infinity)
  if (steps === 0) return alpha
  alpha[0] = at(0, labels[0] as number)
  if (width > 1) alpha[1] = at(0, labels[1] as number)
  for (let t = 1; t < steps; t++) {
    for (let s = 0; s < width; s++) {
      const before = (t - 1) * width + s
      let sum = alpha[before] as number
      if (s >= 1) sum = logAdd(sum, alpha[before - 1] as number)
      if (maySkip(labels, s, blank)) sum = logAdd(sum, alpha[before - 2] as number)
      alpha[t * width + s] = sum + at(t, labels[s] as number)
    }
  }
  return alpha
}

/** The log-probability of all ways to go on from each label at each step to the end. */
function backwardVariables({ steps, labels, at }: Alignment, blank: number): Float64Array {
  const width = labels.length
  const beta = new Float64Array(steps * width).fill(-Infinity)
  if (steps === 0) return beta
  const last = (steps - 1) * width
  beta[last + width - 1] = at(steps - 1, labels[width - 1] as number)
  if (width > 1) beta[last + width - 2] = at(steps - 1, labels[width - 2] as number)
  for (let t = steps - 2; t >= 0; t--) {
    for (let s = 0; s < width; s++) {
      const after = (t + 1) * width + s
      let sum = beta[after] as number
      if (s + 1 < width) sum = logAdd(sum, beta[after + 1] as number)
      if (s + 2 < width && maySkip(labels, s + 2, blank)) sum = logAdd(sum, beta[after + 2] as number)
      beta[t * width + s] = sum + at(t, labels[s] as number)
    }
  }
  return beta
}

/** The negative log-probability of the labels, from the forward variables. */
function lossOf({ steps, labels }: Alignment, alpha: Float64Array): number {
  const width = labels.length
  if (steps === 0) return width === 1 ? 0 : Infinity
  const last = (steps - 1) * width
  const end = alpha[last + width - 1] as number
  return -(width > 1 ? logAdd(end, alpha[last + width - 2] as number) : end)
}

/** Lengths as numbers, one for each sample. */
function lengths(role: string, given: Tensor | readonly number[] | number, count: number): number[] {
  const list =
    typeof given === "number"
      ? [given]
      : given instanceof Tensor
        ? Array.from(given.toTypedArray(), Number)
        : [...given]
  if (list.length !== count || list.some((length) => !Number.isInteger(length) || length < 0))
    throw messages.ctcLengths(role, list.length, count)
  return list
}

/** The labels of each sample, out of rows or out of one long list. */
function labelLists(targets: Tensor, targetLengths: readonly number[], classes: number, blank: number): number[][] {
  const numbers = Array.from(targets.toTypedArray(), Number)
  for (const number of numbers)
    if (!Number.isInteger(number) || number < 0 || number >= classes)
      throw messages.noSuchClass("ctcLoss", number, classes)
  const rows = targets.ndim === 2 ? targets.size(1) : null
  const total = targetLengths.reduce((sum, length) => sum + length, 0)
  const fits = rows === null ? total <= numbers.length : targetLengths.every((length) => length <= rows)
  if (!fits) throw messages.ctcTargets(targets.shape, targetLengths)
  let start = 0
  return targetLengths.map((length, n) => {
    const from = rows === null ? start : n * rows
    start += length
    return [blank, ...numbers.slice(from, from + length).flatMap((label) => [label, blank])]
  })
}

/**
 * Connectionist temporal classification: the negative log-probability of a sequence of labels, whatever way it is spread
 * over the steps, with blanks between and labels held on.
 *
 * Shape: `logProbs` `[T, N, C]` (or `[T, C]`), logarithms of probabilities; targets `[N, S]` or one long list; both
 * lengths `[N]`. With `reduction: "mean"` each loss is divided by the length of its target first.
 *
 * Errors: lengths that are too long, labels that are no classes, and a blank that is none.
 *
 * Source: Graves et al., "Connectionist Temporal Classification", 2006.
 *
 * @example F.ctcLoss(zeros([2, 1, 2]).logSoftmax(2), tensor([[1]]), [2], [1]) // tensor(0.2877)
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Tensor | readonly number[] | number,
  targetLengths: Tensor | readonly number[] | number,
  { reduction = "mean", blank = 0, zeroInfinity = false }: CTCLossOptions = {},
): Tensor {
  const name = "ctcLoss"
  checkReduction(name, reduction)
  for (const x of [logProbs, targets]) if (!(x instanceof Tensor)) throw notATensor(name, x, "tensors")
  if (!isFloatingPoint(logProbs.dtype)) throw wrongDType(name, logProbs, "logarithms of probabilities")
  if (logProbs.ndim !== 2 && logProbs.ndim !== 3) throw wrongRank(name, logProbs.shape, "[T, N, C] or [T, C]")
  const single = logProbs.ndim === 2
  const input = single ? logProbs.unsqueeze(1) : logProbs // [T, N, C]
  const [T, N, C] = input.shape as readonly [number, number, number]
  if (!Number.isInteger(blank) || blank < 0 || blank >= C) throw messages.noSuchClass(name, blank, C)
  const steps = lengths("inputLengths", inputLengths, N)
  if (steps.some((length) => length > T)) throw messages.ctcInputLength(steps, T)
  const sizes = lengths("targetLengths", targetLengths, N)
  const numbers = input.toTypedArray()
  const samples = labelLists(targets, sizes, C, blank).map(
    (labels, n): Alignment => ({
      steps: steps[n] as number,
      labels,
      at: (step, label) => numbers[(step * N + n) * C + label] as number,
    }),
  )
  const alphas = samples.map((sample) => forwardVariables(sample, blank))
  const raw = samples.map((sample, n) => lossOf(sample, alphas[n] as Float64Array))
  let losses = uninitialized([N], input.dtype) // [N]
  raw.forEach((loss, n) => {
    losses.storage.data[n] = zeroInfinity && loss === Infinity ? 0 : loss
  })
  if (needsGradient(input)) {
    const rule = (dy: Tensor) => [gradient(input, samples, alphas, raw, dy, blank, zeroInfinity)]
    losses = record(name, losses, [input], rule, [input])
  }
  if (single) losses = losses.squeeze(0)
  if (reduction !== "mean") return reduced(losses, reduction)
  const divisors = uninitialized(losses.shape, input.dtype)
  sizes.forEach((size, n) => {
    divisors.storage.data[n] = Math.max(size, 1)
  })
  return losses.div(divisors).mean()
}

/**
 * The gradient towards the log-probabilities: `p - (share of the ways that are at the label)`. Like PyTorch's it supposes
 * that they come from a log-softmax, for which it is exact.
 */
function gradient(
  input: Tensor,
  samples: readonly Alignment[],
  alphas: readonly Float64Array[],
  losses: readonly number[],
  dy: Tensor,
  blank: number,
  zeroInfinity: boolean,
): Tensor {
  const [, N, C] = input.shape as readonly [number, number, number]
  const out = uninitialized(input.shape, input.dtype).fill_(0)
  const data = out.storage.data
  const weights = dy.toTypedArray()
  samples.forEach((sample, n) => {
    const loss = losses[n] as number
    if (zeroInfinity && loss === Infinity) return
    const { steps, labels, at } = sample
    const alpha = alphas[n] as Float64Array
    const beta = backwardVariables(sample, blank)
    const weight = weights[n] as number
    const share = new Float64Array(C)
    for (let t = 0; t < steps; t++) {
      share.fill(-Infinity)
      labels.forEach((label, s) => {
        const way = (alpha[t * labels.length + s] as number) + (beta[t * labels.length + s] as number)
        share[label] = logAdd(share[label] as number, way)
      })
      for (let c = 0; c < C; c++) {
        const log = at(t, c)
        data[(t * N + n) * C + c] = (Math.exp(log) - Math.exp((share[c] as number) + loss - log)) * weight
      }
    }
  })
  return out
}
