import { noGrad } from "../autograd/mode.js"
import { uninitialized } from "../tensor/allocate.js"
import { badOption } from "../tensor/messages.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { noFan } from "./messages.js"

// Ways to fill a parameter before training, in place: PyTorch's `torch.nn.init`, with its random numbers.

/** The activations whose gain is known. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu"

/** Where the random numbers come from; the default generator if not given. */
export interface RandomOptions {
  generator?: Generator
}

/** Options of the Kaiming fills. */
export interface KaimingOptions extends RandomOptions {
  /** The slope below 0 of the leaky rectifier that follows. Default: 0. */
  a?: number
  /** Whether the variance is kept on the way forward (`"fanIn"`, the default) or back (`"fanOut"`). */
  mode?: "fanIn" | "fanOut"
  /** The activation that follows. Default: `"leakyRelu"`. */
  nonlinearity?: Nonlinearity
}

/** Options of the Xavier fills. */
export interface XavierOptions extends RandomOptions {
  /** A factor, such as `calculateGain("tanh")`. Default: 1. */
  gain?: number
}

/** Fills with numbers spread evenly over [low, high). */
export function uniform_(x: Tensor, low = 0, high = 1, { generator = defaultGenerator }: RandomOptions = {}): Tensor {
  return filled(x, (data) => {
    if (data instanceof Float32Array) generator.uniformFloat32(data, low, high)
    else generator.uniformFloat64(data, low, high)
  })
}

/** Fills with numbers of a normal distribution. */
export function normal_(x: Tensor, mean = 0, std = 1, { generator = defaultGenerator }: RandomOptions = {}): Tensor {
  return filled(x, (data) => {
    if (data instanceof Float32Array) generator.normalFloat32(data, mean, std)
    else generator.normalFloat64(data, mean, std)
  })
}

/** Fills with one number. */
export function constant_(x: Tensor, value: number): Tensor {
  return noGrad(() => x.fill_(value))
}

/** Fills with zeros. */
export function zeros_(x: Tensor): Tensor {
  return constant_(x, 0)
}

/** Fills with ones. */
export function ones_(x: Tensor): Tensor {
  return constant_(x, 1)
}

/**
 * Fills evenly from `-bound` to `bound` with `bound = gain · √(3 / fan)`, which keeps the variance through rectifiers.
 *
 * Source: He et al., "Delving Deep into Rectifiers", 2015.
 */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd("kaimingUniform_", x, options)
  return uniform_(x, -bound, bound, options)
}

/** Fills from a normal distribution of deviation `gain / √fan`, which keeps the variance through rectifiers. */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(x, 0, kaimingStd("kaimingNormal_", x, options), options)
}

/**
 * Fills evenly from `-bound` to `bound` with `bound = gain · √(6 / (fanIn + fanOut))`.
 *
 * Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
 */
export function xavierUniform_(x: Tensor, options: XavierOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierStd("xavierUniform_", x, options)
  return uniform_(x, -bound, bound, options)
}

/** Fills from a normal distribution of deviation `gain · √(2 / (fanIn + fanOut))`. */
export function xavierNormal_(x: Tensor, options: XavierOptions = {}): Tensor {
  return normal_(x, 0, xavierStd("xavierNormal_", x, options), options)
}

/**
 * By how much the numbers before an activation must be larger for those after it to keep their variance.
 *
 * @param slope the slope below 0 of a leaky rectifier
 * @example nn.init.calculateGain("relu") // 1.4142135623730951
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "sigmoid":
      return 1
    case "tanh":
      return 5 / 3
    case "relu":
      return Math.SQRT2
    case "leakyRelu":
      return Math.sqrt(2 / (1 + slope ** 2))
    case "selu":
      return 3 / 4
    default:
      throw badOption("calculateGain", "nonlinearity", nonlinearity, gains)
  }
}

const gains: readonly Nonlinearity[] = ["linear", "sigmoid", "tanh", "relu", "leakyRelu", "selu"]

/** How many numbers come into, and go out of, each unit of a weight: `[out, in, …]`. */
export function calculateFan(call: string, x: Tensor): { fanIn: number; fanOut: number } {
  const [out, inputs, ...kernel] = x.shape
  if (out === undefined || inputs === undefined) throw noFan(call, x.shape)
  const field = kernel.reduce((product, size) => product * size, 1)
  return { fanIn: inputs * field, fanOut: out * field }
}

function kaimingStd(
  call: string,
  x: Tensor,
  { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions,
): number {
  if (mode !== "fanIn" && mode !== "fanOut") throw badOption(call, "mode", mode, ["fanIn", "fanOut"])
  return calculateGain(nonlinearity, a) / Math.sqrt(calculateFan(call, x)[mode])
}

function xavierStd(call: string, x: Tensor, { gain = 1 }: XavierOptions): number {
  const { fanIn, fanOut } = calculateFan(call, x)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

/** Draws the numbers in order, whatever the strides of the tensor, and writes them without recording it. */
function filled(x: Tensor, draw: (data: Float32Array | Float64Array) => void): Tensor {
  const numbers = uninitialized(x.shape, x.dtype === "float64" ? "float64" : "float32")
  draw(numbers.storage.data as Float32Array | Float64Array)
  return noGrad(() => x.copy_(numbers))
}
