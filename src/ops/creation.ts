import { currentBackend } from "../native/current.js"
import { bytesPerElement, type DType, type TypedArray } from "../native/dtype.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, badOption, unknownDType, valueText } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { checkShape } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"

/** Options of every creation function. */
export interface CreationOptions {
  /** The type of the elements. */
  dtype?: DType
  /** Whether operations on the tensor are recorded. Default: false. */
  requiresGrad?: boolean
}

/** Numbers or booleans, in arrays nested to any depth. */
export type TensorData =
  | number
  | boolean
  | readonly TensorData[]
  | TypedArray
  | readonly TypedArray[]
  | Tensor
  | { toTensor(): Tensor }

/** Applies the options that all creation functions share. */
export function finish(x: Tensor, requiresGrad = false): Tensor {
  if (requiresGrad) x.requiresGrad = true
  return x
}

/** A dtype from the user, checked. */
export function checkDType(dtype: DType): DType {
  if (!Object.hasOwn(bytesPerElement, dtype)) throw unknownDType(dtype)
  return dtype
}

/**
 * A tensor of the given numbers. Its data is copied.
 *
 * Numbers give float32 (JavaScript does not tell 1 from 1.0), booleans give bool, an `Int32Array` int32 and a
 * `Float64Array` float64; `dtype` says otherwise.
 *
 * A table, or anything else with a method `toTensor()`, gives its own tensor.
 *
 * Errors: rows of different length, and elements that are no numbers.
 *
 * @example tensor([[1, 2], [3, 4]]) // tensor([[1., 2.],\n        [3., 4.]])
 * @example tensor([1, 2], { dtype: "int32" }) // tensor([1, 2], dtype=int32)
 */
export function tensor(data: TensorData, { dtype, requiresGrad }: CreationOptions = {}): Tensor {
  if (dtype !== undefined) checkDType(dtype)
  if (data instanceof Tensor) {
    const copy = data.detach()
    return finish(dtype === undefined || dtype === copy.dtype ? copy.clone() : copy.to(dtype), requiresGrad)
  }
  if (typeof data === "object" && data !== null && "toTensor" in data && typeof data.toTensor === "function") {
    return tensor(data.toTensor(), { ...(dtype === undefined ? {} : { dtype }), requiresGrad: requiresGrad ?? false })
  }
  if (ArrayBuffer.isView(data)) return finish(fromTypedArray(data as TypedArray, dtype), requiresGrad)
  const shape = shapeOf(data)
  const out = uninitialized(checkShape("tensor", shape), dtype ?? (isBoolean(data) ? "bool" : "float32"))
  fillFrom(data, shape, 0, 0, out.storage.data, out.dtype === "bool", "data")
  return finish(out, requiresGrad)
}

function fromTypedArray(data: TypedArray, dtype: DType | undefined): Tensor {
  if (typeof data[0] === "bigint" || data instanceof DataView) throw messages.badElement("data", data)
  const own: DType = data instanceof Float32Array ? "float32" : data instanceof Float64Array ? "float64" : "int32"
  const out = uninitialized([data.length], dtype ?? own)
  if (out.dtype === "bool") for (let i = 0; i < data.length; i++) out.storage.data[i] = data[i] !== 0 ? 1 : 0
  else out.storage.data.set(data)
  return out
}

/** Deeper nesting than this is an array that contains itself. */
const deepest = 64

/** The shape of nested arrays, taken from the first element at each depth. */
function shapeOf(data: unknown): number[] {
  const shape: number[] = []
  let level = data
  while (Array.isArray(level) || (ArrayBuffer.isView(level) && !(level instanceof DataView))) {
    if (shape.length === deepest) throw messages.tooDeep(deepest)
    const list = level as ArrayLike<unknown>
    shape.push(list.length)
    level = list[0]
  }
  return level instanceof Tensor ? [...shape, ...level.shape] : shape
}

function isBoolean(data: unknown): boolean {
  let level = data
  while (Array.isArray(level)) level = level[0]
  return typeof level === "boolean" || (level instanceof Tensor && level.dtype === "bool")
}

