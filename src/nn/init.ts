import { noGrad } from "../autograd/mode.js"
import { erf } from "../native/erf.js"
import { qr } from "../ops/linalg/decompose.js"
import { uninitialized } from "../tensor/allocate.js"
import { badNumber, badOption, notATensor, wrongDType, wrongRank } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import { Tensor } from "../tensor/tensor.js"
import { groupSizes, noFan } from "./messages.js"

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
  return filled(x, (data) => drawUniform(data, low, high, generator))
}

/** Fills with numbers of a normal distribution. */
export function normal_(x: Tensor, mean = 0, std = 1, { generator = defaultGenerator }: RandomOptions = {}): Tensor {
  return filled(x, (data) => drawNormal(data, mean, std, generator))
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

/** Options of `truncNormal_`. */
export interface TruncNormalOptions extends RandomOptions {
  /** Default: 0. */
  mean?: number
  /** Default: 1. */
  std?: number
  /** The smallest number. Default: -2. */
  a?: number
  /** The largest number. Default: 2. */
  b?: number
}

/**
 * Fills with numbers of a normal distribution that lie between `a` and `b`: those that do not are drawn again.
 *
 * @example nn.init.truncNormal_(zeros([100]), { std: 5 }).abs().max().le(2).item() // 1
 */
export function truncNormal_(
  x: Tensor,
  { mean = 0, std = 1, a = -2, b = 2, generator = defaultGenerator }: TruncNormalOptions = {},
): Tensor {
  if (!(b > a)) throw badNumber("truncNormal_", "b", b, `above a (${a})`)
  if (!(std > 0)) throw badNumber("truncNormal_", "std", std, "above 0")
  const below = (value: number) => (1 + erf((value - mean) / std / Math.SQRT2)) / 2
  return filled(x, (data) => {
    if (below(b) - below(a) > 0.3) redrawn(data, a, b, () => drawNormal(empty(data), mean, std, generator))
    else rejected(data, { mean, std, a, b, generator })
  })
}

type Numbers = Float32Array | Float64Array

/** Fresh numbers as many as there are in `data`. */
function empty(data: Numbers): Numbers {
  return data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length)
}

function drawNormal(data: Numbers, mean: number, std: number, generator: Generator): Numbers {
  if (data instanceof Float32Array) generator.normalFloat32(data, mean, std)
  else generator.normalFloat64(data, mean, std)
  return data
}

function drawUniform(data: Numbers, low: number, high: number, generator: Generator): Numbers {
  if (data instanceof Float32Array) generator.uniformFloat32(data, low, high)
  else generator.uniformFloat64(data, low, high)
  return data
}

/** Draws all numbers again and again and takes those whose place is still without a number between a and b. */
function redrawn(data: Numbers, a: number, b: number, draw: () => Numbers): void {
  const [low, high] = data instanceof Float32Array ? [Math.fround(a), Math.fround(b)] : [a, b]
  const isOutside = (value: number) => value < low || value > high
  data.set(draw())
  while (data.some(isOutside)) {
    draw().forEach((value, i) => {
      if (isOutside(data[i] as number)) data[i] = value
    })
  }
}

/** For a range that few normal numbers fall in: even ones, each kept with the probability of the distribution there. */
function rejected(
  data: Numbers,
  { mean, std, a, b, generator }: { mean: number; std: number; a: number; b: number; generator: Generator },
): void {
  const round = data instanceof Float32Array ? Math.fround : (value: number) => value
  const logDensity = (value: number) => -0.5 * ((value - mean) / std) ** 2
  const peak = logDensity(Math.max(a, Math.min(mean, b)))
  let pending = Array.from(data, () => true)
  while (pending.includes(true)) {
    const candidates = drawUniform(empty(data), a, b, generator)
    const chances = drawUniform(empty(data), 0, 1, generator)
    pending = pending.map((isPending, i) => {
      if (isPending) data[i] = candidates[i] as number
      return isPending && round(Math.log(chances[i] as number)) > round(logDensity(candidates[i] as number) - peak)
    })
  }
}

/** A matrix, or a refusal. */
function checkMatrix(call: string, x: Tensor): [rows: number, columns: number] {
  if (x.ndim !== 2) throw wrongRank(call, x.shape, "a matrix")
  return [x.size(0), x.size(1)]
}

/**
 * Fills a matrix with ones on its diagonal and zeros elsewhere.
 *
 * @example nn.init.eye_(zeros([2, 2])) // tensor([[1., 0.],\n        [0., 1.]])
 */
