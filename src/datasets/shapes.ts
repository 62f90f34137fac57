import { badArgument } from "../data/messages.js"
import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"

/** Options of the made-up datasets. */
export interface ShapeOptions {
  /** How far points stray from where they should be. */
  noise?: number
  /** The same seed gives the same points; without one `manualSeed` decides. */
  seed?: number
}

/** Points in the plane and the class of each: x `[n, 2]`, y `[n]` (int32). */
export interface LabelledPoints {
  readonly x: Tensor
  readonly y: Tensor
}

/** Two half circles that interlock: no straight line parts them. */
export function moons(n = 200, { noise = 0.1, ...options }: ShapeOptions = {}): LabelledPoints {
  return points("moons", n, 2, noise, options, (label, t) => {
    const angle = Math.PI * t
    return label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)]
  })
}

/** Round clouds of points, their centres evenly spaced on a circle. */
export function blobs(
  n = 200,
  { classes = 3, noise = 0.6, ...options }: ShapeOptions & { classes?: number } = {},
): LabelledPoints {
  return points("blobs", n, classes, noise, options, (label) => {
    const angle = (2 * Math.PI * label) / classes
    return [2 * Math.cos(angle), 2 * Math.sin(angle)]
  })
}

/** Arms that wind around each other, one for each class. */
export function spirals(
  n = 300,
  { classes = 3, noise = 0.05, ...options }: ShapeOptions & { classes?: number } = {},
): LabelledPoints {
  return points("spirals", n, classes, noise, options, (label, t) => {
    const angle = (2 * Math.PI * label) / classes + 4 * t
    return [t * Math.cos(angle), t * Math.sin(angle)]
  })
}

/** Four clouds at the corners of a square, opposite ones of one class: the problem one layer cannot solve. */
export function xor(n = 200, { noise = 0.2, ...options }: ShapeOptions = {}): LabelledPoints {
  return points("xor", n, 2, noise, options, (label, _t, i) => {
    const left = (i >> 1) % 2 === 0
    return [left ? -1 : 1, left === (label === 0) ? -1 : 1]
  })
}

/** Two circles around one another: a line cannot part them, a curve can. */
export function circles(
  n = 200,
  { factor = 0.5, noise = 0.08, ...options }: ShapeOptions & { factor?: number } = {},
): LabelledPoints {
  return points("circles", n, 2, noise, options, (label, t) => {
    const radius = label === 0 ? 1 : factor
    return [radius * Math.cos(2 * Math.PI * t), radius * Math.sin(2 * Math.PI * t)]
  })
}

/** Points of each class in turn, `t` running from 0 to 1 within the class, with normal noise on both coordinates. */
function points(
  name: string,
  n: number,
  classes: number,
  noise: number,
  { seed }: ShapeOptions,
  place: (label: number, t: number, index: number) => readonly [number, number],
): LabelledPoints {
  if (!Number.isInteger(n) || n < 1) throw badArgument(name, "n", n, "It is a whole number of at least 1.")
  if (!Number.isInteger(classes) || classes < 1)
    throw badArgument(name, "classes", classes, "It is a whole number of at least 1.")
  if (!(noise >= 0)) throw badArgument(name, "noise", noise, "It is a number of at least 0.")
  const x = uninitialized([n, 2], "float32")
  const y = uninitialized([n], "int32")
  const strays = new Float64Array(2 * n)
  const generator = seed === undefined ? defaultGenerator : new Generator(seed)
  generator.normalFloat64(strays, 0, noise)
  const perClass = Math.ceil(n / classes)
  for (let i = 0; i < n; i++) {
    const label = i % classes
    const t = Math.floor(i / classes) / Math.max(1, perClass - 1)
    const [a, b] = place(label, t, i)
    x.storage.data[2 * i] = a + (strays[2 * i] as number)
    x.storage.data[2 * i + 1] = b + (strays[2 * i + 1] as number)
    y.storage.data[i] = label
  }
  return { x, y }
}
