import * as ops from "../ops/index.js"
import { wrongRank } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/activation.js"
import { Module } from "./module.js"
import { ShapeKeeping } from "./shape-keeping.js"

// Smooth activations as modules, for Sequential and for model tables. Those with a kink stand in rectifiers.ts.

/** Gives back what it gets, whatever arguments it is made with. */
export class Identity extends ShapeKeeping {
  constructor(..._arguments: unknown[]) {
    super()
  }

  forward(x: Tensor): Tensor {
    return x
  }
}

/**
 * The logistic function: `1 / (1 + e⁻ˣ)`.
 *
 * @example new nn.Sigmoid()(tensor([0, 2])) // tensor([0.5000, 0.8808])
 */
export class Sigmoid extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return ops.sigmoid(x)
  }
}

/**
 * The logarithm of the sigmoid.
 *
 * @example new nn.LogSigmoid()(tensor([0])) // tensor([-0.6931])
 */
export class LogSigmoid extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.logSigmoid(x)
  }
}

/**
 * The hyperbolic tangent.
 *
 * @example new nn.Tanh()(tensor([0, 1])) // tensor([0.0000, 0.7616])
 */
export class Tanh extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return ops.tanh(x)
  }
}

/**
 * What the hyperbolic tangent takes away: `x - tanh(x)`.
 *
 * @example new nn.Tanhshrink()(tensor([0, 1])) // tensor([0.0000, 0.2384])
 */
export class Tanhshrink extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.tanhshrink(x)
  }
}

/**
 * A sigmoid that nears its ends slowly: `x / (1 + |x|)`.
 *
 * @example new nn.Softsign()(tensor([-1, 3])) // tensor([-0.5000,  0.7500])
 */
export class Softsign extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.softsign(x)
  }
}

/**
 * The sigmoid linear unit: `x · sigmoid(x)`.
 *
 * Source: Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units", 2017.
 *
 * @example new nn.SiLU()(tensor([0, 1])) // tensor([0.0000, 0.7311])
 */
export class SiLU extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return ops.silu(x)
  }
}

/**
 * A smooth unit without an upper end: `x · tanh(softplus(x))`.
 *
 * Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
 *
 * @example new nn.Mish()(tensor([-1, 2])) // tensor([-0.3034,  1.9440])
 */
export class Mish extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.mish(x)
  }
}

/**
 * The Gaussian error linear unit: `x · Φ(x)`.
 *
 * Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
 *
 * @example new nn.GELU()(tensor([-1, 1])) // tensor([-0.1587,  0.8413])
 */
export class GELU extends ShapeKeeping {
  readonly approximate: "none" | "tanh"

  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super()
    this.approximate = approximate
  }

  forward(x: Tensor): Tensor {
    return ops.gelu(x, { approximate: this.approximate })
  }

  override extraRepr(): string {
    return this.approximate === "none" ? "" : `approximate: ${this.approximate}`
  }
}

/**
 * A smooth rectifier: `log(1 + e^(beta · x)) / beta`; a straight line where `beta · x` is above `threshold`.
 *
 * @example new nn.Softplus()(tensor([0, 1])) // tensor([0.6931, 1.3133])
 */
export class Softplus extends ShapeKeeping {
  readonly beta: number
  readonly threshold: number

  constructor({ beta = 1, threshold = 20 }: ops.SoftplusOptions = {}) {
    super()
    this.beta = beta
    this.threshold = threshold
  }

  forward(x: Tensor): Tensor {
    return ops.softplus(x, this)
  }

  override extraRepr(): string {
    return this.beta === 1 && this.threshold === 20 ? "" : `beta: ${this.beta}, threshold: ${this.threshold}`
  }
}

/**
 * The gated linear unit: halves the input along a dimension into a and b, and gives `a · sigmoid(b)`.
 *
 * Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2016.
 *
 * @example new nn.GLU()(tensor([1, 2, 0, 0])) // tensor([0.5000, 1.0000])
 */
export class GLU extends Module {
  constructor(readonly dim = -1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.glu(x, this.dim)
  }

  override extraRepr(): string {
    return `dim: ${this.dim}`
  }
}

/**
 * Shares that add up to 1 along a dimension, the last unless another is given.
 *
 * @example new nn.Softmax()(tensor([0, 0, 1])) // tensor([0.2119, 0.2119, 0.5761])
 */
export class Softmax extends ShapeKeeping {
  constructor(readonly dim = -1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.softmax(x, this.dim)
  }

  override extraRepr(): string {
    return `dim: ${this.dim}`
  }
}

/**
 * Softmax of the negative: the smallest gets the largest share.
 *
 * @example new nn.Softmin()(tensor([0, 1])) // tensor([0.7311, 0.2689])
 */
export class Softmin extends ShapeKeeping {
  constructor(readonly dim = -1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.softmin(x, this.dim)
  }

  override extraRepr(): string {
    return `dim: ${this.dim}`
  }
}

/**
 * The logarithm of softmax along a dimension, the last unless another is given.
 *
 * @example new nn.LogSoftmax()(tensor([0, 0, 1])) // tensor([-1.5514, -1.5514, -0.5514])
 */
export class LogSoftmax extends ShapeKeeping {
  constructor(readonly dim = -1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.logSoftmax(x, this.dim)
  }

  override extraRepr(): string {
    return `dim: ${this.dim}`
  }
}

/**
 * Softmax over the channels of each place of an image.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike.
 *
 * @example new nn.Softmax2d()(zeros([1, 2, 1, 1])).flatten() // tensor([0.5000, 0.5000])
 */
export class Softmax2d extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    if (x.ndim !== 3 && x.ndim !== 4) throw wrongRank("Softmax2d", x.shape, "[N, C, H, W] or [C, H, W]")
    return ops.softmax(x, -3)
  }
}
