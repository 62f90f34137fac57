import type { RecurrentMode } from "../native/backend.js"
import { zeros } from "../ops/creation.js"
import { cat, stack } from "../ops/join.js"
import { type RecurrentWeights, recurrent } from "../ops/recurrent.js"
import { indexSelect } from "../ops/select.js"
import { uninitialized } from "../tensor/allocate.js"
import { badOption, notATensor, wrongDType } from "../tensor/messages.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { dropout } from "./functional.js"
import { uniform_ } from "./init.js"
import { checkSize } from "./linear.js"
import { outOfRange } from "./messages.js"
import { Module } from "./module.js"
import { PackedSequence } from "./packed-sequence.js"
import { Parameter } from "./parameter.js"
import * as messages from "./recurrent-messages.js"

/** Options of `LSTM` and `GRU`. */
export interface RecurrentOptions {
  /** How many layers stand one above the other. Default: 1. */
  numLayers?: number
  /** Whether both products add a bias. Default: true. */
  bias?: boolean
  /** Whether inputs are `[batch, length, inputSize]` instead of `[length, batch, inputSize]`. Default: false. */
  batchFirst?: boolean
  /** The probability of dropping between the layers, while training. Default: 0. */
  dropout?: number
  /** Whether a second layer goes through the sequence backwards. Default: false. */
  bidirectional?: boolean
  /** Default: `"float32"`. */
  dtype?: "float32" | "float64"
}

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** The activation. Default: `"tanh"`. */
  nonlinearity?: "tanh" | "relu"
}

const gatesOf: { readonly [M in RecurrentMode]: number } = { lstm: 4, gru: 3, tanh: 1, relu: 1 }

/** The sequence that the layers work on: rows step after step, and how to give results back as they came. */
interface Rows {
  readonly data: Tensor // [rows, features]
  readonly batchSizes: readonly number[]
  readonly batch: number
  /** What the user sees, of rows that went through all layers. */
  readonly shown: (rows: Tensor) => Tensor | PackedSequence
  /** A state as the rows need it, and as the user gave it. */
  readonly sorted: (state: Tensor) => Tensor
  readonly unsorted: (state: Tensor) => Tensor
  /** Whether states have a dimension for the batch. */
  readonly batched: boolean
}

/** What the recurrent layers share: weights named as in PyTorch, layers, directions and states. */
abstract class Recurrent extends Module {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly numLayers: number
  readonly batchFirst: boolean
  readonly dropout: number
  readonly bidirectional: boolean
  readonly #mode: RecurrentMode
  readonly #weights: readonly (readonly RecurrentWeights[])[] // by layer and direction
  /** The parameters by PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`. */
  readonly [name: `weight_${string}`]: Parameter
  readonly [name: `bias_${string}`]: Parameter

