import { linear } from "../ops/matmul.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { kaimingUniform_, uniform_ } from "./init.js"
import { badSize } from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** Options of `Linear`. */
export interface LinearOptions {
  /** Whether a bias is added. Default: true. */
  bias?: boolean
  /** Default: `"float32"`. */
  dtype?: "float32" | "float64"
}

/**
 * A layer that weighs and adds up its inputs: `y = x Wᵀ + b`.
 *
 * Shape: input `[..., inFeatures]`, output `[..., outFeatures]`; `weight` is `[outFeatures, inFeatures]`.
 *
 * The type knows the sizes, `Linear<10, 64>`, so that `nn.Sequential` can tell in the editor that two layers do not fit.
 *
 * Weight and bias start evenly spread over ±1/√inFeatures, with PyTorch's random numbers.
 *
 * @example new nn.Linear(10, 64)(zeros([32, 10])).shape // [32, 64]
 */
export class Linear<In extends number = number, Out extends number = number> extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Parameter
  readonly bias: Parameter | null

  constructor(inFeatures: In, outFeatures: Out, { bias = true, dtype = "float32" }: LinearOptions = {}) {
    super()
    checkSize("Linear", "inFeatures", inFeatures)
    checkSize("Linear", "outFeatures", outFeatures)
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weight = new Parameter(uninitialized([outFeatures, inFeatures], dtype))
    this.bias = bias ? new Parameter(uninitialized([outFeatures], dtype)) : null
    this.resetParameters()
  }

  /** Draws weight and bias anew. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) }) // ±1/√inFeatures, written as PyTorch does
    if (this.bias === null) return
    const bound = 1 / Math.sqrt(this.inFeatures)
    uniform_(this.bias, -bound, bound)
  }

  /** `x Wᵀ + b`. */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }

  override extraRepr(): string {
    return `${this.inFeatures} -> ${this.outFeatures}${this.bias === null ? ", bias: false" : ""}`
  }
}

/** Refuses sizes of layers that are none. */
export function checkSize(layer: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw badSize(layer, name, value)
}
