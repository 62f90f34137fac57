import { noGrad } from "../autograd/mode.js"
import { uninitialized } from "../tensor/allocate.js"
import { badNumber, notATensor, wrongRank } from "../tensor/messages.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import { Tensor } from "../tensor/tensor.js"
import { checkSize } from "./linear.js"
import { perceptronLabels, perceptronSamples } from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** Options of `Perceptron`. */
export interface PerceptronOptions {
  /** How far a correction goes. Default: 1. */
  lr?: number
  /** What the two classes are called. Default: `[0, 1]`; the other usual names are `[-1, 1]`. */
  labels?: readonly [number, number]
}

/** Options of `fit`. */
export interface PerceptronFitOptions {
  /** How often it goes through the samples at most. Default: 100. */
  epochs?: number
  /** Whether the samples come in another random order each time. Default: false. */
  shuffle?: boolean
  /** Where the random order comes from. */
  generator?: Generator
}

/** How `fit` went. */
export interface PerceptronFit {
  /** How many samples were corrected in each epoch. */
  readonly mistakes: readonly number[]
  /** Whether the last epoch was without a mistake: the classes are parted. */
  readonly converged: boolean
}

/** Where a perceptron changes its mind. */
export interface PerceptronBoundary {
  /** The boundary is where `weight · x + bias = 0`. */
  readonly weight: readonly number[]
  readonly bias: number
  /** Of two features: the second as a function of the first, or null where the boundary is upright or there is none. */
  readonly line: ((x1: number) => number) | null
}

/**
 * The classic perceptron: a straight boundary, corrected by each sample that stands on the wrong side.
 *
 * Formula: the prediction is 1 where `w · x + b > 0`, else 0. For each sample that is wrong,
 * `w ← w + lr · (t - y) · x` and `b ← b + lr · (t - y)`. It ends if a straight line parts the classes; XOR never does.
 *
 * Shape: input `[N, inFeatures]` or `[inFeatures]`; the result is `[N]` or `[]`, with the labels as numbers.
 *
 * Weight and bias start as 0 and are learned by `fit`, not by gradients.
 *
 * Errors: samples and targets that do not fit, and targets that are no labels.
 *
 * Source: Rosenblatt, "The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain", 1958.
 *
 * @example const p = new nn.Perceptron(2); const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]); p.fit(x, tensor([0, 0, 0, 1])); p(x) // tensor([0., 0., 0., 1.])
 */
export class Perceptron extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly lr: number
  readonly labels: readonly [number, number]

  constructor(
    readonly inFeatures: number,
    { lr = 1, labels = [0, 1] }: PerceptronOptions = {},
  ) {
    super()
    checkSize("Perceptron", "inFeatures", inFeatures)
    if (!(lr > 0)) throw badNumber("Perceptron", "lr", lr, "above 0")
    if (!Array.isArray(labels) || labels.length !== 2 || labels[0] === labels[1])
      throw badNumber("Perceptron", "labels", labels, "two different numbers")
    this.lr = lr
    this.labels = labels
    this.weight = new Parameter(uninitialized([inFeatures], "float32").fill_(0), { requiresGrad: false })
    this.bias = new Parameter(uninitialized([], "float32").fill_(0), { requiresGrad: false })
  }

  /** `w · x + b`: how far on the side of the second label each sample stands. */
  score(x: Tensor): Tensor {
    this.#checkInput(x)
    return noGrad(() => x.to(this.weight.dtype).matmul(this.weight).add(this.bias))
  }

  /** The label of each sample. */
  forward(x: Tensor): Tensor {
    const [low, high] = this.labels
    return this.score(x)
      .gt(0)
      .to(this.weight.dtype)
      .mul(high - low)
      .add(low)
  }

  /**
   * Corrects the boundary by one sample; says whether it was wrong.
   *
   * @example new nn.Perceptron(2).update(tensor([1, 2]), 1) // true
   */
  update(x: Tensor, target: number): boolean {
    this.#checkInput(x)
    if (x.ndim !== 1) throw wrongRank("Perceptron.update", x.shape, "one sample")
    return this.#correct(x.to(this.weight.dtype), this.#side(target))
  }

  /** Goes through the samples, correcting, until an epoch is without a mistake. */
  fit(
    x: Tensor,
    targets: Tensor,
    { epochs = 100, shuffle = false, generator = defaultGenerator }: PerceptronFitOptions = {},
  ): PerceptronFit {
    this.#checkInput(x)
    checkSize("Perceptron.fit", "epochs", epochs)
    if (!(targets instanceof Tensor)) throw notATensor("Perceptron.fit", targets, "a tensor of labels")
    if (x.ndim !== 2 || targets.count !== x.size(0)) throw perceptronSamples(x.shape, targets.shape, this.inFeatures)
    const sides = Array.from(targets.toTypedArray(), (target) => this.#side(target))
    const samples = x.detach().to(this.weight.dtype)
    const order = Int32Array.from(sides.keys())
    const mistakes: number[] = []
    do {
      if (shuffle) generator.permutation(order)
      let wrong = 0
      for (const i of order) if (this.#correct(samples.select(0, i), sides[i] as number)) wrong++
      mistakes.push(wrong)
    } while (mistakes.at(-1) !== 0 && mistakes.length < epochs)
    return { mistakes, converged: mistakes.at(-1) === 0 }
  }

  /**
   * Where the predictions change: the weights and the bias, and for two features the line itself.
   *
   * @example const p = new nn.Perceptron(2); p.fit(tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), tensor([0, 0, 0, 1])); p.boundary().line(0) // 2
   */
  boundary(): PerceptronBoundary {
    const weight = Array.from(this.weight.toTypedArray())
    const bias = this.bias.item()
    const [w1 = 0, w2 = 0] = weight
    const line = weight.length === 2 && w2 !== 0 ? (x1: number) => -(w1 * x1 + bias) / w2 : null
    return { weight, bias, line }
  }

  /** Moves the boundary if a sample of a side (1 or -1) is on the other. */
  #correct(x: Tensor, side: number): boolean {
    return noGrad(() => {
      const found = x.dot(this.weight).item() + this.bias.item() > 0 ? 1 : -1
      if (found === side) return false
      this.weight.add_(x.mul(this.lr * side))
      this.bias.add_(this.lr * side)
      return true
    })
  }

  /** 1 for the second label, -1 for the first. */
  #side(target: number): number {
    const at = this.labels.indexOf(target)
    if (at === -1) throw perceptronLabels(target, this.labels)
    return at === 1 ? 1 : -1
  }

  #checkInput(x: Tensor): void {
    if (!(x instanceof Tensor)) throw notATensor("Perceptron", x, "a tensor")
    if ((x.ndim !== 1 && x.ndim !== 2) || x.size(-1) !== this.inFeatures)
      throw perceptronSamples(x.shape, null, this.inFeatures)
  }

  override extraRepr(): string {
    return `${this.inFeatures}, labels: ${this.labels.join(" and ")}`
  }
}
