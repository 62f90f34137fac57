import * as messages from "./messages.js"
import { extent, type TensorLike } from "./numbers.js"
import type { Pixels } from "./png.js"

/** How the values of a tensor become brightness. */
export interface PictureOptions {
  /** The values of black and white; default 0 and 1, 0 and 255 for larger values, else the smallest and the largest. */
  range?: readonly [number, number]
  /** Dark on white paper, as one writes digits; default for one channel. */
  invert?: boolean
}

/** How many pictures a shape holds, and of what size; undefined when it holds none. */
export function pictureShape(shape: readonly number[]) {
  const [height, width] = shape.slice(-2)
  if (height === undefined || width === undefined || height < 1 || width < 1) return undefined
  if (shape.length === 2) return { pictures: 1, channels: 1 as const, height, width }
  if (shape.length === 3) return { pictures: shape[0] ?? 0, channels: 1 as const, height, width }
  if (shape.length === 4 && (shape[1] === 1 || shape[1] === 3)) {
    return { pictures: shape[0] ?? 0, channels: shape[1] as 1 | 3, height, width }
  }
  return undefined
}

/**
 * The pictures in a tensor.
 *
 * Shape: [H, W], [N, H, W] or [N, C, H, W] with 1 or 3 channels.
 */
export function readPictures(call: string, images: TensorLike, limit: number, options: PictureOptions = {}): Pixels[] {
  const found = pictureShape(images.shape)
  if (!found || found.pictures === 0) throw messages.badImages(call, images.shape)
  const { channels, height, width } = found
  const elements = images.toTypedArray()
  const size = channels * height * width
  const pictures = Math.min(limit, found.pictures)
  const [low, high] =
    options.range ?? guessRange(Array.from({ length: pictures * size }, (_, i) => Number(elements[i])))
  const invert = options.invert ?? channels === 1
  return Array.from({ length: pictures }, (_, n) => {
    const data = new Uint8Array(size)
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height * width; i++) {
        const share = (Number(elements[n * size + c * height * width + i]) - low) / (high - low)
        const light = Math.round(255 * Math.max(0, Math.min(1, share || 0)))
        data[i * channels + c] = invert ? 255 - light : light
      }
    }
    return { width, height, channels, data }
  })
}

function guessRange(values: readonly number[]): readonly [number, number] {
  const [low, high] = extent(values) ?? [0, 1]
  if (low >= 0 && high <= 1) return [0, 1]
  if (low >= 0 && high <= 255) return [0, 255]
  return [low, high]
}
