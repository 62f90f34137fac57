import { wrongDType } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./window-messages.js"

/** One number for every dimension that a window slides over, or one for each. */
export type Sizes = number | readonly number[]

/**
 * An option of a window as one number for each of the last two dimensions. Sequences are images of one row: their option
 * stands for the columns, and `neutral` for the rows.
 */
export function sizePair(
  name: string,
  option: string,
  value: Sizes,
  spatial: 1 | 2,
  least: number,
  neutral: number,
): readonly [number, number] {
  const list = typeof value === "number" ? new Array<number>(spatial).fill(value) : value
  const fits =
    Array.isArray(list) && list.length === spatial && list.every((size) => Number.isInteger(size) && size >= least)
  if (!fits) throw messages.windowOption(name, option, value, spatial, least)
  return spatial === 1 ? [neutral, list[0] as number] : [list[0] as number, list[1] as number]
}

/** The sizes of the dimensions that a window slides over, without the row that a sequence was given. */
export function withoutRow(sizes: readonly number[], spatial: 1 | 2): readonly number[] {
  return spatial === 1 ? sizes.slice(1) : sizes
}

/**
 * Runs an operation on `[N, C, H, W]` for an input that may lack the batch, and for sequences `[N, C, L]`, which count as
 * images of one row.
 */
export function asImages<T extends Tensor | Tensor[]>(
  name: string,
  x: Tensor,
  spatial: 1 | 2,
  run: (images: Tensor) => T,
): T {
  const rank = x.shape.length
  if (rank !== spatial + 2 && rank !== spatial + 1) throw messages.windowRank(name, x.shape, spatial)
  if (!isFloatingPoint(x.dtype)) throw wrongDType(name, x, "fractions", "convert first: x.float().")
  let images = rank === spatial + 1 ? x.unsqueeze(0) : x
  if (spatial === 1) images = images.unsqueeze(2)
  const back = (y: Tensor) => {
    const rows = spatial === 1 ? y.squeeze(2) : y
    return rank === spatial + 1 ? rows.squeeze(0) : rows
  }
  const out = run(images)
  return (Array.isArray(out) ? out.map(back) : back(out)) as T
}
