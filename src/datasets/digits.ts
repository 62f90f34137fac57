import { badArgument } from "../data/messages.js"
import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { digitStrokes, type Point, type Stroke } from "./digit-strokes.js"
import { drawStrokes } from "./draw-strokes.js"

/** Pictures and the class of each. */
export interface LabelledImages {
  /** The pictures: `[N, channels, height, width]`, from 0 (black) to 1. */
  readonly images: Tensor
  /** The class numbers: int32 `[N]`. */
  readonly labels: Tensor
  /** What the class numbers stand for. */
  readonly classes: readonly string[]
}

/** Options of `digits`. */
export interface DigitsOptions {
  /** How many pictures. Default: 1000. */
  count?: number
  /** Their height and width in pixels. Default: 28, as in MNIST. */
  size?: number
  /** The same seed gives the same pictures; without one `manualSeed` decides. */
  seed?: number
  /** How much one writer differs from another, from 0 (all write alike) to 1. Default: 0.8. */
  variety?: number
}

/**
 * Handwritten digits in the manner of MNIST, drawn when they are asked for: no download, and every picture another.
 *
 * Each picture is one of the ways in which people write the digit, with its points moved at random, drawn by a pen of
 * random width, turned, slanted, scaled and shifted. The classes come in random order, equally often.
 *
 * Shape: images `[count, 1, size, size]`, labels int32 `[count]`.
 *
 * @example datasets.digits({ count: 4, size: 28, seed: 1 }).images.shape // [4, 1, 28, 28]
 */
export function digits({ count = 1000, size = 28, seed, variety = 0.8 }: DigitsOptions = {}): LabelledImages {
  if (!Number.isInteger(count) || count < 1)
    throw badArgument("digits", "count", count, "It is a whole number of at least 1.")
  if (!Number.isInteger(size) || size < 8)
    throw badArgument("digits", "size", size, "It is a whole number of pixels, of at least 8.")
  if (!(variety >= 0 && variety <= 1)) throw badArgument("digits", "variety", variety, "It is a number from 0 to 1.")
  const generator = seed === undefined ? defaultGenerator : new Generator(seed)
  const order = new Int32Array(count)
  generator.permutation(order)
  const images = uninitialized([count, 1, size, size], "float32")
  const labels = uninitialized([count], "int32")
  const pixels = images.storage.data as Float32Array
  pixels.fill(0)
  order.forEach((place, i) => {
    const digit = i % 10
    labels.storage.data[place] = digit
    const writer = new Writer(generator, variety)
    const strokes = writer.write(digit)
    const image = pixels.subarray(place * size * size, (place + 1) * size * size)
    drawStrokes(strokes, writer.penWidth, image, size)
  })
  return { images, labels, classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] }
}

/** One hand at one moment: where its strokes go and how wide its pen is. */
class Writer {
  readonly penWidth: number
  readonly #generator: Generator
  readonly #variety: number
  readonly #transform: (point: Point) => Point

  constructor(generator: Generator, variety: number) {
    this.#generator = generator
    this.#variety = variety
    this.penWidth = 0.085 + this.#around(0.035)
    const turn = this.#around(0.35)
    const slant = 0.1 + this.#around(0.5)
    const [width, height] = [0.8 * (1 + this.#around(0.35)), 0.72 * (1 + this.#around(0.2))]
    const [right, down] = [this.#around(0.07), this.#around(0.07)]
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
    this.#transform = ([x, y]) => {
      const [u, v] = [(x - 0.5 - slant * (y - 0.5)) * width, (y - 0.5) * height]
      return [0.5 + right + cos * u - sin * v, 0.5 + down + sin * u + cos * v]
    }
  }

  write(digit: number): Stroke[] {
    const ways = digitStrokes[digit] as readonly (readonly Stroke[])[]
    const way = ways[Math.floor(this.#uniform() * ways.length)] as readonly Stroke[]
    // Strokes that share a point go on sharing it.
    const moved = new Map<string, Point>()
    return way.map((stroke) =>
      stroke.map((point) => {
        const known = moved.get(String(point))
        const there = known ?? this.#transform([point[0] + this.#around(0.11), point[1] + this.#around(0.08)])
        moved.set(String(point), there)
        return there
      }),
    )
  }

  /** A number around 0, up to `spread` away at full variety. */
  #around(spread: number): number {
    return spread * this.#variety * (this.#uniform() + this.#uniform() - 1)
  }

  #uniform(): number {
    return this.#generator.random32() / 2 ** 32
  }
}