/** Writes nested arrays from `start` on; returns where it ended. `path` says where in the data it is, for messages. */
function fillFrom(
  data: unknown,
  shape: readonly number[],
  depth: number,
  start: number,
  out: TypedArray,
  bool: boolean,
  path: string,
): number {
  if (depth === shape.length) {
    if (data instanceof Tensor && data.count === 1) data = data.item()
    if (typeof data !== "number" && typeof data !== "boolean") {
      throw typeof data === "object" && data !== null && "length" in data
        ? messages.raggedData(path, 1, "an array")
        : messages.badElement(path, data)
    }
    out[start] = bool ? (data ? 1 : 0) : Number(data)
    return start + 1
  }
  const list = data instanceof Tensor ? data.tolist() : data
  const wanted = shape[depth] as number
  if (!Array.isArray(list) && !ArrayBuffer.isView(list)) throw messages.raggedData(path, wanted, valueText(list))
  const elements = list as unknown as ArrayLike<unknown>
  if (elements.length !== wanted) throw messages.raggedData(path, wanted, `of length ${elements.length}`)
  let position = start
  for (let i = 0; i < wanted; i++)
    position = fillFrom(elements[i], shape, depth + 1, position, out, bool, `${path}[${i}]`)
  return position
}

/**
 * A tensor of one number everywhere.
 *
 * @example full([2, 2], 7) // tensor([[7., 7.],\n        [7., 7.]])
 */
export function full(
  shape: readonly number[],
  value: number | boolean,
  { dtype, requiresGrad }: CreationOptions = {},
): Tensor {
  const type = checkDType(dtype ?? (typeof value === "boolean" ? "bool" : "float32"))
  const out = uninitialized(checkShape("full", shape).slice(), type)
  currentBackend().fill(out, Number(value))
  return finish(out, requiresGrad)
}

/**
 * A tensor of zeros.
 *
 * @example zeros([2, 3]) // tensor([[0., 0., 0.],\n        [0., 0., 0.]])
 */
export function zeros(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return full(checkShape("zeros", shape), 0, options)
}

/**
 * A tensor of ones.
 *
 * @example ones([3]) // tensor([1., 1., 1.])
 */
export function ones(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return full(checkShape("ones", shape), 1, options)
}

/**
 * A tensor with arbitrary content, to be written to.
 *
 * @example empty([2, 3]).shape // [2, 3]
 */
export function empty(shape: readonly number[], { dtype = "float32", requiresGrad }: CreationOptions = {}): Tensor {
  return finish(uninitialized(checkShape("empty", shape).slice(), checkDType(dtype)), requiresGrad)
}

/**
 * A tensor with arbitrary content in the shape and dtype of another.
 *
 * @example emptyLike(zeros([2, 3])).shape // [2, 3]
 */
export function emptyLike(x: Tensor, options: CreationOptions = {}): Tensor {
  checkTensor("emptyLike", x)
  return empty(x.shape, { dtype: x.dtype, ...options })
}

/**
 * Zeros in the shape and dtype of another tensor.
 *
 * @example zerosLike(tensor([1, 2])) // tensor([0., 0.])
 */
export function zerosLike(x: Tensor, options: CreationOptions = {}): Tensor {
  checkTensor("zerosLike", x)
  return full(x.shape, 0, { dtype: x.dtype, ...options })
}

/**
 * Ones in the shape and dtype of another tensor.
 *
 * @example onesLike(tensor([1, 2])) // tensor([1., 1.])
 */
export function onesLike(x: Tensor, options: CreationOptions = {}): Tensor {
  checkTensor("onesLike", x)
  return full(x.shape, 1, { dtype: x.dtype, ...options })
}

/**
 * One number everywhere in the shape and dtype of another tensor.
 *
 * @example fullLike(tensor([1, 2]), 5) // tensor([5., 5.])
 */
export function fullLike(x: Tensor, value: number, options: CreationOptions = {}): Tensor {
  checkTensor("fullLike", x)
  return full(x.shape, value, { dtype: x.dtype, ...options })
}

/**
 * Numbers from a start up to, but not including, an end. Whole numbers give int32, fractions float32.
 *
 * @example arange(3) // tensor([0, 1, 2], dtype=int32)
 * @example arange(1, 2, 0.25) // tensor([1.0000, 1.2500, 1.5000, 1.7500])
 */
