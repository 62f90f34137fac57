import { enableGrad } from "../../autograd/mode.js"
import { withOrigins } from "../../autograd/origins.js"
import type { Module } from "../../nn/module.js"
import { cat } from "../../ops/join.js"
import type { RecurrentWeights } from "../../ops/recurrent.js"
import { flip } from "../../ops/select.js"
import { CellgradError } from "../../tensor/errors.js"
import { isTensor, type Tensor } from "../../tensor/tensor.js"
import { writeFileBytes } from "../files.js"
import { holdsForAnyBatch, repeatedDim, sizesOf } from "./batch.js"
import { type GraphValue, OnnxGraph } from "./graph.js"
import { LayerPaths } from "./layer-paths.js"
import * as messages from "./messages.js"
import { operatorOf } from "./operators.js"
import { isNothing } from "./recurrent.js"
import { recordedBefore } from "./trace.js"
import { type Recorded, Unwritable, type Writing } from "./writing.js"

/** How a model is exported. */
export interface OnnxOptions {
  /** The names of the inputs. Default: `input`, or `input0`, `input1`, … of several. */
  inputNames?: readonly string[]
  /** The names of the outputs. Default: `output`, or `output0`, `output1`, … of several. */
  outputNames?: readonly string[]
  /**
   * Whether the inputs come in batches whose size may be another each time. Default: true, where the model allows it, which
   * a call with the example twice tells.
   */
  dynamicBatch?: boolean
  /** Which dimension of the inputs counts the samples of a batch; 1 for sequences without `batchFirst`. Default: 0. */
  batchDim?: number
}

/**
 * Writes a model as an ONNX file, which many other programs run: it is called once with the example, and the operations
 * that led to its output are written down, with the parameters as constants. The model is exported as it evaluates (no
 * dropout, running means). Gives the bytes of the file.
 *
 * Shape: all sizes of the inputs but that of the batch are fixed to those of the example.
 *
 * Errors: an operation that has no form in ONNX yet, which is named; a model that decides by the values of its input, of
 * which only one way would be exported (it is called with two inputs to find that out).
 *
 * Source: onnx.ai, Open Neural Network Exchange, operator set 17.
 *
 * @param example an input, or several, as the model takes them
 * @param path where the file goes; without one, only the bytes are given
 * @example exportOnnx(new nn.Linear(2, 3), zeros([1, 2])).length > 100 // true
 */
export function exportOnnx(
  model: Module,
  example: Tensor | readonly Tensor[],
  path?: string,
  options: OnnxOptions = {},
): Uint8Array {
  const inputs = isTensor(example) ? [example] : [...example]
  for (const input of inputs) if (!isTensor(input)) throw messages.notAnExample(input)
  const bytes = asEvaluated(model, () => {
    const doubled = options.dynamicBatch === false ? undefined : tapeOfDoubled(model, inputs, options.batchDim ?? 0)
    const { file, constants, tape } = write(model, inputs, options, doubled)
    const other = write(model, inputs.map(changed), options, undefined)
    const clash = constants.findIndex((constant, i) => !sameElements(constant.value, other.constants[i]?.value))
    if (clash >= 0) {
      const { operation = "an operation", path = [] } = constants[clash]?.user ?? {}
      throw messages.dependsOnValues(operation, path)
    }
    const named = (of: typeof tape) => of.map(({ operation }) => operation).join()
    if (named(other.tape) !== named(tape)) throw messages.dependsOnValues("the course of its forward pass", [])
    const frozen = tape.find(({ detail }, i) => !sameSettings(detail, other.tape[i]?.detail))
    if (frozen !== undefined) throw messages.dependsOnValues(`a number in ${frozen.operation}`, frozen.path)
    return file
  })
  if (path !== undefined) writeFileBytes("exportOnnx", path, bytes)
  return bytes
}

/** Runs with the model as it evaluates and with all its parameters on the tape; then all is as before. */
function asEvaluated<T>(model: Module, run: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const)
  const frozen = model.parameters().filter((parameter) => !parameter.requiresGrad)
  model.eval()
  for (const parameter of frozen) parameter.requiresGrad = true
  try {
    return enableGrad(run)
  } finally {
    for (const parameter of frozen) parameter.requiresGrad = false
    for (const [module, training] of modes) module.training = training
  }
}

