import {
  argmax,
  type ClassLossOptions,
  cat,
  crossEntropy,
  gather,
  indexSelect,
  linear,
  logSoftmax,
  where,
} from "../ops/index.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { ModuleList, Sequential } from "./containers.js"
import { checkSize, Linear } from "./linear.js"
import { type ClassLossModuleOptions, Loss } from "./losses.js"
import * as messages from "./messages.js"
import { Module } from "./module.js"

// Losses that bring the layer which makes the scores with them, for very many classes.

/** Options of `LinearCrossEntropyLoss`. */
export interface LinearCrossEntropyLossOptions extends ClassLossModuleOptions {
  /** Whether the scores have a bias. Default: false. */
  bias?: boolean
  /** How much of each target is spread over all classes. Default: 0. */
  labelSmoothing?: number
}

/** Options of `F.linearCrossEntropy`. */
export interface LinearCrossEntropyOptions extends Omit<ClassLossOptions, "weight"> {
  /** The bias of the scores, `[C]`. */
  linearBias?: Tensor | null
  /** How much each class counts. */
  weight?: Tensor
}

/**
 * The cross-entropy of the scores `x Wᵀ + b`.
 *
 * Shape: x `[..., D]`, linearWeight `[C, D]`, target `[...]` with class numbers.
 *
 * @example F.linearCrossEntropy(tensor([[1, 0]]), tensor([[2, 0], [0, 1]]), tensor([0])) // tensor(0.1269)
 */
export function linearCrossEntropy(
  x: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  { linearBias = null, ...options }: LinearCrossEntropyOptions = {},
): Tensor {
  for (const input of [x, linearWeight, target])
    if (!(input instanceof Tensor)) throw notATensor("linearCrossEntropy", input, "tensors")
  const scores = linear(x, linearWeight, linearBias)
  if (scores.ndim < 3) return crossEntropy(scores, target, options)
  // Classes come second, whatever else there is.
  return crossEntropy(scores.movedim(-1, 1), target, options)
}

/**
 * A linear layer and the cross-entropy of its scores, in one module.
 *
 * Shape: input `[..., inFeatures]`, target `[...]` with class numbers from 0 to numClasses - 1.
 *
 * @example new nn.LinearCrossEntropyLoss(4, 10)(zeros([2, 4]), tensor([3, 7])) // tensor(2.3026, gradFn=crossEntropy)
 */
export class LinearCrossEntropyLoss extends Loss {
  readonly linear: Linear
  readonly weight: Tensor | undefined
  readonly ignoreIndex: number
  readonly labelSmoothing: number

  constructor(
    inFeatures: number,
    numClasses: number,
    { bias = false, weight, ignoreIndex = -100, labelSmoothing = 0, ...options }: LinearCrossEntropyLossOptions = {},
  ) {
    super(options)
    this.linear = new Linear(inFeatures, numClasses, { bias })
    this.weight = weight
    this.ignoreIndex = ignoreIndex
    this.labelSmoothing = labelSmoothing
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { linear, reduction, weight, ignoreIndex, labelSmoothing } = this
    const options = { reduction, ignoreIndex, labelSmoothing, ...(weight === undefined ? {} : { weight }) }
    return linearCrossEntropy(x, linear.weight, target, { ...options, linearBias: linear.bias })
  }
}

/** Options of `AdaptiveLogSoftmaxWithLoss`. */
export interface AdaptiveLogSoftmaxOptions {
  /** By how much each further cluster is narrower. Default: 4. */
  divValue?: number
  /** Whether the scores of the head have a bias. Default: false. */
  headBias?: boolean
}

/** What `AdaptiveLogSoftmaxWithLoss` gives: the log-probability of each target, and the mean loss. */
export interface AdaptiveLogSoftmaxOutput {
  readonly output: Tensor
  readonly loss: Tensor
}