  constructor(
    mode: RecurrentMode,
    inputSize: number,
    hiddenSize: number,
    {
      numLayers = 1,
      bias = true,
      batchFirst = false,
      dropout: p = 0,
      bidirectional = false,
      dtype = "float32",
    }: RecurrentOptions,
  ) {
    super()
    const name = this.constructor.name
    checkSize(name, "inputSize", inputSize)
    checkSize(name, "hiddenSize", hiddenSize)
    checkSize(name, "numLayers", numLayers)
    if (!(p >= 0 && p <= 1)) throw outOfRange(name, "dropout", p, "must lie between 0 and 1")
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.numLayers = numLayers
    this.batchFirst = batchFirst
    this.dropout = p
    this.bidirectional = bidirectional
    this.#mode = mode
    const directions = bidirectional ? ["", "_reverse"] : [""]
    const width = gatesOf[mode] * hiddenSize
    this.#weights = Array.from({ length: numLayers }, (_, layer) =>
      directions.map((direction) => {
        const inputs = layer === 0 ? inputSize : hiddenSize * directions.length
        const make = (kind: string, shape: readonly number[]) => {
          const parameter = new Parameter(uninitialized(shape, dtype))
          Object.assign(this, { [`${kind}_l${layer}${direction}`]: parameter })
          return parameter
        }
        return {
          weightIh: make("weight_ih", [width, inputs]),
          weightHh: make("weight_hh", [width, hiddenSize]),
          biasIh: bias ? make("bias_ih", [width]) : null,
          biasHh: bias ? make("bias_hh", [width]) : null,
        }
      }),
    )
    this.resetParameters()
  }

  /** Draws all parameters anew, evenly spread over ±1/√hiddenSize, with PyTorch's random numbers. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize)
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound)
  }

  /** All layers over a sequence; the states of each layer and direction one below the other. */
  protected run(
    x: Tensor | PackedSequence,
    first: { hidden: Tensor; cell: Tensor | null } | null,
    hasCell: boolean,
  ): { output: Tensor | PackedSequence; hidden: Tensor; cell: Tensor | null } {
    const rows = this.#rowsOf(x)
    const { dtype } = rows.data
    const start = (state: Tensor | null, role: string) => this.#firstState(state, role, rows, dtype)
    const hiddens = start(first?.hidden ?? null, "h0") // [layers · directions, N, H]
    const cells = hasCell ? start(first?.cell ?? null, "c0") : null
    const lastHiddens: Tensor[] = []
    const lastCells: Tensor[] = []
    let input = rows.data
    this.#weights.forEach((directions, layer) => {
      const outputs = directions.map((weights, direction) => {
        const place = layer * directions.length + direction
        const steps = { batchSizes: rows.batchSizes, reverse: direction === 1 }
        const state = hiddens.select(0, place)
        const found = recurrent(this.#mode, input, state, cells?.select(0, place) ?? null, weights, steps)
        lastHiddens.push(found.hidden)
        if (found.cell !== null) lastCells.push(found.cell)
        return found.output
      })
      input = outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs, 1) // [rows, directions · H]
      if (layer < this.numLayers - 1) input = dropout(input, this.dropout, { training: this.training })
    })
    const shownState = (states: Tensor[]) => {
      const all = rows.unsorted(stack(states)) // [layers · directions, N, H]
      return rows.batched ? all : all.squeeze(1)
    }
    return {
      output: rows.shown(input),
      hidden: shownState(lastHiddens),
      cell: hasCell ? shownState(lastCells) : null,
    }
  }

  /** The rows of an input, checked. */
  #rowsOf(x: Tensor | PackedSequence): Rows {
    const name = this.constructor.name
    if (x instanceof PackedSequence) {
      const { data, batchSizes, sortedIndices, unsortedIndices } = x
      if (data.ndim !== 2 || data.size(1) !== this.inputSize) throw this.#wrongInput(data.shape)
      this.#checkType(data)
      return {
        data,
        batchSizes,
        batch: batchSizes[0] ?? 0,
        shown: (rows) => new PackedSequence(rows, batchSizes, sortedIndices, unsortedIndices),
        sorted: (state) => (sortedIndices === null ? state : indexSelect(state, 1, sortedIndices)),
        unsorted: (state) => (unsortedIndices === null ? state : indexSelect(state, 1, unsortedIndices)),
        batched: true,
      }
    }
    if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor or a packed sequence")
    if ((x.ndim !== 2 && x.ndim !== 3) || x.shape.at(-1) !== this.inputSize) throw this.#wrongInput(x.shape)
    this.#checkType(x)
    const batched = x.ndim === 3
    const steps = batched ? (this.batchFirst ? x.transpose(0, 1) : x) : x.unsqueeze(1) // [L, N, inputs]
    const [length, batch] = [steps.size(0), steps.size(1)]
    const same = (state: Tensor) => state
    return {
      data: steps.reshape([length * batch, this.inputSize]),
      batchSizes: new Array<number>(length).fill(batch),
      batch,
      shown: (rows) => {
        const out = rows.reshape([length, batch, rows.size(1)])
        return batched ? (this.batchFirst ? out.transpose(0, 1) : out) : out.squeeze(1)
      },
      sorted: same,
      unsorted: same,
      batched,
    }
  }

  /** The states before the first step, `[layers · directions, N, H]`: zeros unless they were given. */
  #firstState(state: Tensor | null, role: string, rows: Rows, dtype: Tensor["dtype"]): Tensor {
    const places = this.numLayers * (this.bidirectional ? 2 : 1)
    const shape = [places, rows.batch, this.hiddenSize]
    if (state === null) return zeros(shape, { dtype })
    const name = this.constructor.name
    if (!(state instanceof Tensor)) throw notATensor(name, state, `a tensor as ${role}`)
    const wanted = rows.batched ? shape : [places, this.hiddenSize]
    if (!sameShape(state.shape, wanted)) throw messages.recurrentState(name, role, state.shape, wanted, this.batchFirst)
    this.#checkType(state)
    return rows.sorted(rows.batched ? state : state.unsqueeze(1))
  }

  #checkType(x: Tensor): void {
    const dtype = this.#weights[0]?.[0]?.weightIh.dtype
    if (x.dtype === dtype) return
    throw wrongDType(
      this.constructor.name,
      x,
      `tensors of the weights' type, ${dtype}`,
      `convert it: x.to("${dtype}").`,
    )
  }

  #wrongInput(shape: readonly number[]): Error {
    return messages.recurrentInput(this.constructor.name, shape, this.inputSize, this.batchFirst)
  }

  override extraRepr(): string {
    const settings = [
      ...(this.numLayers === 1 ? [] : [`numLayers: ${this.numLayers}`]),
      ...(this.batchFirst ? ["batchFirst: true"] : []),
      ...(this.dropout === 0 ? [] : [`dropout: ${this.dropout}`]),
      ...(this.bidirectional ? ["bidirectional: true"] : []),
    ]
    return [`${this.inputSize} -> ${this.hiddenSize}`, ...settings].join(", ")
  }
}

