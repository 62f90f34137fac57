import { type DType, type NestedArray, Tensor, tensor } from "../../src/index.js"
import type { TensorMethods } from "../../src/ops/index.js"
import * as ops from "../../src/ops/index.js"

/** Everything in `src/ops`, as a function or as a method of a tensor. */
export type OperationName =
  | Exclude<keyof typeof ops, "linalg">
  | `linalg.${keyof typeof ops.linalg}`
  | keyof TensorMethods

/** A tensor in a sample, as data: both sides make it, ours and PyTorch's. */
export class Input {
  constructor(
    readonly shape: readonly number[],
    readonly values: readonly number[],
    /** `"float"` is float32 or float64, as the test runs; its gradient is compared unless it is constant. */
    readonly dtype: "float" | "int32" | "bool",
    readonly constant: boolean,
  ) {}

  /** Whether a gradient is asked for. */
  get variable(): boolean {
    return this.dtype === "float" && !this.constant
  }
}

/** An argument of a call: tensors, and what is written in the same way in TypeScript and in Python. */
export type Argument =
  | Input
  | number
  | string
  | boolean
  | null
  | readonly Argument[]
  | { readonly [key: string]: Argument }

/** One call of an operation, which PyTorch makes too. */
export interface Sample {
  readonly args: readonly Argument[]
  /** The call in Python, over the inputs a, b, c …, where it is not the function of the same name with the same arguments. */
  readonly torch?: string
  /** Our call, where it is not the operation of the name with the arguments in their order. */
  readonly ours?: (...inputs: Tensor[]) => unknown
  /** False where the operation jumps at these inputs, so that central differences say nothing. */
  readonly gradcheck?: boolean
  /** False where the answer depends on the layout in memory. */
  readonly layouts?: false
  /** How far float32 may be off where 1e-5 is too strict. */
  readonly float32?: Tolerance
  /** The same for float64, where 1e-10 is too strict. */
  readonly float64?: Tolerance
}

/** How far a sample may be off, and why so far. */
export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
  readonly why: string
}

/** What shows that an operation is right: its samples, or the file that tests it in another way. */
export type Proof = readonly Sample[] | { readonly testedIn: string }

/** The proofs of some operations. */
export type Samples = { readonly [Name in OperationName]?: Proof }

/** Options of a sample besides its arguments. */
type Options = Omit<Sample, "args">

/** One call of an operation. */
export function call(...args: readonly Argument[]): Sample {
  return { args }
}

/** The same with options. */
export function callWith(options: Options, ...args: readonly Argument[]): Sample {
  return { ...options, args }
}

function input(data: NestedArray, dtype: Input["dtype"], constant: boolean): Input {
  const made = tensor(data, { dtype: "float64" })
  return new Input(made.shape, Array.from(made.toTypedArray()), dtype, constant)
}

/** A float input with a gradient. */
export const floats = (data: NestedArray): Input => input(data, "float", false)
/** A float input that no gradient is asked for. */
export const constants = (data: NestedArray): Input => input(data, "float", true)
/** Whole numbers: int32 here, int64 in PyTorch. */
export const ints = (data: NestedArray): Input => input(data, "int32", true)
/** Booleans. */
export const bools = (data: NestedArray): Input => input(data, "bool", true)
/** A float input of a shape with crooked numbers. */
export function crooked(shape: readonly number[], low = -1.7, high = 2.1): Input {
  const count = shape.reduce((n, size) => n * size, 1)
  // Multiples of the golden ratio modulo 1 spread evenly and never meet.
  const values = Array.from({ length: count }, (_, i) => {
    const share = (0.37 + i * 0.6180339887498949) % 1
    return Math.round((low + (high - low) * share) * 1e4) / 1e4
  })
  return new Input(shape, values, "float", false)
}

/** How the elements of an input stand in memory: in order, or spread out and with the dimensions the other way round. */
export type Layout = "dense" | "strided"
export const layouts: readonly Layout[] = ["dense", "strided"]

/** Makes the tensor of an input. */
export function make(input: Input, dtype: "float32" | "float64", layout: Layout, requiresGrad: boolean): Tensor {
  const type: DType = input.dtype === "float" ? dtype : input.dtype
  const dense = tensor([...input.values], { dtype: type }).reshape(input.shape)
  const made = layout === "dense" ? dense : spreadOut(dense)
  return requiresGrad && input.variable ? made.requiresGrad_() : made
}

