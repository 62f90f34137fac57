import * as ops from "../ops/index.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/activation.js"
import { constant_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Parameter } from "./parameter.js"
import { ShapeKeeping } from "./shape-keeping.js"

// Activations with a kink, as modules: rectifiers, and what is made of straight lines. The smooth ones stand in activations.ts.

/**
 * The rectifier: `max(x, 0)`.
 *
 * Source: Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010.
 *
 * @example new nn.ReLU()(tensor([-1, 2])) // tensor([0., 2.])
 */
export class ReLU extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return ops.relu(x)
  }
}

/**
 * A rectifier that ends at 6: `min(max(x, 0), 6)`.
 *
 * @example new nn.ReLU6()(tensor([-1, 8])) // tensor([0., 6.])
 */
export class ReLU6 extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.relu6(x)
  }
}

/**
 * A rectifier that lets a little through below 0: `x` above, `negativeSlope · x` below.
 *
 * Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
 *
 * @example new nn.LeakyReLU(0.1)(tensor([-1, 2])) // tensor([-0.1000,  2.0000])
 */
export class LeakyReLU extends ShapeKeeping {
  constructor(readonly negativeSlope = 0.01) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.leakyRelu(x, this.negativeSlope)
  }

  override extraRepr(): string {
    return String(this.negativeSlope)
  }
}

/** Options of `PReLU`. */
export interface PReLUOptions {
  /** How many slopes are learned: 1, or the number of channels. Default: 1. */
  numParameters?: number
  /** What the slopes start from. Default: 0.25. */
  init?: number
}

/**
 * A rectifier whose slope below 0 is learned: `x` above 0, `weight · x` below.
 *
 * Shape: any; with several parameters `[N, C, …]`. `weight` is `[numParameters]`.
 *
 * Source: He et al., "Delving Deep into Rectifiers", 2015.
 *
 * @example new nn.PReLU()(tensor([-2, 3])).tolist() // [-0.5, 3]
 */
export class PReLU extends ShapeKeeping {
  readonly weight: Parameter
  readonly numParameters: number
  readonly init: number

  constructor({ numParameters = 1, init = 0.25 }: PReLUOptions = {}) {
    super()
    checkSize("PReLU", "numParameters", numParameters)
    this.numParameters = numParameters
    this.init = init
    this.weight = new Parameter(uninitialized([numParameters], "float32"))
    this.resetParameters()
  }

  /** Sets the slopes back to where they started. */
  resetParameters(): void {
    constant_(this.weight, this.init)
  }

  forward(x: Tensor): Tensor {
    return F.prelu(x, this.weight)
  }

  override extraRepr(): string {
    return `${this.numParameters}`
  }
}

/**
 * A leaky rectifier whose slope below 0 is drawn anew for each element while training.
 *
 * Source: Xu et al., "Empirical Evaluation of Rectified Activations in Convolution Network", 2015.
 *
 * @example new nn.RReLU({ lower: 0.2, upper: 0.3 }).eval()(tensor([-2, 3])) // tensor([-0.5000,  3.0000])
 */
export class RReLU extends ShapeKeeping {
  readonly lower: number
  readonly upper: number

  constructor({ lower = 1 / 8, upper = 1 / 3 }: Pick<F.RReLUOptions, "lower" | "upper"> = {}) {
    super()
    this.lower = lower
    this.upper = upper
  }

  forward(x: Tensor): Tensor {
    return F.rrelu(x, this)
  }

  override extraRepr(): string {
    return `${this.lower}, ${this.upper}`
  }
}

/**
 * The exponential linear unit: `x` above 0, `alpha · (eˣ - 1)` below.
 *
 * Source: Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by ELUs", 2015.
 *
 * @example new nn.ELU()(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export class ELU extends ShapeKeeping {
  constructor(readonly alpha = 1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.elu(x, this.alpha)
  }

  override extraRepr(): string {
    return this.alpha === 1 ? "" : String(this.alpha)
  }
}

/**
 * The scaled exponential linear unit, which keeps mean 0 and variance 1 from layer to layer.
 *
 * Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example new nn.SELU()(tensor([-1, 2])) // tensor([-1.1113,  2.1014])
 */
export class SELU extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.selu(x)
  }
}

/**
 * An exponential linear unit without a kink, whatever its alpha.
 *
 * Source: Barron, "Continuously Differentiable Exponential Linear Units", 2017.
 *
 * @example new nn.CELU()(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export class CELU extends ShapeKeeping {
  constructor(readonly alpha = 1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.celu(x, this.alpha)
  }

  override extraRepr(): string {
    return String(this.alpha)
  }
}

/**
 * A step: `x` where it is above `threshold`, else `value`.
 *
 * @example new nn.Threshold(1, 20)(tensor([0.5, 2])) // tensor([20.,  2.])
 */
export class Threshold extends ShapeKeeping {
  constructor(
    readonly threshold: number,
    readonly value: number,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.threshold(x, this.threshold, this.value)
  }

  override extraRepr(): string {
    return `${this.threshold}, ${this.value}`
  }
}

/**
 * A straight line cut off at both ends: `min(max(x, minVal), maxVal)`.
 *
 * @example new nn.Hardtanh()(tensor([-2, 0.5, 2])) // tensor([-1.0000,  0.5000,  1.0000])
 */
export class Hardtanh extends ShapeKeeping {
  readonly minVal: number
  readonly maxVal: number

  constructor({ minVal = -1, maxVal = 1 }: F.HardtanhOptions = {}) {
    super()
    this.minVal = minVal
    this.maxVal = maxVal
  }

  forward(x: Tensor): Tensor {
    return F.hardtanh(x, this)
  }

  override extraRepr(): string {
    return `${this.minVal}, ${this.maxVal}`
  }
}

/**
 * A sigmoid of straight lines: `min(max(x + 3, 0), 6) / 6`.
 *
 * @example new nn.Hardsigmoid()(tensor([-4, 0, 3])) // tensor([0.0000, 0.5000, 1.0000])
 */
export class Hardsigmoid extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.hardsigmoid(x)
  }
}

/**
 * The input times its hard sigmoid.
 *
 * Source: Howard et al., "Searching for MobileNetV3", 2019.
 *
 * @example new nn.Hardswish()(tensor([-4, 1, 3])) // tensor([0.0000, 0.6667, 3.0000])
 */
export class Hardswish extends ShapeKeeping {
  forward(x: Tensor): Tensor {
    return F.hardswish(x)
  }
}

/**
 * 0 near 0, and the input elsewhere.
 *
 * @example new nn.Hardshrink()(tensor([-1, 0.3, 2])) // tensor([-1.,  0.,  2.])
 */
export class Hardshrink extends ShapeKeeping {
  constructor(readonly lambd = 0.5) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.hardshrink(x, this.lambd)
  }

  override extraRepr(): string {
    return String(this.lambd)
  }
}

/**
 * Draws the input towards 0 by `lambd`.
 *
 * @example new nn.Softshrink()(tensor([-1, 0.3, 2])) // tensor([-0.5000,  0.0000,  1.5000])
 */
export class Softshrink extends ShapeKeeping {
  constructor(readonly lambd = 0.5) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.softshrink(x, this.lambd)
  }

  override extraRepr(): string {
    return String(this.lambd)
  }
}