/**
 * A plain recurrent layer: the state after each step is computed from the input and the state before.
 *
 * Formula: `hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh)`, or with the rectifier for `nonlinearity: "relu"`.
 *
 * Shape: input `[L, N, inputSize]`, `[N, L, inputSize]` with `batchFirst`, `[L, inputSize]`, or a packed sequence; h0
 * `[numLayers · directions, N, hiddenSize]`, zeros if not given. Gives `[output, hₙ]`: the states of the last layer in all
 * steps, `[L, N, directions · hiddenSize]`, and the last states of all layers, of the shape of h0.
 *
 * Errors: inputs of other features, states of other shapes.
 *
 * Source: Elman, "Finding Structure in Time", 1990.
 *
 * @example new nn.RNN(3, 5)(zeros([7, 2, 3])).map((y) => y.shape) // [[7, 2, 5], [1, 2, 5]]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: says of the call what forward says, the type of x included
export class RNN extends Recurrent {
  readonly nonlinearity: "tanh" | "relu"

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw badOption("RNN", "nonlinearity", nonlinearity, ["tanh", "relu"])
    super(nonlinearity, inputSize, hiddenSize, options)
    this.nonlinearity = nonlinearity
  }

  forward<X extends Tensor | PackedSequence>(x: X, h0: Tensor | null = null): [output: X, hidden: Tensor] {
    const { output, hidden } = this.run(x, h0 === null ? null : { hidden: h0, cell: null }, false)
    return [output as X, hidden]
  }
}

/** Calling the layer: what goes in as a tensor comes out as one, a packed sequence as a packed sequence. */
export interface RNN {
  // biome-ignore lint/style/useShorthandFunctionType: only an interface merges with the class above
  <X extends Tensor | PackedSequence>(x: X, h0?: Tensor | null): [output: X, hidden: Tensor]
}