/** A view of the same elements with gaps between them and the first dimension fastest. */
function spreadOut(x: Tensor): Tensor {
  if (x.ndim === 0) return ops.full([3], 9, { dtype: x.dtype }).copy_(x).at(1)
  const reversed = x.shape.map((_, d) => x.ndim - 1 - d)
  const last = x.shape[0] as number
  const space = ops.full([...x.shape.slice(1).reverse(), 2 * last], 9, { dtype: x.dtype })
  const view = space.at("...", "::2").permute(reversed)
  return view.copy_(x)
}

/** The inputs of a sample, each once, in the order in which they stand. */
export function inputsOf(sample: Sample): Input[] {
  const found = new Set<Input>()
  const visit = (argument: Argument): void => {
    if (argument instanceof Input) found.add(argument)
    else if (Array.isArray(argument)) argument.forEach(visit)
    else if (typeof argument === "object" && argument !== null) Object.values(argument).forEach(visit)
  }
  sample.args.forEach(visit)
  return [...found]
}

const linalg = Object.entries(ops.linalg).map(([name, operation]) => [`linalg.${name}`, operation])
const functions: Readonly<Record<string, unknown>> = { ...ops, ...Object.fromEntries(linalg) }

/** Makes our call with the tensors in the place of the inputs. */
export function run(name: string, sample: Sample, tensors: readonly Tensor[]): unknown {
  if (sample.ours !== undefined) return sample.ours(...tensors)
  const inputs = inputsOf(sample)
  const filled = (argument: Argument): unknown => {
    if (argument instanceof Input) return tensors[inputs.indexOf(argument)]
    if (Array.isArray(argument)) return argument.map(filled)
    if (typeof argument === "object" && argument !== null)
      return Object.fromEntries(Object.entries(argument).map(([key, value]) => [key, filled(value)]))
    return argument
  }
  const args = sample.args.map(filled)
  const operation = functions[name]
  if (typeof operation === "function") return operation(...args)
  const [first, ...rest] = args
  return (first as Record<string, (...args: unknown[]) => unknown>)[name]?.(...rest)
}

/** The tensors in what a call returns: one, several, or values and indices. */
export function outputsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result]
  if (typeof result === "boolean") return [tensor(result)]
  if (typeof result === "number") return [tensor(result, { dtype: "float64" })]
  if (typeof result === "object" && result !== null) return Object.values(result).flatMap(outputsOf)
  throw new Error(`a sample returned ${String(result)}`)
}

/** The call in Python, over inputs named a, b, c … */
export function pythonCall(name: string, sample: Sample): string {
  if (sample.torch !== undefined) return sample.torch
  const args = sample.args.map((argument, i) => {
    const last = i === sample.args.length - 1
    if (!last || typeof argument !== "object" || argument === null) return python(argument, sample)
    if (argument instanceof Input || Array.isArray(argument)) return python(argument, sample)
    return Object.entries(argument)
      .map(([key, value]) => `${snake(key)}=${python(value, sample)}`)
      .join(", ")
  })
  return `torch.${snake(name)}(${args.join(", ")})`
}

/** PyTorch's spelling of a name. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** An argument as Python writes it. */
export function python(argument: Argument, sample: Sample): string {
  if (argument instanceof Input) return "abcdefgh"[inputsOf(sample).indexOf(argument)] as string
  if (argument === null) return "None"
  if (typeof argument === "boolean") return argument ? "True" : "False"
  if (typeof argument === "number")
    return Number.isFinite(argument) ? String(argument) : `float("${argument}")`.toLowerCase()
  if (typeof argument === "string") return JSON.stringify(argument)
  if (Array.isArray(argument)) return `[${argument.map((entry) => python(entry, sample)).join(", ")}]`
  const entries = Object.entries(argument).map(([key, value]) => `${JSON.stringify(key)}: ${python(value, sample)}`)
  return `{${entries.join(", ")}}`
}

/** What stands for `x.at(…)` and for PyTorch's `x[…]`, from the same indices. */
export function indexed(x: Input, ...indices: readonly Argument[]): Sample {
  const sample: Sample = { args: [x, ...indices] }
  const parts = indices.map((index) => {
    if (typeof index === "string") return index
    return python(index, sample)
  })
  return { ...sample, torch: `a[${parts.join(", ")}]` }
}
