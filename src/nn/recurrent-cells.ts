import type { RecurrentMode } from "../native/backend.js"
import { zeros } from "../ops/creation.js"
import { linear } from "../ops/matmul.js"
import { recurrentCells } from "../ops/recurrent-cells.js"
import { uninitialized } from "../tensor/allocate.js"
import { badOption, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { uniform_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"
import * as messages from "./recurrent-messages.js"

/** Options of the cells. */
export interface CellOptions {
  /** Whether both products add a bias. Default: true. */
  bias?: boolean
}

/** What the cells share: one step of a recurrent layer, for loops of one's own. */
abstract class Cell extends Module {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly weight_ih: Parameter
  readonly weight_hh: Parameter
  readonly bias_ih: Parameter | null
  readonly bias_hh: Parameter | null

  constructor(mode: RecurrentMode, inputSize: number, hiddenSize: number, { bias = true }: CellOptions) {
    super()
    checkSize(this.constructor.name, "inputSize", inputSize)
    checkSize(this.constructor.name, "hiddenSize", hiddenSize)
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const width = recurrentCells[mode].gates * hiddenSize
    const make = (...shape: number[]) => new Parameter(uninitialized(shape, "float32"))
    this.weight_ih = make(width, inputSize)
    this.weight_hh = make(width, hiddenSize)
    this.bias_ih = bias ? make(width) : null
    this.bias_hh = bias ? make(width) : null
    this.resetParameters()
  }

  /** Draws all parameters anew, evenly spread over ±1/√hiddenSize, with PyTorch's random numbers. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize)
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound)
  }

  /** One step; states that are not given are zeros. */
  protected step(
    mode: RecurrentMode,
    x: Tensor,
    hidden: Tensor | null,
    cell: Tensor | null,
  ): { hidden: Tensor; cell: Tensor | null } {
    const name = this.constructor.name
    for (const operand of [x, hidden, cell]) {
      if (operand !== null && !(operand instanceof Tensor)) throw notATensor(name, operand, "tensors")
    }
    const stateShape = [...x.shape.slice(0, -1), this.hiddenSize]
    const states = [hidden, cell].filter((state) => state !== null)
    const fits =
      (x.ndim === 1 || x.ndim === 2) &&
      x.shape.at(-1) === this.inputSize &&
      states.every((state) => String(state.shape) === String(stateShape))
    if (!fits) {
      const unlike = states.find((state) => String(state.shape) !== String(stateShape))?.shape ?? stateShape
      throw messages.cellSizes(name, x.shape, this.inputSize, unlike, this.hiddenSize)
    }
    const rows = (state: Tensor | null) => {
      const given = state ?? zeros(stateShape, { dtype: x.dtype })
      return given.ndim === 1 ? given.unsqueeze(0) : given // [N, H]
    }
    const before = rows(hidden)
    const next = recurrentCells[mode].step(
      linear(rows(x), this.weight_ih, this.bias_ih), // [N, G·H]
      linear(before, this.weight_hh, this.bias_hh),
      before,
      mode === "lstm" ? rows(cell) : null,
    )
    const shown = (state: Tensor) => (x.ndim === 1 ? state.squeeze(0) : state)
    return { hidden: shown(next.hidden), cell: next.cell === null ? null : shown(next.cell) }
  }

  override extraRepr(): string {
    return `${this.inputSize} -> ${this.hiddenSize}${this.bias_ih === null ? ", bias: false" : ""}`
  }
}

/**
 * One step of a plain recurrent layer: `h′ = tanh(W_ih x + b_ih + W_hh h + b_hh)`, or with the rectifier.
 *
 * Shape: input `[N, inputSize]` or `[inputSize]`, state and result `[N, hiddenSize]` or `[hiddenSize]`.
 *
 * Source: Elman, "Finding Structure in Time", 1990.
 *
 * @example new nn.RNNCell(3, 5)(zeros([2, 3])).shape // [2, 5]
 */
export class RNNCell extends Cell {
  readonly nonlinearity: "tanh" | "relu"

  constructor(
    inputSize: number,
    hiddenSize: number,
    { nonlinearity = "tanh", ...options }: CellOptions & { nonlinearity?: "tanh" | "relu" } = {},
  ) {
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw badOption("RNNCell", "nonlinearity", nonlinearity, ["tanh", "relu"])
    super(nonlinearity, inputSize, hiddenSize, options)
    this.nonlinearity = nonlinearity
  }

  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    return this.step(this.nonlinearity, x, hidden, null).hidden
  }
}

/**
 * One step of the gated recurrent unit; the formulas are those of `nn.GRU`.
 *
 * Shape: input `[N, inputSize]` or `[inputSize]`, state and result `[N, hiddenSize]` or `[hiddenSize]`.
 *
 * Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
 *
 * @example new nn.GRUCell(3, 5)(zeros([2, 3])).shape // [2, 5]
 */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super("gru", inputSize, hiddenSize, options)
  }

  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    return this.step("gru", x, hidden, null).hidden
  }
}

/**
 * One step of the long short-term memory; the formulas are those of `nn.LSTM`. Gives `[h′, c′]`.
 *
 * Shape: input `[N, inputSize]` or `[inputSize]`, states and results `[N, hiddenSize]` or `[hiddenSize]`.
 *
 * Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
 *
 * @example new nn.LSTMCell(3, 5)(zeros([2, 3])).map((state) => state.shape) // [[2, 5], [2, 5]]
 */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super("lstm", inputSize, hiddenSize, options)
  }

  forward(x: Tensor, state: readonly [h: Tensor, c: Tensor] | null = null): [hidden: Tensor, cell: Tensor] {
    if (state !== null && !(Array.isArray(state) && state.length === 2))
      throw messages.recurrentStateKind("LSTMCell", state, true)
    const { hidden, cell } = this.step("lstm", x, state?.[0] ?? null, state?.[1] ?? null)
    return [hidden, cell as Tensor]
  }
}
