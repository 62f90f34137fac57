import { tensor } from "../ops/creation.js"
import { reshape } from "../ops/shape.js"
import { uninitialized } from "../tensor/allocate.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import type { BatchedDataset } from "./dataset.js"
import { badArgument, noSuchSample } from "./messages.js"

/**
 * Windows that slide over a time series: x are `length` steps, y the `horizon` steps that follow. This is what a recurrent
 * network learns to forecast from.
 *
 * Shape: of a series `[steps, features]`, or `[steps]` for one feature, x `[length, features]` and y `[horizon, features]`;
 * in batches with the batch in front.
 *
 * Errors: a series that is shorter than `length + horizon`.
 *
 * @example new SeriesWindows([1, 2, 3, 4, 5], { length: 3 }).at(1)[1].tolist() // [[5]]
 */
export class SeriesWindows implements BatchedDataset<readonly [x: Tensor, y: Tensor], readonly [x: Tensor, y: Tensor]> {
  readonly length: number
  readonly windowLength: number
  readonly horizon: number
  readonly stride: number
  readonly #series: Tensor // [steps, features]

  constructor(
    series: Tensor | readonly number[] | Float32Array | Float64Array,
    { length, horizon = 1, stride = 1 }: { length: number; horizon?: number; stride?: number },
  ) {
    for (const [name, value] of Object.entries({ length, horizon, stride }))
      if (!Number.isInteger(value) || value < 1)
        throw badArgument("SeriesWindows", name, value, "It is a whole number of at least 1.")
    const steps = isTensor(series) ? series : tensor(Float32Array.from(series))
    if (steps.ndim !== 1 && steps.ndim !== 2)
      throw badArgument("SeriesWindows", "series", steps.shape, "A series is [steps] or [steps, features].")
    this.#series = (steps.ndim === 1 ? reshape(steps, [-1, 1]) : steps).detach().contiguous()
    const count = this.#series.shape[0] as number
    if (count < length + horizon)
      throw badArgument(
        "SeriesWindows",
        "length",
        length,
        `The series has ${count} steps; a window and what follows it need ${length + horizon}.`,
      )
    this.windowLength = length
    this.horizon = horizon
    this.stride = stride
    this.length = Math.floor((count - length - horizon) / stride) + 1
  }

  at(index: number): readonly [x: Tensor, y: Tensor] {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) throw noSuchSample("at", index, this.length)
    const start = index * this.stride
    return [
      this.#series.narrow(0, start, this.windowLength),
      this.#series.narrow(0, start + this.windowLength, this.horizon),
    ]
  }

  batch(indices: Tensor): readonly [x: Tensor, y: Tensor] {
    return [this.#gather(indices, 0, this.windowLength), this.#gather(indices, this.windowLength, this.horizon)]
  }

  #gather(indices: Tensor, from: number, steps: number): Tensor {
    const numbers = indices.toTypedArray()
    const features = this.#series.shape[1] as number
    const out = uninitialized([numbers.length, steps, features], this.#series.dtype)
    const { data } = this.#series.storage
    for (let i = 0; i < numbers.length; i++) {
      const start = this.#series.offset + ((numbers[i] as number) * this.stride + from) * features
      out.storage.data.set(data.subarray(start, start + steps * features), i * steps * features)
    }
    return out
  }
}
