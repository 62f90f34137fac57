import { tensor } from "../ops/creation.js"
import { interpolate } from "../ops/interpolate.js"
import type { Tensor } from "../tensor/tensor.js"
import { badSetting, notAPicture } from "./messages.js"

/** How pixels come about between pixels. */
export type Interpolation = "bilinear" | "nearest"

/** Options of `resize`. */
export interface ResizeOptions {
  /** Default: `"bilinear"`. */
  mode?: Interpolation
  /** Whether a picture that gets smaller is smoothed, so that no pixel is passed over. Default: true. */
  antialias?: boolean
}

/**
 * A picture in another size: bilinear, with the pixels' centres where they were.
 *
 * A picture that gets smaller is smoothed: each row and each column of the result is a mean of some of the picture's, so
 * this is two products of matrices, `R · x · Cᵀ`. Otherwise it is `F.interpolate`. Gradients flow through both.
 *
 * @param size `[height, width]`, or the length of the shorter side
 */
export function resize(x: Tensor, size: number | readonly [number, number], options: ResizeOptions = {}): Tensor {
  const { mode = "bilinear", antialias = true } = options
  if (x.ndim < 2) throw notAPicture("resize", x.shape)
  const [height, width] = x.shape.slice(-2) as [number, number]
  const [newHeight, newWidth] = typeof size === "number" ? withShorterSide(height, width, size) : size
  for (const value of [newHeight, newWidth])
    if (!Number.isInteger(value) || value < 1)
      throw badSetting("resize", "size", size, "It is a whole number of pixels, or [height, width].")
  if (mode !== "bilinear" && mode !== "nearest")
    throw badSetting("resize", "mode", mode, 'It is "bilinear" or "nearest".')
  const isSmaller = newHeight < height || newWidth < width
  if (mode === "bilinear" && antialias && isSmaller)
    return means(height, newHeight).matmul(x).matmul(means(width, newWidth).mT())
  const planes = x.reshape([1, -1, height, width])
  return interpolate(planes, { size: [newHeight, newWidth], mode }).reshape([
    ...x.shape.slice(0, -2),
    newHeight,
    newWidth,
  ])
}

/** The size of a picture whose shorter side has a length, in the same proportion. */
function withShorterSide(height: number, width: number, side: number): [number, number] {
  return height <= width ? [side, Math.trunc((side * width) / height)] : [Math.trunc((side * height) / width), side]
}

/**
 * The weights with which `from` pixels in a row become `to`, `[to, from]`: a triangle around each new pixel's centre, as wide
 * as a pixel of the coarser of both rows.
 */
function means(from: number, to: number): Tensor {
  const scale = from / to
  const reach = Math.max(1, scale)
  const weights = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5
    const row = Array.from({ length: from }, (_, j) => Math.max(0, 1 - Math.abs(j - centre) / reach))
    const total = row.reduce((sum, weight) => sum + weight, 0)
    return row.map((weight) => weight / total)
  })
  return tensor(weights)
}