/**
 * A softmax over very many classes in clusters: the frequent ones stand in the head, beside one score for each cluster of
 * rarer ones, which are computed only for the targets that are in them and from fewer features.
 *
 * Classes must be numbered by their frequency, 0 the most frequent; `cutoffs` says where each cluster begins.
 *
 * Shape: input `[N, inFeatures]`, target `[N]`; the output is `{ output: [N], loss: [] }`. `logProb(x)` is `[N, classes]`.
 *
 * Errors: cutoffs that do not rise from 1 to classes - 1, targets beyond the classes.
 *
 * Source: Grave et al., "Efficient softmax approximation for GPUs", 2017.
 *
 * @example new nn.AdaptiveLogSoftmaxWithLoss(16, 100, [10, 30])(zeros([2, 16]), tensor([3, 50])).output.shape // [2]
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly cutoffs: readonly number[]
  readonly divValue: number
  readonly head: Linear
  readonly tail: ModuleList<Sequential>

  constructor(
    readonly inFeatures: number,
    readonly nClasses: number,
    cutoffs: readonly number[],
    { divValue = 4, headBias = false }: AdaptiveLogSoftmaxOptions = {},
  ) {
    super()
    checkSize("AdaptiveLogSoftmaxWithLoss", "inFeatures", inFeatures)
    checkSize("AdaptiveLogSoftmaxWithLoss", "nClasses", nClasses)
    const rises = cutoffs.every((cut, i) => Number.isInteger(cut) && cut > (cutoffs[i - 1] ?? 0) && cut < nClasses)
    if (cutoffs.length === 0 || !rises) throw messages.badCutoffs(cutoffs, nClasses)
    this.cutoffs = [...cutoffs, nClasses]
    this.divValue = divValue
    this.head = new Linear(inFeatures, (cutoffs[0] as number) + cutoffs.length, { bias: headBias })
    this.tail = new ModuleList(
      cutoffs.map((cut, i) => {
        const width = Math.floor(inFeatures / divValue ** (i + 1))
        const size = (this.cutoffs[i + 1] as number) - cut
        if (!(width >= 1)) throw messages.narrowCluster(inFeatures, divValue, i + 1)
        return new Sequential(new Linear(inFeatures, width, { bias: false }), new Linear(width, size, { bias: false }))
      }),
    )
  }

  forward(x: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    if (!(x instanceof Tensor)) throw notATensor("AdaptiveLogSoftmaxWithLoss", x, "a tensor")
    if (!(target instanceof Tensor)) throw notATensor("AdaptiveLogSoftmaxWithLoss", target, "a tensor of class numbers")
    if (target.ndim === 0) {
      const { output, loss } = this.forward(x.unsqueeze(0), target.unsqueeze(0))
      return { output: output.squeeze(0), loss }
    }
    this.#check(x)
    if (target.ndim !== 1 || target.size(0) !== x.size(0)) throw messages.adaptiveTarget(x.shape, target.shape)
    const least = target.size(0) === 0 ? 0 : target.min().item()
    const most = target.size(0) === 0 ? 0 : target.max().item()
    if (least < 0 || most >= this.nClasses) throw messages.adaptiveClasses(least, most, this.nClasses)
    const shortlist = this.cutoffs[0] as number
    let places = target
    const found: Tensor[] = []
    const rows: Tensor[] = []
    for (const [i, cut] of this.cutoffs.slice(0, -1).entries()) {
      const inside = target.ge(cut).logicalAnd(target.lt(this.cutoffs[i + 1] as number))
      places = where(inside, shortlist + i, places).to(target.dtype)
      const mine = inside.nonzero().flatten()
      if (mine.count === 0) continue
      const scores = (this.tail.at(i) as Sequential)(indexSelect(x, 0, mine))
      const local = indexSelect(target, 0, mine).sub(cut)
      found.push(gather(logSoftmax(scores, 1), 1, local.unsqueeze(1)).squeeze(1))
      rows.push(mine)
    }
    const head = gather(logSoftmax(this.head(x), 1), 1, places.unsqueeze(1)).squeeze(1)
    const output = found.length === 0 ? head : head.indexAdd(0, cat(rows), cat(found))
    return { output, loss: output.mean().neg() }
  }

  #check(x: Tensor): void {
    if (x.ndim !== 2) throw wrongRank("AdaptiveLogSoftmaxWithLoss", x.shape, "rows of features, [N, inFeatures]")
  }

  /** The log-probabilities of all classes, `[N, nClasses]`. */
  logProb(x: Tensor): Tensor {
    this.#check(x)
    const shortlist = this.cutoffs[0] as number
    const head = logSoftmax(this.head(x), 1)
    const clusters = this.cutoffs.slice(0, -1).map((_, i) => {
      const scores = (this.tail.at(i) as Sequential)(x)
      return logSoftmax(scores, 1).add(head.narrow(1, shortlist + i, 1))
    })
    return cat([head.narrow(1, 0, shortlist), ...clusters], 1)
  }

  /** The most probable class of each row, `[N]`. */
  predict(x: Tensor): Tensor {
    return argmax(this.logProb(x), 1)
  }
}
