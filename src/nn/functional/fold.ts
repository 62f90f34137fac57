import { zeros } from "../../ops/creation.js"
import { pad } from "../../ops/pad.js"
import { indexAdd } from "../../ops/scatter.js"
import { indexSelect } from "../../ops/select.js"
import { type Sizes, sizePair } from "../../ops/window.js"
import { uninitialized } from "../../tensor/allocate.js"
import { notATensor, wrongRank } from "../../tensor/messages.js"
import { Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

/** Options of `fold` and `unfold`: how the blocks stand. */
export interface FoldOptions {
  /** How far apart the elements of a block stand. Default: 1. */
  dilation?: Sizes
  /** How far blocks reach beyond the image on every side. Default: 0. */
  padding?: Sizes
  /** How far a block stands from the next. Default: 1. */
  stride?: Sizes
}

/** Where the elements of all blocks stand in a padded image. */
interface Blocks {
  readonly padding: readonly [number, number]
  /** Height and width of the padded image. */
  readonly padded: readonly [number, number]
  /** Elements of one block. */
  readonly elements: number
  readonly count: number
  /** For each element of a block, then for each block, its place in the flattened image. */
  readonly places: Tensor
}

function blocksOf(
  name: string,
  size: readonly [number, number],
  kernelSize: Sizes,
  { dilation = 1, padding = 0, stride = 1 }: FoldOptions,
): Blocks {
  const kernel = sizePair(name, "kernelSize", kernelSize, 2, 1, 1)
  const apart = sizePair(name, "dilation", dilation, 2, 1, 1)
  const around = sizePair(name, "padding", padding, 2, 0, 0)
  const step = sizePair(name, "stride", stride, 2, 1, 1)
  const padded = [size[0] + 2 * around[0], size[1] + 2 * around[1]] as const
  const along = ([0, 1] as const).map((d) => {
    const reach = apart[d] * (kernel[d] - 1) + 1
    if (reach > padded[d]) throw messages.blockTooLarge(name, kernel, apart, padded)
    return Math.floor((padded[d] - reach) / step[d]) + 1
  }) as [number, number]
  const [elements, count] = [kernel[0] * kernel[1], along[0] * along[1]]
  const places = uninitialized([elements * count], "int32")
  const { data } = places.storage
  let next = 0
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      for (let row = 0; row < along[0]; row++) {
        const start = (row * step[0] + i * apart[0]) * padded[1] + j * apart[1]
        for (let column = 0; column < along[1]; column++) data[next++] = start + column * step[1]
      }
    }
  }
  return { padding: around, padded, elements, count, places }
}

/**
 * The blocks of images as columns (im2col): each column holds the elements under one position of the kernel, channel by
 * channel. A convolution is the product of its weight, flattened, with them.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C · kernel elements, L]` with
 * `L = ∏ (⌊(size + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1)` blocks.
 *
 * Errors: a kernel that is larger than the padded image.
 *
 * @example F.unfold(arange(9).reshape(1, 1, 3, 3), 2).shape // [1, 4, 4]
 */
export function unfold(x: Tensor, kernelSize: Sizes, options: FoldOptions = {}): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("unfold", x, "a tensor")
  if (x.ndim === 3) return unfold(x.unsqueeze(0), kernelSize, options).squeeze(0)
  if (x.ndim !== 4) throw wrongRank("unfold", x.shape, "images, [N, C, H, W] or [C, H, W]")
  const [samples, channels, height, width] = x.shape as readonly [number, number, number, number]
  const { padding, elements, count, places } = blocksOf("unfold", [height, width], kernelSize, options)
  const [down, across] = padding
  const around = down + across === 0 ? x : pad(x, [across, across, down, down])
  return indexSelect(around.flatten(2), 2, places).reshape([samples, channels * elements, count])
}

/**
 * Images from blocks (col2im): the elements of the columns are added where `unfold` would have taken them.
 *
 * Shape: x `[N, C · kernel elements, L]` or without N; the result is `[N, C, ...outputSize]`.
 *
 * Errors: rows that are no multiple of the kernel's elements, another number of columns than the image has blocks.
 *
 * @example F.fold(ones([1, 4, 4]), 3, 2).at(0, 0, 1) // tensor([2., 4., 2.])
 */
export function fold(
  x: Tensor,
  outputSize: readonly [number, number] | number,
  kernelSize: Sizes,
  options: FoldOptions = {},
): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("fold", x, "a tensor")
  if (x.ndim === 2) return fold(x.unsqueeze(0), outputSize, kernelSize, options).squeeze(0)
  if (x.ndim !== 3) throw wrongRank("fold", x.shape, "columns of blocks, [N, C · kernel elements, L]")
  const size = sizePair("fold", "outputSize", outputSize, 2, 1, 1)
  const { padding, padded, elements, count, places } = blocksOf("fold", size, kernelSize, options)
  const [samples, rows, columns] = x.shape as readonly [number, number, number]
  if (rows % elements !== 0) throw messages.notDivisible("fold", x.shape, "rows", rows, elements)
  if (columns !== count) throw messages.blockCount(x.shape, size, count)
  const channels = rows / elements
  const [height, width] = padded
  const all = zeros([samples, channels, height * width], { dtype: x.dtype })
  const image = indexAdd(all, 2, places, x.reshape([samples, channels, elements * count]))
  const whole = image.reshape([samples, channels, height, width])
  return whole.narrow(2, padding[0], size[0]).narrow(3, padding[1], size[1])
}
