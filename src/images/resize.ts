import { arange, tensor } from "../ops/creation.js"
import { indexSelect } from "../ops/select.js"
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
 * Each row and each column of the result is a mean of some of the picture's, so this is two products of matrices,
 * `R · x · Cᵀ`, through which gradients flow.
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
  if (mode === "nearest") {
    const rows = indexSelect(x, x.ndim - 2, nearestPlaces(height, newHeight))
    return indexSelect(rows, x.ndim - 1, nearestPlaces(width, newWidth))
  }
  if (mode !== "bilinear") throw badSetting("resize", "mode", mode, 'It is "bilinear" or "nearest".')
  const rows = means(height, newHeight, antialias) // [newHeight, height]
  const columns = means(width, newWidth, antialias) // [newWidth, width]
  return rows.matmul(x).matmul(columns.mT())
}

/** The size of a picture whose shorter side has a length, in the same proportion. */
function withShorterSide(height: number, width: number, side: number): [number, number] {
  return height <= width ? [side, Math.trunc((side * width) / height)] : [Math.trunc((side * height) / width), side]
}

function nearestPlaces(from: number, to: number): Tensor {
  return arange(to)
    .mul(from / to)
    .floor()
    .clamp(0, from - 1)
    .to("int32")
}

/**
 * The weights with which `from` pixels in a row become `to`: a triangle around each new pixel's centre, as wide as a pixel
 * of the coarser of both rows.
 */
function means(from: number, to: number, antialias: boolean): Tensor {
  const scale = from / to
  const reach = antialias ? Math.max(1, scale) : 1
  const weights = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5
    if (!antialias || scale <= 1) return between(centre, from)
    const row = Array.from({ length: from }, (_, j) => Math.max(0, 1 - Math.abs(j - centre) / reach))
    const total = row.reduce((sum, weight) => sum + weight, 0)
    return row.map((weight) => weight / total)
  })
  return tensor(weights)
}

/** The shares of the two pixels that a place lies between; at the edge it is the last pixel's. */
function between(place: number, count: number): number[] {
  const inside = Math.max(0, place)
  const first = Math.min(Math.floor(inside), count - 1)
  const next = Math.min(first + 1, count - 1)
  const share = inside - first
  const row = new Array<number>(count).fill(0)
  row[first] = (row[first] as number) + 1 - share
  row[next] = (row[next] as number) + share
  return row
}