export function arange(end: number, options?: CreationOptions): Tensor
export function arange(start: number, end: number, options?: CreationOptions): Tensor
export function arange(start: number, end: number, step: number, options?: CreationOptions): Tensor
export function arange(first: number, ...rest: (number | CreationOptions | undefined)[]): Tensor {
  const numbers = [first]
  let options: CreationOptions = {}
  for (const value of rest) {
    if (typeof value === "number") numbers.push(value)
    else if (value !== undefined) options = value
  }
  const { dtype, requiresGrad } = options
  const start = numbers.length === 1 ? 0 : first
  const end = numbers[1] ?? first
  const step = numbers[2] ?? 1
  if (!Number.isFinite(start) || !Number.isFinite(end)) throw badNumber("arange", "a bound", [start, end], "finite")
  if (!Number.isFinite(step) || step === 0) throw badNumber("arange", "step", step, "a number other than 0")
  const whole = Number.isInteger(start) && Number.isInteger(end) && Number.isInteger(step)
  const count = Math.max(0, Math.ceil((end - start) / step))
  const out = uninitialized(checkShape("arange", [count]), checkDType(dtype ?? (whole ? "int32" : "float32")))
  const data = out.storage.data
  for (let i = 0; i < count; i++) data[i] = start + i * step
  return finish(out, requiresGrad)
}

/**
 * Numbers at equal distances from a start to an end, both included.
 *
 * @example linspace(0, 1, 5) // tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
 */
export function linspace(
  start: number,
  end: number,
  steps: number,
  { dtype = "float32", requiresGrad }: CreationOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0)
    throw badNumber("linspace", "steps", steps, "a whole number that is not negative")
  const out = uninitialized([steps], checkDType(dtype))
  const data = out.storage.data
  for (let i = 0; i < steps; i++) data[i] = steps === 1 ? start : start + ((end - start) * i) / (steps - 1)
  return finish(out, requiresGrad)
}

/**
 * Powers of a base whose exponents lie at equal distances from a start to an end, both included.
 *
 * @example logspace(0, 2, 3) // tensor([  1.,  10., 100.])
 */
export function logspace(
  start: number,
  end: number,
  steps: number,
  options: CreationOptions & { base?: number } = {},
): Tensor {
  const { base = 10, ...rest } = options
  const out = linspace(start, end, steps, rest)
  const data = out.storage.data
  for (let i = 0; i < steps; i++) data[i] = base ** (steps === 1 ? start : start + ((end - start) * i) / (steps - 1))
  return out
}

/**
 * The identity matrix: ones on the diagonal.
 *
 * @example eye(2) // tensor([[1., 0.],\n        [0., 1.]])
 */
export function eye(rows: number, columns?: number | CreationOptions, options: CreationOptions = {}): Tensor {
  const width = typeof columns === "number" ? columns : rows
  for (const size of [rows, width]) {
    if (!Number.isInteger(size) || size < 0)
      throw badNumber("eye", "a size", size, "a whole number that is not negative")
  }
  const { requiresGrad, ...rest } = typeof columns === "object" ? columns : options
  const out = zeros([rows, width], rest)
  for (let i = 0; i < Math.min(rows, width); i++) out.storage.data[i * width + i] = 1
  return finish(out, requiresGrad)
}

/** A dtype that random fractions can have. */
export function checkFloat(name: string, dtype: DType): DType {
  if (!isFloatingPoint(checkDType(dtype))) throw badOption(name, "dtype", dtype, ["float32", "float64"])
  return dtype
}

/** The positions of a triangle of a matrix, a row for each: rows above, columns below. */
function triangleIndices(
  name: string,
  rows: number,
  columns: number,
  inside: (i: number, j: number) => boolean,
): Tensor {
  for (const size of [rows, columns]) {
    if (!Number.isInteger(size) || size < 0)
      throw badNumber(name, "a size", size, "a whole number that is not negative")
  }
  const found: [number[], number[]] = [[], []]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (!inside(i, j)) continue
      found[0].push(i)
      found[1].push(j)
    }
  }
  const out = uninitialized([2, found[0].length], "int32")
  out.storage.data.set(found.flat())
  return out
}

/**
 * The rows and columns of the lower triangle of a matrix: int32, `[2, count]`.
 *
 * @example trilIndices(2, 2) // tensor([[0, 1, 1],\n        [0, 0, 1]], dtype=int32)
 */
export function trilIndices(rows: number, columns: number, offset = 0): Tensor {
  return triangleIndices("trilIndices", rows, columns, (i, j) => j - i <= offset)
}

/**
 * The rows and columns of the upper triangle of a matrix: int32, `[2, count]`.
 *
 * @example triuIndices(2, 2) // tensor([[0, 0, 1],\n        [0, 1, 1]], dtype=int32)
 */
export function triuIndices(rows: number, columns: number, offset = 0): Tensor {
  return triangleIndices("triuIndices", rows, columns, (i, j) => j - i >= offset)
}
