import { flatten } from "../ops/shape.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { dropout, embedding, layerNorm } from "./functional.js"
import { normal_, ones_, zeros_ } from "./init.js"
import { checkSize } from "./linear.js"
import { outOfRange } from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/**
 * Drops a random part of its input while training, so that no unit can rely on another; lets all through in `eval()`.
 *
 * Source: Srivastava et al., "Dropout", 2014.
 */
export class Dropout extends Module {
  constructor(readonly p = 0.5) {
    super()
    if (!(p >= 0 && p <= 1)) throw outOfRange("Dropout", "p", p, "must lie between 0 and 1")
  }

  forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training })
  }

  override extraRepr(): string {
    return `p: ${this.p}`
  }
}

/** Makes one dimension of several, all but the first unless told otherwise: `[32, 1, 28, 28]` to `[32, 784]`. */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim)
  }
}

/**
 * A table of vectors that are learned, one for each number.
 *
 * Shape: input `[...]` of whole numbers, output `[..., embeddingDim]`.
 *
 * @example new nn.Embedding(10, 3)(tensor([[1, 2]])).shape // [1, 2, 3]
 */
export class Embedding extends Module {
  readonly weight: Parameter

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
  ) {
    super()
    checkSize("Embedding", "numEmbeddings", numEmbeddings)
    checkSize("Embedding", "embeddingDim", embeddingDim)
    this.weight = new Parameter(uninitialized([numEmbeddings, embeddingDim], "float32"))
    normal_(this.weight)
  }

  forward(input: Tensor): Tensor {
    return embedding(input, this.weight)
  }

  override extraRepr(): string {
    return `${this.numEmbeddings} x ${this.embeddingDim}`
  }
}

/**
 * Brings the last dimensions of each sample to mean 0 and variance 1, then scales and shifts by what is learned.
 *
 * @example new nn.LayerNorm(4)(zeros([2, 4])).shape // [2, 4]
 */
export class LayerNorm extends Module {
  readonly shape: readonly number[]
  readonly eps: number
  readonly weight: Parameter
  readonly bias: Parameter

  constructor(shape: number | readonly number[], { eps = 1e-5 }: { eps?: number } = {}) {
    super()
    this.shape = typeof shape === "number" ? [shape] : shape
    for (const size of this.shape) checkSize("LayerNorm", "shape", size)
    this.eps = eps
    this.weight = new Parameter(uninitialized(this.shape, "float32"))
    this.bias = new Parameter(uninitialized(this.shape, "float32"))
    ones_(this.weight)
    zeros_(this.bias)
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.shape, this)
  }

  override extraRepr(): string {
    return this.shape.join(" x ")
  }
}
