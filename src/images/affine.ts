import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { badSetting, notAPicture } from "./messages.js"
import type { Interpolation } from "./resize.js"

/** Options of `affine`. */
export interface AffineOptions {
  /** How far the picture is turned, in degrees, clockwise. Default: 0. */
  angle?: number
  /** How many pixels it is moved to the right and down. Default: `[0, 0]`. */
  translate?: readonly [number, number]
  /** How many times as large it becomes. Default: 1. */
  scale?: number
  /** How far it is slanted along the horizontal and the vertical axis, in degrees. Default: `[0, 0]`. */
  shear?: readonly [number, number]
  /** Default: `"bilinear"`. */
  mode?: Interpolation
  /** What stands where the picture does not reach. Default: 0. */
  fill?: number
}

/**
 * A picture turned, moved, scaled and slanted around its centre.
 *
 * Each pixel of the result is taken from where the inverse of `T · C · R(angle) · Shear · Scale · C⁻¹` puts its centre.
 *
 * Shape: as the picture, `[…, height, width]`.
 */
export function affine(x: Tensor, options: AffineOptions = {}): Tensor {
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0], mode = "bilinear", fill = 0 } = options
  if (x.ndim < 2) throw notAPicture("affine", x.shape)
  if (!(scale > 0)) throw badSetting("affine", "scale", scale, "It is a number above 0.")
  const [height, width] = x.shape.slice(-2) as [number, number]
  const inverse = inverseMatrix(angle, scale, shear)
  const source = x.detach().toTypedArray()
  const out = uninitialized(x.shape, x.dtype === "float64" ? "float64" : "float32")
  const planes = source.length / (height * width)
  const { data } = out.storage
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      // Centres of pixels, from the centre of the picture.
      const u = column + 0.5 - width / 2 - translate[0]
      const v = row + 0.5 - height / 2 - translate[1]
      const place = {
        x: inverse[0] * u + inverse[1] * v + width / 2 - 0.5,
        y: inverse[2] * u + inverse[3] * v + height / 2 - 0.5,
      }
      for (let plane = 0; plane < planes; plane++) {
        const at = plane * height * width
        const pixel = mode === "nearest" ? nearest : bilinear
        data[at + row * width + column] = pixel(source, at, width, height, place, fill)
      }
    }
  }
  return out
}

/** A picture turned by degrees, counter-clockwise. */
export function rotate(x: Tensor, degrees: number, options: Pick<AffineOptions, "mode" | "fill"> = {}): Tensor {
  return affine(x, { ...options, angle: -degrees })
}

type Matrix = readonly [number, number, number, number]

function inverseMatrix(angle: number, scale: number, shear: readonly [number, number]): Matrix {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [turn, sx, sy] = [radians(angle), radians(shear[0]), radians(shear[1])]
  const a = Math.cos(turn - sy) / Math.cos(sy)
  const b = (-Math.cos(turn - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(turn)
  const c = Math.sin(turn - sy) / Math.cos(sy)
  const d = (-Math.sin(turn - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(turn)
  return [d / scale, -b / scale, -c / scale, a / scale]
}

interface Place {
  readonly x: number
  readonly y: number
}

function nearest(
  source: ArrayLike<number>,
  at: number,
  width: number,
  height: number,
  place: Place,
  fill: number,
): number {
  const [x, y] = [Math.round(place.x), Math.round(place.y)]
  return x < 0 || y < 0 || x >= width || y >= height ? fill : (source[at + y * width + x] as number)
}

function bilinear(
  source: ArrayLike<number>,
  at: number,
  width: number,
  height: number,
  { x, y }: Place,
  fill: number,
): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [dx, dy] = [x - left, y - top]
  const pixel = (row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? fill : (source[at + row * width + column] as number)
  return (
    (1 - dy) * ((1 - dx) * pixel(top, left) + dx * pixel(top, left + 1)) +
    dy * ((1 - dx) * pixel(top + 1, left) + dx * pixel(top + 1, left + 1))
  )
}