export function eye_(x: Tensor): Tensor {
  const [rows, columns] = checkMatrix("eye_", x)
  return filled(x, (data) => {
    data.fill(0)
    for (let i = 0; i < Math.min(rows, columns); i++) data[i * columns + i] = 1
  })
}

/**
 * Fills the kernels of a convolution so that it lets its input through, as many channels as it can.
 *
 * Shape: `[out, in, length]` to `[out, in, depth, height, width]`.
 *
 * Errors: another rank, and a number of output channels that does not divide into the groups.
 *
 * @example nn.init.dirac_(zeros([1, 1, 3])) // tensor([[[0., 1., 0.]]])
 */
export function dirac_(x: Tensor, groups = 1): Tensor {
  if (x.ndim < 3 || x.ndim > 5) throw wrongRank("dirac_", x.shape, "kernels of three to five dimensions")
  const [out, inputs, ...kernel] = x.shape as [number, number, ...number[]]
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) throw groupSizes("dirac_", out, groups)
  const field = kernel.reduce((product, size) => product * size, 1)
  const middle = kernel.reduce((place, size) => place * size + Math.floor(size / 2), 0)
  const perGroup = out / groups
  return filled(x, (data) => {
    data.fill(0)
    for (let g = 0; g < groups; g++)
      for (let c = 0; c < Math.min(perGroup, inputs); c++) data[((g * perGroup + c) * inputs + c) * field + middle] = 1
  })
}

/** Options of `orthogonal_`. */
export interface OrthogonalOptions extends RandomOptions {
  /** A factor. Default: 1. */
  gain?: number
}

/**
 * Fills with a random orthogonal matrix: its rows (or columns, if there are fewer) are of length `gain` and at right
 * angles. Further dimensions count as columns.
 *
 * Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", 2013.
 *
 * @example const q = nn.init.orthogonal_(zeros([2, 3])); q.matmul(q.mT()).allclose(eye(2), { atol: 1e-5 }) // true
 */
export function orthogonal_(x: Tensor, { gain = 1, generator = defaultGenerator }: OrthogonalOptions = {}): Tensor {
  if (x.ndim < 2) throw wrongRank("orthogonal_", x.shape, "a tensor of at least two dimensions")
  if (x.count === 0) return x
  const rows = x.size(0)
  const drawn = filled(uninitialized([rows, x.count / rows], x.dtype), (data) => drawNormal(data, 0, 1, generator))
  const isWide = rows < drawn.size(1)
  return noGrad(() => {
    const { Q, R } = qr(isWide ? drawn.mT() : drawn)
    const q = Q.mul(R.diagonal().sign())
    return x.copy_((isWide ? q.mT() : q).reshape(x.shape).mul(gain))
  })
}

/** Options of `sparse_`. */
export interface SparseOptions extends RandomOptions {
  /** The share of zeros in each column. */
  sparsity: number
  /** The deviation of the others. Default: 0.01. */
  std?: number
}

/**
 * Fills a matrix with numbers of a normal distribution, and a random part of each column with zeros.
 *
 * Source: Martens, "Deep learning via Hessian-free optimization", 2010.
 *
 * @example nn.init.sparse_(zeros([4, 3]), { sparsity: 0.5 }).eq(0).sum(0) // tensor([2, 2, 2], dtype=int32)
 */
export function sparse_(x: Tensor, { sparsity, std = 0.01, generator = defaultGenerator }: SparseOptions): Tensor {
  const [rows, columns] = checkMatrix("sparse_", x)
  if (!(sparsity >= 0 && sparsity <= 1)) throw badNumber("sparse_", "sparsity", sparsity, "between 0 and 1")
  return filled(x, (data) => {
    drawNormal(data, 0, std, generator)
    const order = new Int32Array(rows)
    for (let column = 0; column < columns; column++) {
      defaultGenerator.permutation(order) // from the default stream in any case, as PyTorch's
      for (const row of order.subarray(0, Math.ceil(sparsity * rows))) data[row * columns + column] = 0
    }
  })
}

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
function filled(x: Tensor, draw: (data: Numbers) => void): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("nn.init", x, "a tensor to fill")
  if (!isFloatingPoint(x.dtype)) throw wrongDType("nn.init", x, "fractions")
  const numbers = uninitialized(x.shape, x.dtype === "float64" ? "float64" : "float32")
  draw(numbers.storage.data as Float32Array | Float64Array)
  return noGrad(() => x.copy_(numbers))
}
