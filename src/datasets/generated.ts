import { badArgument } from "../data/messages.js"
import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import type { LabelledPoints, ShapeOptions } from "./shapes.js"

/** Inputs and numbers to predict, with the truth behind them. */
export interface RegressionData {
  /** The inputs: `[n, features]`. */
  readonly x: Tensor
  /** What is to be predicted: `[n, 1]`. */
  readonly y: Tensor
  /** The true weights: `[features]`. */
  readonly weight: Tensor
  /** The true constant. */
  readonly bias: number
}

/**
 * A linear law with noise, to find again: `y = x · weight + bias + noise`, x and the weights from a standard normal
 * distribution.
 *
 * Shape: x `[n, features]`, y `[n, 1]`.
 *
 * @example datasets.regression(50, { features: 3, seed: 1 }).x.shape // [50, 3]
 */
export function regression(
  n = 200,
  { features = 1, noise = 0.3, bias = 1, seed }: ShapeOptions & { features?: number; bias?: number } = {},
): RegressionData {
  const generator = checked("regression", { n, features }, noise, seed)
  const [x, weight, y] = [normal(generator, [n, features]), normal(generator, [features]), normal(generator, [n, 1])]
  for (let i = 0; i < n; i++) {
    let sum = bias + noise * (y.storage.data[i] as number)
    for (let j = 0; j < features; j++)
      sum += (x.storage.data[i * features + j] as number) * (weight.storage.data[j] as number)
    y.storage.data[i] = sum
  }
  return { x, y, weight, bias }
}

/**
 * Clouds of points in many dimensions, one for each class, around centres that lie `separation` deviations from the origin
 * in random directions.
 *
 * Shape: x `[n, features]`, y int32 `[n]`.
 *
 * @example datasets.classification(90, { features: 5, classes: 3, seed: 1 }).y.max().item() // 2
 */
export function classification(
  n = 200,
  {
    features = 4,
    classes = 2,
    separation = 2,
    seed,
  }: { features?: number; classes?: number; separation?: number; seed?: number } = {},
): LabelledPoints {
  const generator = checked("classification", { n, features, classes }, separation, seed)
  const centres = normal(generator, [classes, features])
  const x = normal(generator, [n, features])
  const y = uninitialized([n], "int32")
  const row = (c: number) =>
    Array.from({ length: features }, (_, j) => centres.storage.data[c * features + j] as number)
  const directions = Array.from({ length: classes }, (_, c) => {
    const length = Math.hypot(...row(c))
    return row(c).map((value) => (separation * value) / length)
  })
  for (let i = 0; i < n; i++) {
    const label = i % classes
    y.storage.data[i] = label
    directions[label]?.forEach((value, j) => {
      const at = i * features + j
      x.storage.data[at] = (x.storage.data[at] as number) + value
    })
  }
  return { x, y }
}

/**
 * A sheet that is rolled up in space: points that are near by through the air lie far apart on the sheet. `t` is the place
 * along the roll.
 *
 * Shape: x `[n, 3]`, t `[n]`.
 */
export function swissRoll(
  n = 500,
  { noise = 0.1, seed }: ShapeOptions = {},
): { readonly x: Tensor; readonly t: Tensor } {
  const generator = checked("swissRoll", { n }, noise, seed)
  const x = normal(generator, [n, 3])
  const t = uninitialized([n], "float32")
  const uniform = new Float64Array(2 * n)
  generator.uniformFloat64(uniform)
  const { data } = x.storage
  for (let i = 0; i < n; i++) {
    const angle = 1.5 * Math.PI * (1 + 2 * (uniform[2 * i] as number))
    const place = [angle * Math.cos(angle), 21 * (uniform[2 * i + 1] as number), angle * Math.sin(angle)]
    for (let axis = 0; axis < 3; axis++)
      data[3 * i + axis] = (place[axis] as number) + noise * (data[3 * i + axis] as number)
    t.storage.data[i] = angle
  }
  return { x, t }
}

function checked(
  call: string,
  counts: Readonly<Record<string, number>>,
  spread: number,
  seed: number | undefined,
): Generator {
  for (const [name, value] of Object.entries(counts))
    if (!Number.isInteger(value) || value < 1)
      throw badArgument(call, name, value, "It is a whole number of at least 1.")
  if (!(spread >= 0)) throw badArgument(call, "noise", spread, "It is a number of at least 0.")
  return seed === undefined ? defaultGenerator : new Generator(seed)
}

function normal(generator: Generator, shape: readonly number[]): Tensor {
  const out = uninitialized(shape, "float32")
  generator.normalFloat32(out.storage.data as Float32Array)
  return out
}