/** Another input of the same shape, to find out what hangs on the values. */
function changed(x: Tensor): Tensor {
  if (x.dtype === "float32" || x.dtype === "float64") return x.detach().mul(-0.7).add(0.3)
  return x.ndim === 0 ? x : flip(x, ...x.shape.map((_, d) => d)) // the same numbers, which are known to be allowed
}

/** A constant in the file, and the operation that uses it. */
interface Constant {
  readonly value: Tensor
  readonly user: User
}

/** An operation of the model, and the layers that it stands in, outermost first. */
interface User {
  readonly operation: string
  readonly path: readonly string[]
}

function write(
  model: Module,
  examples: readonly Tensor[],
  { inputNames, outputNames, batchDim = 0 }: OnnxOptions,
  doubled: Traced | undefined,
): { file: Uint8Array; constants: Constant[]; tape: (Recorded & { path: readonly string[] })[] } {
  const { inputs, outputs, tape, layers } = traced(model, examples)
  const batch = inputs[0]?.shape[batchDim] ?? 0
  const twin = doubled !== undefined && holdsForAnyBatch(tape, doubled.tape, batch) ? doubled : undefined
  const names = new Map<Tensor, string>()
  const constants: Constant[] = []
  const named = (wanted: readonly string[] | undefined, kind: string, count: number) =>
    wanted ?? Array.from({ length: count }, (_, i) => (count === 1 ? kind : `${kind}${i}`))
  const inputNamesUsed = named(inputNames, "input", inputs.length)
  const graph = new OnnxGraph({ name: inputNamesUsed[0] as string, batchDim })
  inputs.forEach((input, i) => {
    names.set(input, inputNamesUsed[i] as string)
  })
  const parameters = new Map(model.namedParameters().map(([name, parameter]) => [parameter, name]))
  const twins = twin === undefined ? new Map<Tensor, Tensor>() : twinsOf(tape, twin.tape)
  let user: User = { operation: "the output", path: [] }
  const nameOf = (x: Tensor): string => {
    const known = names.get(x)
    if (known !== undefined) return known
    // Whole numbers are not on the tape: the same numbers in the same order are the input, whatever their shape. (That they
    // are not so by chance, the second call with other numbers tells.)
    const input = inputs.find((given) => given.dtype === "int32" && x.dtype === "int32" && sameElements(given, x))
    let name: string
    if (input !== undefined) {
      const [first, ...rest] = x.shape
      const size = first === input.shape[0] ? 0 : -1
      name = graph.op("Reshape", [names.get(input) as string, graph.integers(x.ndim === 0 ? [] : [size, ...rest])])
    } else {
      const parameter = parameters.get(x)
      if (parameter === undefined) constants.push({ value: x, user })
      const other = twins.get(x)
      const repeated = other === undefined ? undefined : repeatedDim(x, other, batch)
      if (other === undefined || repeated === undefined) name = graph.constant(x.detach(), parameter)
      else {
        const sizes = graph.sizes(sizesOf(x.shape, other.shape, batch) ?? x.shape)
        name = graph.op("Expand", [graph.constant(x.detach().narrow(repeated, 0, 1)), sizes])
      }
    }
    names.set(x, name)
    return name
  }
  tape.forEach((recorded, i) => {
    user = { operation: recorded.operation, path: layers.of(recorded.sequence) }
    const writing = { graph, recorded, twin: twin?.tape[i], batch, nameOf }
    names.set(recorded.output, writeOperation(writing, user.path))
  })
  user = { operation: "the output", path: [] }
  const outputNamesUsed = named(outputNames, "output", outputs.length)
  const graphValue = (x: Tensor, other: Tensor | undefined, name: string): GraphValue => {
    const times = (size: number) => (size === batch ? "batch" : `${size / batch} * batch`)
    return { name, dtype: x.dtype, shape: x.shape.map((size, d) => (size === other?.shape[d] ? size : times(size))) }
  }
  const graphOutputs = outputs.map((output, i) => {
    const name = outputNamesUsed[i] as string
    graph.identity(nameOf(output), name)
    return graphValue(output, twin === undefined ? output : twin.outputs[i], name)
  })
  const graphInputs = inputs.map((input, i) =>
    graphValue(input, twin === undefined ? input : twin.inputs[i], inputNamesUsed[i] as string),
  )
  return {
    file: graph.finish(model.constructor.name || "model", graphInputs, graphOutputs),
    constants,
    tape: tape.map((recorded) => ({ ...recorded, path: layers.of(recorded.sequence) })),
  }
}

