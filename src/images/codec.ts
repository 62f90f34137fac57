import { writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fetchBytes, isWebAddress } from "../data/fetch-bytes.js"
import { cannotOpen, cannotWrite } from "../data/messages.js"
import { uninitialized } from "../tensor/allocate.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { badSetting, notAnImage, notAPicture } from "./messages.js"

/** The channels of a picture that is read. */
export interface DecodeOptions {
  /**
   * `"gray"` for one channel, `"rgb"` for three, `"rgba"` for four; by default those that the file has. Gray is
   * `0.299 R + 0.587 G + 0.114 B`.
   */
  channels?: "gray" | "rgb" | "rgba"
}

/** How a picture is written. */
export interface EncodeOptions {
  /** The format. Default: `"png"`. */
  format?: "png" | "jpeg"
  /** The quality of a JPEG, from 1 to 100. Default: 90. */
  quality?: number
}

/**
 * Reads a PNG or JPEG picture from a file or a web address.
 *
 * Shape: `[channels, height, width]`, from 0 to 1.
 *
 * Errors: no such file; an address that cannot be reached; bytes that are no picture.
 */
export async function readImage(source: string | URL, options: DecodeOptions = {}): Promise<Tensor> {
  const call = "readImage"
  if (isWebAddress(source)) return decode(call, await fetchBytes(call, source), options)
  let bytes: Uint8Array
  try {
    bytes = await readFile(source)
  } catch (error) {
    throw cannotOpen(call, String(source), error)
  }
  return decode(call, bytes, options)
}

/**
 * A picture of the bytes of a PNG or JPEG file.
 *
 * Shape: `[channels, height, width]`, from 0 to 1.
 */
export function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Tensor> {
  return decode("decodeImage", bytes, options)
}

/**
 * Writes a picture to a `.png` or `.jpg` file.
 *
 * Errors: another ending; a tensor that is no picture.
 */
export async function writeImage(image: Tensor, path: string, options: EncodeOptions = {}): Promise<void> {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase()
  if (ending !== "png" && ending !== "jpg" && ending !== "jpeg")
    throw badSetting("writeImage", "path", path, "It ends in .png, .jpg or .jpeg.")
  const bytes = await encode("writeImage", image, { format: ending === "png" ? "png" : "jpeg", ...options })
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw cannotWrite("writeImage", path, error)
  }
}

/**
 * The bytes of a PNG or JPEG file of a picture.
 *
 * @param image `[channels, height, width]` with 1, 3 or 4 channels, from 0 to 1; what lies outside is cut to it
 */
export function encodeImage(image: Tensor, options: EncodeOptions = {}): Promise<Uint8Array> {
  return encode("encodeImage", image, options)
}

/** Pixels in rows, their channels one after the other. */
interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: number
  /** The value that stands for full brightness. */
  readonly full: number
  readonly data: ArrayLike<number>
}

async function decode(call: string, bytes: Uint8Array, { channels }: DecodeOptions): Promise<Tensor> {
  const wanted = channels === undefined ? undefined : { gray: 1, rgb: 3, rgba: 4 }[channels]
  if (channels !== undefined && wanted === undefined)
    throw badSetting(call, "channels", channels, 'They are "gray", "rgb" or "rgba".')
  const read = isPng(bytes) ? decodePng : isJpeg(bytes) ? decodeJpeg : undefined
  if (read === undefined) throw notAnImage(call, "It begins neither as a PNG nor as a JPEG file does.")
  let pixels: Pixels
  try {
    pixels = await read(bytes)
  } catch (error) {
    throw notAnImage(call, `It is broken: ${(error as Error).message}.`)
  }
  return toTensor(pixels, wanted ?? pixels.channels)
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8
}

async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const { convertIndexedToRgb, decode: decodeBytes } = await import("fast-png")
  const png = decodeBytes(bytes)
  const { width, height, depth } = png
  if (png.palette !== undefined) {
    const channels = png.palette[0]?.length ?? 3
    return { width, height, channels, full: 255, data: convertIndexedToRgb(png) }
  }
  const data = depth < 8 ? spreadBits(png.data, width, height, depth) : png.data
  return { width, height, channels: png.channels, full: 2 ** depth - 1, data }
}

/** Pixels of 1, 2 or 4 bits, whose rows begin at whole bytes. */
function spreadBits(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height)
  const rowBytes = Math.ceil((width * depth) / 8)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * rowBytes + Math.floor((x * depth) / 8)] as number
      out[y * width + x] = (byte >> (8 - depth - ((x * depth) % 8))) & (2 ** depth - 1)
    }
  }
  return out
}

async function decodeJpeg(bytes: Uint8Array): Promise<Pixels> {
  const { default: jpeg } = await import("jpeg-js")
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false })
  return { width, height, channels: 3, full: 255, data }
}

/** Pixels as planes of channels, from 0 to 1. */
function toTensor({ width, height, channels, full, data }: Pixels, wanted: number): Tensor {
  const out = uninitialized([wanted, height, width], "float32")
  const count = width * height
  const planes = out.storage.data
  const isColor = channels >= 3
  const alpha = channels === 2 || channels === 4 ? channels - 1 : -1
  for (let i = 0; i < count; i++) {
    const at = i * channels
    const value = (channel: number) => (data[at + channel] as number) / full
    const gray = isColor ? 0.299 * value(0) + 0.587 * value(1) + 0.114 * value(2) : value(0)
    for (let c = 0; c < wanted; c++) {
      if (wanted === channels) planes[c * count + i] = value(c)
      else if (c === 3) planes[c * count + i] = alpha < 0 ? 1 : value(alpha)
      else planes[c * count + i] = wanted === 1 ? gray : value(isColor ? c : 0)
    }
  }
  return out
}

async function encode(
  call: string,
  image: Tensor,
  { format = "png", quality = 90 }: EncodeOptions,
): Promise<Uint8Array> {
  if (!isTensor(image) || image.ndim !== 3 || ![1, 3, 4].includes(image.shape[0] as number))
    throw notAPicture(call, isTensor(image) ? image.shape : [], "[channels, height, width] with 1, 3 or 4 channels")
  if (format !== "png" && format !== "jpeg") throw badSetting(call, "format", format, 'It is "png" or "jpeg".')
  const [channels, height, width] = image.shape as [number, number, number]
  const planes = image.detach().toTypedArray()
  const count = height * width
  const byte = (channel: number, pixel: number) =>
    Math.round(255 * Math.min(1, Math.max(0, planes[channel * count + pixel] as number)))
  if (format === "png") {
    const data = new Uint8Array(count * channels)
    for (let i = 0; i < count; i++) for (let c = 0; c < channels; c++) data[i * channels + c] = byte(c, i)
    const { encode: encodePng } = await import("fast-png")
    return encodePng({ width, height, channels, depth: 8, data })
  }
  if (!(quality >= 1 && quality <= 100)) throw badSetting(call, "quality", quality, "It is a number from 1 to 100.")
  const data = new Uint8Array(count * 4)
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 4; c++) data[i * 4 + c] = c === 3 ? 255 : byte(channels === 1 ? 0 : c, i)
  const { default: jpeg } = await import("jpeg-js")
  return jpeg.encode({ width, height, data }, quality).data
}
