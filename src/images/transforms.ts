import { tensor } from "../ops/creation.js"
import { pad as padTensor } from "../ops/pad.js"
import { rand, randint } from "../ops/random.js"
import { flip } from "../ops/select.js"
import type { Tensor } from "../tensor/tensor.js"
import { type AffineOptions, affine as affineImage, rotate as rotateImage } from "./affine.js"
import { badSetting, notAPicture, tooLarge } from "./messages.js"
import { type ResizeOptions, resize as resizeImage } from "./resize.js"

/** What a picture is put through: `[…, channels, height, width]` to another. */
export type Transform = (image: Tensor) => Tensor

/** The size of a part: a side of a square, or `[height, width]`. */
export type Size = number | readonly [height: number, width: number]

/**
 * Transforms one after the other.
 *
 * @example
 * const augment = transforms.compose(
 *   transforms.randomCrop(28, { padding: 2 }),
 *   transforms.randomHorizontalFlip(),
 *   transforms.normalize([0.5], [0.5]),
 * )
 * augment(rand([1, 28, 28])).shape // [1, 28, 28]
 */
export function compose(...steps: readonly Transform[]): Transform {
  for (const step of steps)
    if (typeof step !== "function") throw badSetting("compose", "a step", step, "It is a function of a picture.")
  return (image) => steps.reduce((picture, step) => step(picture), image)
}

/**
 * `(x - mean) / std`, channel by channel.
 *
 * @example transforms.normalize([0.5], [0.25])(ones([1, 1, 2])) // tensor([[[2., 2.]]])
 */
export function normalize(mean: readonly number[], std: readonly number[]): Transform {
  if (mean.length !== std.length) throw badSetting("normalize", "std", std, `There are ${mean.length} means.`)
  if (std.some((value) => !(value > 0))) throw badSetting("normalize", "std", std, "Every deviation is above 0.")
  return (image) => {
    const channels = sizesOf("normalize", image).channels
    if (mean.length !== 1 && mean.length !== channels)
      throw badSetting("normalize", "mean", mean, `The picture has ${channels} channels.`)
    const each = (values: readonly number[]) => tensor([...values]).reshape(-1, 1, 1)
    return image.sub(each(mean)).div(each(std))
  }
}

/** A picture in another size; see `resize` for how. A number is the length of the shorter side. */
export function resize(size: Size, options: ResizeOptions = {}): Transform {
  return (image) => resizeImage(image, size, options)
}

/**
 * The middle of a picture.
 *
 * @example transforms.centerCrop(2)(arange(16).reshape(1, 4, 4)).tolist() // [[[5, 6], [9, 10]]]
 */
export function centerCrop(size: Size): Transform {
  return (image) => {
    const [height, width] = pairOf(size)
    const sizes = sizesOf("centerCrop", image)
    if (height > sizes.height || width > sizes.width) throw tooLarge("centerCrop", [height, width], image.shape)
    const half = (whole: number, part: number) => roundHalfToEven((whole - part) / 2)
    return crop(image, half(sizes.height, height), half(sizes.width, width), height, width)
  }
}

/** A part of a picture at a random place; with `padding`, after a margin of that many pixels was added. */
export function randomCrop(size: Size, { padding = 0, fill = 0 }: { padding?: number; fill?: number } = {}): Transform {
  return (image) => {
    const [height, width] = pairOf(size)
    const wide = padding === 0 ? image : padTensor(image, [padding, padding, padding, padding], { value: fill })
    const sizes = sizesOf("randomCrop", wide)
    if (height > sizes.height || width > sizes.width) throw tooLarge("randomCrop", [height, width], wide.shape)
    if (height === sizes.height && width === sizes.width) return wide
    const top = randint(0, sizes.height - height + 1, [1]).item()
    const left = randint(0, sizes.width - width + 1, [1]).item()
    return crop(wide, top, left, height, width)
  }
}

/** Left and right exchanged, with a chance of `p`. */
export function randomHorizontalFlip(p = 0.5): Transform {
  return (image) => (rand([1]).item() < p ? flip(image, -1) : image)
}

