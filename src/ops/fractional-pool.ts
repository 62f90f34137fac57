import { uninitialized } from "../tensor/allocate.js"
import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { max } from "./extremes.js"
import { rand } from "./random.js"
import { gather } from "./select.js"
import { asImages, type Sizes, sizePair } from "./window.js"
import * as messages from "./window-messages.js"

/** Options of `fractionalMaxPool2d`; either `outputSize` or `outputRatio` is given. */
export interface FractionalMaxPoolOptions {
  /** Height and width of the result. */
  outputSize?: Sizes | null
  /** The same as shares of the input's, between 0 and 1. */
  outputRatio?: number | readonly number[] | null
  /** Where windows begin, from 0 to 1, `[N, C, 2]`; drawn unless given. */
  randomSamples?: Tensor | null
  /** Whether the places of the largest are given back as well. Default: false. */
  returnIndices?: boolean
}

/** Where windows of one size begin along a dimension: steps of alternating length, by chance. */
function starts(sample: number, input: number, output: number, size: number): number[] {
  const alpha = output > 1 ? (input - size) / (output - 1) : 0
  return Array.from({ length: output }, (_, i) =>
    i === output - 1 ? input - size : Math.floor((i + sample) * alpha) - Math.floor(sample * alpha),
  )
}

/**
 * The largest of windows whose steps alternate in length by chance, so that images shrink by any factor.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, ...outputSize]`, or `⌊size · outputRatio⌋`. With
 * `returnIndices` the places of the largest, counted through their plane, come second.
 *
 * Errors: both or neither of `outputSize` and `outputRatio`, windows that are larger than the input leaves room for.
 *
 * Source: Graham, "Fractional Max-Pooling", 2014.
 *
 * @example fractionalMaxPool2d(zeros([1, 3, 9, 9]), 2, { outputRatio: 0.7 }).shape // [1, 3, 6, 6]
 */
export function fractionalMaxPool2d(
  x: Tensor,
  kernelSize: Sizes,
  options: FractionalMaxPoolOptions & { returnIndices: true },
): [Tensor, Tensor]
export function fractionalMaxPool2d(
  x: Tensor,
  kernelSize: Sizes,
  options: FractionalMaxPoolOptions & { returnIndices?: false },
): Tensor
export function fractionalMaxPool2d(
  x: Tensor,
  kernelSize: Sizes,
  options: FractionalMaxPoolOptions,
): Tensor | [Tensor, Tensor]
export function fractionalMaxPool2d(
  x: Tensor,
  kernelSize: Sizes,
  { outputSize = null, outputRatio = null, randomSamples = null, returnIndices = false }: FractionalMaxPoolOptions,
): Tensor | [Tensor, Tensor] {
  const name = "fractionalMaxPool2d"
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  const kernel = sizePair(name, "kernelSize", kernelSize, 2, 1, 1)
  const [y, indices] = asImages(name, x, 2, (images) => {
    const [samples, channels, height, width] = images.shape as readonly [number, number, number, number]
    const size = resultSize(name, [height, width], outputSize, outputRatio)
    if (size.some((count, d) => count + (kernel[d] as number) - 1 > ([height, width][d] as number)))
      throw messages.fractionalSize(images.shape, size, kernel)
    const chance = randomSamples ?? rand([samples, channels, 2], { dtype: x.dtype as "float32" | "float64" })
    if (chance.shape.join() !== [samples, channels, 2].join())
      throw messages.fractionalSamples(chance.shape, images.shape)
    const places = windowPlaces(chance, [height, width], size, kernel)
    const elements = gather(images.flatten(2), 2, places.flatten(2)).reshape(places.shape) // [N, C, M, kernel elements]
    const { values, indices: which } = max(elements, 3)
    const found = gather(places, 3, which.unsqueeze(3)).squeeze(3)
    const shape = [samples, channels, ...size]
    return [values.reshape(shape), found.reshape(shape)]
  }) as [Tensor, Tensor]
  return returnIndices ? [y, indices] : y
}

function resultSize(
  name: string,
  from: readonly [number, number],
  outputSize: Sizes | null,
  outputRatio: number | readonly number[] | null,
): readonly [number, number] {
  if ((outputSize === null) === (outputRatio === null)) throw messages.sizeOrRatio(outputSize, outputRatio)
  if (outputSize !== null) return sizePair(name, "outputSize", outputSize, 2, 1, 1)
  const ratios = typeof outputRatio === "number" ? [outputRatio, outputRatio] : (outputRatio as readonly number[])
  if (ratios.length !== 2 || !ratios.every((ratio) => ratio > 0 && ratio < 1)) throw messages.badRatio(outputRatio)
  return sizePair(
    name,
    "outputSize",
    [Math.floor(from[0] * (ratios[0] as number)), Math.floor(from[1] * (ratios[1] as number))],
    2,
    1,
    1,
  )
}

/** The places of the elements of each window, in each plane: `[N, C, windows, kernel elements]`. */
function windowPlaces(
  chance: Tensor,
  [height, width]: readonly [number, number],
  size: readonly [number, number],
  kernel: readonly [number, number],
): Tensor {
  const [samples, channels] = chance.shape as readonly [number, number, number]
  const places = uninitialized([samples, channels, size[0] * size[1], kernel[0] * kernel[1]], "int32")
  const { data } = places.storage
  const draws = chance.detach().contiguous().toTypedArray()
  let next = 0
  for (let plane = 0; plane < samples * channels; plane++) {
    const columns = starts(Number(draws[2 * plane]), width, size[1], kernel[1])
    const rows = starts(Number(draws[2 * plane + 1]), height, size[0], kernel[0])
    for (const row of rows) {
      for (const column of columns) {
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) data[next++] = (row + i) * width + column + j
        }
      }
    }
  }
  return places
}
