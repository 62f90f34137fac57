import * as ops from "../ops/index.js"
import type { Tensor } from "../tensor/tensor.js"
import { Module } from "./module.js"

// Activations as modules, for Sequential and for model tables. Each is one function of src/ops/activation.ts.

/** Gives back what it gets. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x
  }
}

/** The rectifier: `max(x, 0)`. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.relu(x)
  }
}

/** A rectifier that lets a little through below 0: `x` above, `negativeSlope · x` below. */
export class LeakyReLU extends Module {
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

/** The exponential linear unit: `x` above 0, `alpha · (eˣ - 1)` below. */
export class ELU extends Module {
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

/** The logistic function: `1 / (1 + e⁻ˣ)`. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return ops.sigmoid(x)
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return ops.tanh(x)
  }
}

/** The sigmoid linear unit: `x · sigmoid(x)`. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.silu(x)
  }
}

/** The Gaussian error linear unit: `x · Φ(x)`. */
export class GELU extends Module {
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

/** A smooth rectifier: `log(1 + eˣ)`. */
export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return ops.softplus(x)
  }
}

/** Shares that add up to 1 along a dimension, the last unless another is given. */
export class Softmax extends Module {
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

/** The logarithm of softmax along a dimension, the last unless another is given. */
export class LogSoftmax extends Module {
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