/** Top and bottom exchanged, with a chance of `p`. */
export function randomVerticalFlip(p = 0.5): Transform {
  return (image) => (rand([1]).item() < p ? flip(image, -2) : image)
}

/** A margin: of as many pixels on all sides, or `[left, right, top, bottom]`. */
export function pad(margin: number | readonly [number, number, number, number], fill = 0): Transform {
  return (image) =>
    padTensor(image, typeof margin === "number" ? [margin, margin, margin, margin] : margin, { value: fill })
}

/** Turned by degrees, counter-clockwise. */
export function rotate(degrees: number, options: Pick<AffineOptions, "mode" | "fill"> = {}): Transform {
  return (image) => rotateImage(image, degrees, options)
}

/** Turned by a random angle between `-degrees` and `degrees`. */
export function randomRotation(degrees: number, options: Pick<AffineOptions, "mode" | "fill"> = {}): Transform {
  return (image) => rotateImage(image, between(-degrees, degrees), options)
}

/** Turned, moved, scaled and slanted; see `AffineOptions`. */
export function affine(options: AffineOptions): Transform {
  return (image) => affineImage(image, options)
}

/** How far `randomAffine` goes. */
export interface RandomAffineOptions extends Pick<AffineOptions, "mode" | "fill"> {
  /** Turned by up to so many degrees, both ways. */
  degrees?: number
  /** Moved by up to these shares of width and height, both ways. */
  translate?: readonly [number, number]
  /** Scaled by a factor between these. */
  scale?: readonly [number, number]
  /** Slanted by up to so many degrees, both ways. */
  shear?: number
}

/** Turned, moved, scaled and slanted at random. */
export function randomAffine({
  degrees = 0,
  translate = [0, 0],
  scale = [1, 1],
  shear = 0,
  ...options
}: RandomAffineOptions): Transform {
  return (image) => {
    const { height, width } = sizesOf("randomAffine", image)
    return affineImage(image, {
      ...options,
      angle: between(-degrees, degrees),
      translate: [
        Math.round(between(-translate[0], translate[0]) * width),
        Math.round(between(-translate[1], translate[1]) * height),
      ],
      scale: between(scale[0], scale[1]),
      shear: [between(-shear, shear), 0],
    })
  }
}

/**
 * Three channels as one, or as three equal ones: `0.2989 R + 0.587 G + 0.114 B`.
 *
 * @example transforms.grayscale()(ones([3, 1, 1])).shape // [1, 1, 1]
 */
export function grayscale(outputChannels: 1 | 3 = 1): Transform {
  return (image) => {
    const { channels } = sizesOf("grayscale", image)
    if (channels !== 3) throw notAPicture("grayscale", image.shape, "[3, height, width] here")
    const weights = tensor([0.2989, 0.587, 0.114]).reshape(3, 1, 1)
    const gray = image.mul(weights).sum(-3, { keepdim: true })
    return outputChannels === 1 ? gray : gray.expand(...image.shape)
  }
}

function crop(image: Tensor, top: number, left: number, height: number, width: number): Tensor {
  return image.narrow(-2, top, height).narrow(-1, left, width)
}

function pairOf(size: Size): readonly [number, number] {
  const pair = typeof size === "number" ? ([size, size] as const) : size
  if (!pair.every((side) => Number.isInteger(side) && side > 0))
    throw badSetting("crop", "size", size, "It is a whole number of pixels, or [height, width].")
  return pair
}

function sizesOf(call: string, image: Tensor): { channels: number; height: number; width: number } {
  if (image.ndim !== 3 && image.ndim !== 4) throw notAPicture(call, image.shape)
  const [channels, height, width] = image.shape.slice(-3) as [number, number, number]
  return { channels, height, width }
}

/** A random number in [low, high), from the same stream as everything else. */
function between(low: number, high: number): number {
  return low + (high - low) * rand([1]).item()
}

/** Python's `round`, by which torchvision finds the middle. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value)
}