/**
 * The gated recurrent unit: gates decide how much of the state is kept.
 *
 * Formula: `r = σ(W_ir x + b_ir + W_hr h + b_hr)`, `z = σ(W_iz x + b_iz + W_hz h + b_hz)`,
 * `n = tanh(W_in x + b_in + r · (W_hn h + b_hn))`, `h′ = (1 - z) · n + z · h`.
 *
 * Shape: input `[L, N, inputSize]`, `[N, L, inputSize]` with `batchFirst`, `[L, inputSize]`, or a packed sequence; h0
 * `[numLayers · directions, N, hiddenSize]`, zeros if not given. Gives `[output, hₙ]`: the states of the last layer in all
 * steps, `[L, N, directions · hiddenSize]`, and the last states of all layers, of the shape of h0.
 *
 * Errors: inputs of other features, states of other shapes.
 *
 * Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
 *
 * @example new nn.GRU(3, 5, { bidirectional: true })(zeros([7, 2, 3])).map((y) => y.shape) // [[7, 2, 10], [2, 2, 5]]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: says of the call what forward says, the type of x included
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("gru", inputSize, hiddenSize, options)
  }

  forward<X extends Tensor | PackedSequence>(x: X, h0: Tensor | null = null): [output: X, hidden: Tensor] {
    const { output, hidden } = this.run(x, h0 === null ? null : { hidden: h0, cell: null }, false)
    return [output as X, hidden]
  }
}

/** Calling the layer: what goes in as a tensor comes out as one, a packed sequence as a packed sequence. */
export interface GRU {
  // biome-ignore lint/style/useShorthandFunctionType: only an interface merges with the class above
  <X extends Tensor | PackedSequence>(x: X, h0?: Tensor | null): [output: X, hidden: Tensor]
}

/**
 * The long short-term memory: a cell that gates write to, keep and read.
 *
 * Formula: `i = σ(W_ii x + b_ii + W_hi h + b_hi)`, f and o alike, `g = tanh(W_ig x + b_ig + W_hg h + b_hg)`,
 * `c′ = f · c + i · g`, `h′ = o · tanh(c′)`.
 *
 * Shape: input `[L, N, inputSize]`, `[N, L, inputSize]` with `batchFirst`, `[L, inputSize]`, or a packed sequence; h0 and
 * c0 `[numLayers · directions, N, hiddenSize]`, zeros if not given. Gives `[output, [hₙ, cₙ]]`: the states of the last layer
 * in all steps, `[L, N, directions · hiddenSize]`, and the last states of all layers, of the shapes of h0 and c0.
 *
 * Errors: inputs of other features, states of other shapes.
 *
 * Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with the forget gate of Gers et al., 2000.
 *
 * @example new nn.LSTM(3, 5, { batchFirst: true })(zeros([2, 7, 3]))[0].shape // [2, 7, 5]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: says of the call what forward says, the type of x included
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("lstm", inputSize, hiddenSize, options)
  }

  forward<X extends Tensor | PackedSequence>(
    x: X,
    state: readonly [h0: Tensor, c0: Tensor] | null = null,
  ): [output: X, state: [hidden: Tensor, cell: Tensor]] {
    if (state !== null && !(Array.isArray(state) && state.length === 2))
      throw messages.recurrentStateKind("LSTM", state, true)
    const first = state === null ? null : { hidden: state[0], cell: state[1] }
    const { output, hidden, cell } = this.run(x, first, true)
    return [output as X, [hidden, cell as Tensor]]
  }
}

/** Calling the layer: what goes in as a tensor comes out as one, a packed sequence as a packed sequence. */
export interface LSTM {
  // biome-ignore lint/style/useShorthandFunctionType: only an interface merges with the class above
  <X extends Tensor | PackedSequence>(
    x: X,
    state?: readonly [h0: Tensor, c0: Tensor] | null,
  ): [output: X, state: [hidden: Tensor, cell: Tensor]]
}
