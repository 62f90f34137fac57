import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/distance.js"
import { uniform_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

// Layers that compare two inputs.

/**
 * The cosine of the angle between vectors.
 *
 * Shape: both inputs `[..., D, ...]`, D at dimension `dim`; the result has no `dim`.
 *
 * @example new nn.CosineSimilarity()(tensor([[3, 4]]), tensor([[4, 3]])) // tensor([0.9600])
 */
export class CosineSimilarity extends Module {
  readonly dim: number
  readonly eps: number

  constructor({ dim = 1, eps = 1e-8 }: F.CosineSimilarityOptions = {}) {
    super()
    this.dim = dim
    this.eps = eps
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return F.cosineSimilarity(x1, x2, this)
  }
}

/**
 * The distance of vectors: `‖x1 - x2 + eps‖ₚ`.
 *
 * Shape: both inputs `[..., D]`; the result has no last dimension, or one of size 1 with `keepdim`.
 *
 * @example new nn.PairwiseDistance()(tensor([[1, 1]]), tensor([[4, 5]])) // tensor([5.0000])
 */
export class PairwiseDistance extends Module {
  readonly p: number
  readonly eps: number
  readonly keepdim: boolean

  constructor({ p = 2, eps = 1e-6, keepdim = false }: F.PairwiseDistanceOptions = {}) {
    super()
    this.p = p
    this.eps = eps
    this.keepdim = keepdim
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return F.pairwiseDistance(x1, x2, this)
  }
}

/**
 * A product of two inputs with a learned weight between them: `yₖ = x₁ᵀ Wₖ x₂ + bₖ`.
 *
 * Shape: inputs `[..., in1Features]` and `[..., in2Features]`, output `[..., outFeatures]`; `weight` is
 * `[outFeatures, in1Features, in2Features]`.
 *
 * Weight and bias start evenly spread over ±1/√in1Features, with PyTorch's random numbers.
 *
 * @example new nn.Bilinear(3, 4, 2)(zeros([5, 3]), zeros([5, 4])).shape // [5, 2]
 */
export class Bilinear extends Module {
  readonly weight: Parameter
  readonly bias: Parameter | null

  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    { bias = true }: { bias?: boolean } = {},
  ) {
    super()
    checkSize("Bilinear", "in1Features", in1Features)
    checkSize("Bilinear", "in2Features", in2Features)
    checkSize("Bilinear", "outFeatures", outFeatures)
    this.weight = new Parameter(uninitialized([outFeatures, in1Features, in2Features], "float32"))
    this.bias = bias ? new Parameter(uninitialized([outFeatures], "float32")) : null
    this.resetParameters()
  }

  /** Draws weight and bias anew. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features)
    uniform_(this.weight, -bound, bound)
    if (this.bias !== null) uniform_(this.bias, -bound, bound)
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return F.bilinear(x1, x2, this.weight, this.bias)
  }

  override extraRepr(): string {
    return `${this.in1Features}, ${this.in2Features} -> ${this.outFeatures}${this.bias === null ? ", bias: false" : ""}`
  }
}
