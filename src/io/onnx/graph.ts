import type { DType } from "../../native/dtype.js"
import type { Tensor } from "../../tensor/tensor.js"
import { encodeElements } from "../elements.js"
import { ProtoWriter } from "./protobuf.js"

/** The version of the operators' definitions that the graphs are written in. */
const operatorSet = 17
const irVersion = 8

const dataTypes: { readonly [D in DType]: number } = { float32: 1, float64: 11, int32: 6, bool: 9 }
const int64 = 7

/** A setting of an operator: a whole number, several, a text, several, or a fraction (an object, since 1 is both). */
export type Attribute = number | readonly number[] | string | readonly string[] | { readonly float: number }

/** An input or output of the whole graph. */
export interface GraphValue {
  readonly name: string
  readonly dtype: DType
  /** The sizes; a text names one that may be another each time. */
  readonly shape: readonly (number | string)[]
}

/** A size that is that of the batch, so many times. */
export interface BatchSize {
  readonly times: number
}

/** A graph of ONNX that comes together operator by operator. */
export class OnnxGraph {
  readonly #nodes: Uint8Array[] = []
  readonly #initializers: Uint8Array[] = []
  readonly #integers = new Map<string, string>()
  readonly #numbers = new Map<string, string>()
  #count = 0
  /** The size of the batch, as an operator's output; null until it is asked for. */
  #batch: string | null = null

  /** @param input the name of an input, and which of its dimensions is the batch */
  constructor(private readonly input: { readonly name: string; readonly batchDim: number }) {}

  /** Adds an operator; gives the name of its output, or of the one that is asked for. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs = 1,
  ): string {
    const names = Array.from({ length: outputs }, () => this.#fresh(type.toLowerCase()))
    const node = new ProtoWriter()
    for (const input of inputs) node.text(1, input)
    for (const output of names) node.text(2, output)
    node.text(3, names[0] as string).text(4, type)
    for (const [name, value] of Object.entries(attributes))
      node.message(5, (message) => writeAttribute(message, name, value))
    this.#nodes.push(node.finish())
    return names[0] as string
  }

  /** Adds an operator of several outputs; gives all their names. */
  ops(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): string[] {
    const first = this.op(type, inputs, attributes, outputs)
    const number = Number(first.slice(first.lastIndexOf("_") + 1))
    return Array.from({ length: outputs }, (_, i) => `${type.toLowerCase()}_${number + i}`)
  }

  /** Gives a value another name: that of an output of the graph. */
  identity(from: string, to: string): void {
    this.#nodes.push(new ProtoWriter().text(1, from).text(2, to).text(3, to).text(4, "Identity").finish())
  }

  /** A constant tensor, under a name of its own or a given one. */
  constant(x: Tensor, name = this.#fresh("constant")): string {
    const tensor = new ProtoWriter().integers(1, x.shape).integer(2, dataTypes[x.dtype])
    this.#initializers.push(tensor.text(8, name).bytes(9, encodeElements(x)).finish())
    return name
  }

  /** Constant whole numbers of 64 bits, as shapes and axes are given. */
  integers(values: readonly number[]): string {
    const key = values.join()
    const known = this.#integers.get(key)
    if (known !== undefined) return known
    const name = this.#fresh("sizes")
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    const tensor = new ProtoWriter().integers(1, [values.length]).integer(2, int64)
    this.#initializers.push(tensor.text(8, name).bytes(9, bytes).finish())
    this.#integers.set(key, name)
    return name
  }

  /** Sizes of which some hang on the batch. */
  sizes(sizes: readonly (number | BatchSize)[]): string {
    if (sizes.every((size) => typeof size === "number")) return this.integers(sizes as number[])
    this.#batch ??= this.op("Gather", [this.op("Shape", [this.input.name]), this.integers([this.input.batchDim])])
    const batch = this.#batch
    const parts = sizes.map((size) => {
      if (typeof size === "number") return this.integers([size])
      return size.times === 1 ? batch : this.op("Mul", [batch, this.integers([size.times])])
    })
    return this.op("Concat", parts, { axis: 0 })
  }

  /** A constant number, as a tensor without dimensions. */
  number(value: number, dtype: DType): string {
    const key = `${dtype} ${value}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const name = this.#fresh("number")
    const elements =
      dtype === "float64" ? Float64Array.of(value) : dtype === "float32" ? Float32Array.of(value) : Int32Array.of(value)
    const tensor = new ProtoWriter().integers(1, []).integer(2, dataTypes[dtype === "bool" ? "int32" : dtype])
    this.#initializers.push(tensor.text(8, name).bytes(9, new Uint8Array(elements.buffer)).finish())
    this.#numbers.set(key, name)
    return name
  }

  /** The number by which ONNX knows a dtype. */
  static dataType(dtype: DType): number {
    return dataTypes[dtype]
  }

  /** The whole model as the bytes of an `.onnx` file. */
  finish(name: string, inputs: readonly GraphValue[], outputs: readonly GraphValue[]): Uint8Array {
    const graph = new ProtoWriter()
    for (const node of this.#nodes) graph.bytes(1, node)
    graph.text(2, name)
    for (const initializer of this.#initializers) graph.bytes(5, initializer)
    for (const value of inputs) graph.message(11, (message) => writeValue(message, value))
    for (const value of outputs) graph.message(12, (message) => writeValue(message, value))
    return new ProtoWriter()
      .integer(1, irVersion)
      .text(2, "cellgrad")
      .bytes(7, graph.finish())
      .message(8, (message) => message.text(1, "").integer(2, operatorSet))
      .finish()
  }

  #fresh(kind: string): string {
    return `${kind}_${this.#count++}`
  }
}

function writeAttribute(message: ProtoWriter, name: string, value: Attribute): void {
  message.text(1, name)
  if (typeof value === "number") message.integer(3, value).integer(20, 2)
  else if (typeof value === "string") message.text(4, value).integer(20, 3)
  else if ("float" in value) message.float(2, value.float).integer(20, 1)
  else if (isTexts(value)) {
    for (const text of value) message.text(9, text)
    message.integer(20, 8)
  } else message.integers(8, value as readonly number[]).integer(20, 7)
}

function isTexts(values: readonly unknown[]): values is readonly string[] {
  return typeof values[0] === "string"
}

function writeValue(message: ProtoWriter, { name, dtype, shape }: GraphValue): void {
  message.text(1, name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, dataTypes[dtype]).message(2, (sizes) => {
        for (const size of shape)
          sizes.message(1, (entry) => void (typeof size === "number" ? entry.integer(1, size) : entry.text(2, size)))
      })
    }),
  )
}