/** The inputs of two tapes of the same operations, each beside the one in its place. */
function twinsOf(tape: readonly Recorded[], doubled: readonly Recorded[]): Map<Tensor, Tensor> {
  const pairs = tape.flatMap(({ inputs }, i) =>
    inputs.map((input, k): [Tensor, Tensor] => [input, doubled[i]?.inputs[k] as Tensor]),
  )
  return new Map(pairs)
}

/** A call of a model: what went in, what came out, and the operations between. */
interface Traced {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly tape: readonly Recorded[]
  readonly layers: LayerPaths
}

/** Calls the model with inputs on the tape. */
function traced(model: Module, examples: readonly Tensor[]): Traced {
  const inputs = examples.map((example) => {
    const copy = example.detach().clone()
    if (copy.dtype === "float32" || copy.dtype === "float64") copy.requiresGrad = true
    return copy
  })
  const layers = new LayerPaths()
  return withOrigins(inputs, () => {
    const result = layers.watch(model, () => (model as (...args: Tensor[]) => unknown)(...inputs))
    const outputs = outputsOf(result)
    return { inputs, outputs, tape: recordedBefore(outputs), layers }
  })
}

/** A call with a batch twice as large; undefined when the model does not take one. */
function tapeOfDoubled(model: Module, examples: readonly Tensor[], batchDim: number): Traced | undefined {
  const batch = examples[0]?.shape[batchDim]
  if (batch === undefined) return undefined
  try {
    return traced(
      model,
      examples.map((x) => (x.shape[batchDim] === batch ? cat([x.detach(), x.detach()], batchDim) : x)),
    )
  } catch (error) {
    if (error instanceof CellgradError) return undefined
    throw error
  }
}

function writeOperation(writing: Omit<Writing, "names">, path: readonly string[]): string {
  const { graph, recorded, nameOf } = writing
  const operator = operatorOf(recorded)
  if (operator === undefined) throw messages.notInOnnx(recorded.operation, path)
  // A constant that is recorded in another type than the operation's result, such as whole numbers, is brought to it.
  const inputName = (x: Tensor) => {
    const name = nameOf(x)
    const isFloat = (dtype: string) => dtype === "float32" || dtype === "float64"
    const cast = recorded.operation !== "to" && isFloat(recorded.output.dtype) && x.dtype !== recorded.output.dtype
    return cast ? graph.op("Cast", [name], { to: OnnxGraph.dataType(recorded.output.dtype) }) : name
  }
  const needless = needlessInputs(recorded)
  const names = recorded.inputs.map((input) => (needless.includes(input) ? "" : inputName(input)))
  try {
    return operator({ ...writing, names })
  } catch (error) {
    if (error instanceof Unwritable) throw messages.notInOnnx(error.message, path)
    throw error
  }
}

/** Inputs that are written in another form: weights of a recurrent layer in another order, the slope of a leaky rectifier. */
function needlessInputs({ detail, inputs }: Recorded): readonly unknown[] {
  const { weights, negativeSlope } = (detail ?? {}) as { weights?: RecurrentWeights; negativeSlope?: number }
  if (weights !== undefined) return [...Object.values(weights), ...inputs.slice(1).filter(isNothing)]
  return negativeSlope === undefined ? [] : inputs.slice(1)
}

/** The tensors that a model gives: one, or those of an array or object, and of the arrays in it. */
function outputsOf(result: unknown): Tensor[] {
  const found = tensorsOf(result)
  if (found.length === 0) throw messages.noTensors(result)
  return found
}

function tensorsOf(result: unknown): Tensor[] {
  if (isTensor(result)) return [result]
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(tensorsOf) : []
}

/** Whether the numbers and texts among an operation's settings are the same. */
function sameSettings(a: unknown, b: unknown): boolean {
  if (isTensor(a) || isTensor(b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b)
  return Object.entries(a).every(([key, value]) => sameSettings(value, (b as Record<string, unknown>)[key]))
}

function sameElements(a: Tensor, b: Tensor | undefined): boolean {
  if (b === undefined || a.count !== b.count) return false
  const [x, y] = [a.toTypedArray(), b.toTypedArray()]
  return x.every((value, i) => Object.is(value, y[i]))
}
