import { uninitialized } from "../tensor/allocate.js"
import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { checkSize } from "./linear.js"
import { sequenceSizes } from "./messages.js"
import { Module } from "./module.js"

/** Options of `PositionalEncoding`. */
export interface PositionalEncodingOptions {
  /** The length of the longest sequence. Default: 5000. */
  maxLen?: number
  /** Whether inputs are `[batch, length, dModel]` instead of `[length, batch, dModel]`. Default: false. */
  batchFirst?: boolean
}

/**
 * Adds waves of different length to a sequence, so that attention can tell its places apart. Nothing is learned.
 *
 * Formula: `x + P` with `P[t, 2i] = sin(t / 10000^(2i / dModel))` and `P[t, 2i + 1] = cos(t / 10000^(2i / dModel))`.
 *
 * Shape: input and output `[S, N, dModel]`, `[N, S, dModel]` with `batchFirst`, or `[S, dModel]`.
 *
 * Errors: another last size than `dModel`, and a sequence longer than `maxLen`.
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
 *
 * @example new nn.PositionalEncoding(2)(zeros([2, 2])) // tensor([[0.0000, 1.0000],\n        [0.8415, 0.5403]])
 */
export class PositionalEncoding extends Module {
  readonly maxLen: number
  readonly batchFirst: boolean
  readonly #waves: Tensor // [maxLen, dModel]; hidden, so that it is not saved with the model

  constructor(
    readonly dModel: number,
    { maxLen = 5000, batchFirst = false }: PositionalEncodingOptions = {},
  ) {
    super()
    checkSize("PositionalEncoding", "dModel", dModel)
    checkSize("PositionalEncoding", "maxLen", maxLen)
    this.maxLen = maxLen
    this.batchFirst = batchFirst
    this.#waves = waves(maxLen, dModel)
  }

  forward(x: Tensor): Tensor {
    if (!(x instanceof Tensor)) throw notATensor("PositionalEncoding", x, "a tensor")
    const lengthDim = x.ndim === 3 && this.batchFirst ? 1 : 0
    const length = x.shape[lengthDim] ?? 0
    if ((x.ndim !== 2 && x.ndim !== 3) || x.shape.at(-1) !== this.dModel || length > this.maxLen) {
      throw sequenceSizes(x.shape, this.dModel, this.maxLen, this.batchFirst)
    }
    const places = this.#waves.narrow(0, 0, length).to(x.dtype === "float64" ? "float64" : "float32") // [S, dModel]
    return x.add(x.ndim === 3 && !this.batchFirst ? places.unsqueeze(1) : places)
  }

  override extraRepr(): string {
    return `${this.dModel}, maxLen: ${this.maxLen}`
  }
}

function waves(length: number, size: number): Tensor {
  const out = uninitialized([length, size], "float64")
  const data = out.storage.data
  for (let t = 0; t < length; t++) {
    for (let d = 0; d < size; d++) {
      const angle = t / 10000 ** ((d - (d % 2)) / size)
      data[t * size + d] = d % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }
  }
  return out
}
