import { isGradEnabled } from "../autograd/mode.js"
import { described, needsGradient, record } from "../autograd/node.js"
import type { RecurrentMode, RecurrentSteps } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { recycle } from "../native/pool.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { cat } from "./join.js"
import { linear, matmul } from "./matmul.js"
import { recurrentCells, type StepGradients } from "./recurrent-cells.js"
import { narrow } from "./shape.js"

/** The weights of a recurrent layer in one direction, named as in PyTorch. */
export interface RecurrentWeights {
  readonly weightIh: Tensor // [G·H, inputs]
  readonly weightHh: Tensor // [G·H, H]
  readonly biasIh: Tensor | null // [G·H]
  readonly biasHh: Tensor | null // [G·H]
}

/** What a recurrent layer gives: the states of all steps, and the last ones. */
export interface RecurrentResult {
  readonly output: Tensor // [rows, H]
  readonly hidden: Tensor // [N, H]
  readonly cell: Tensor | null // [N, H], of an LSTM
}

/**
 * A recurrent layer in one direction over a whole sequence. The rows of `x` stand step after step, `batchSizes[t]` of them
 * in step t; samples that have ended are left out at the end of a step. The shapes are known to fit.
 *
 * One kernel goes through all steps; the products with the inputs are one for the whole sequence.
 */
export function recurrent(
  mode: RecurrentMode,
  x: Tensor,
  hidden: Tensor,
  cell: Tensor | null,
  weights: RecurrentWeights,
  steps: RecurrentSteps,
): RecurrentResult {
  const [rows, samples, size] = [x.size(0), hidden.size(0), hidden.size(1)]
  const all = recurrentRows(mode, x, hidden, cell, weights, steps) // [rows + N or 2 N, H]
  return {
    output: narrow(all, 0, 0, rows),
    hidden: narrow(all, 0, rows, samples),
    cell: cell === null ? null : narrow(all, 0, rows + samples, samples).reshape([samples, size]),
  }
}

/** The states of all steps, below them the last hidden state, and below that the last cell: one tensor, so one record. */
function recurrentRows(
  mode: RecurrentMode,
  x: Tensor,
  hidden: Tensor,
  cell: Tensor | null,
  weights: RecurrentWeights,
  steps: RecurrentSteps,
): Tensor {
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const backend = currentBackend()
  const { dtype } = x
  const [rows, samples, size, width] = [x.size(0), hidden.size(0), hidden.size(1), weightHh.size(0)]
  const inputs = [x, hidden, weightIh, weightHh]
  for (const optional of [cell, biasIh, biasHh]) if (optional !== null) inputs.push(optional)
  const recorded = inputs.some((input) => needsGradient(input))

  const gates = uninitialized([rows, width], dtype)
  const previous = uninitialized([rows, size], dtype)
  const memory = mode === "lstm" || mode === "gru" ? uninitialized([rows, size], dtype) : null
  const out = uninitialized([rows + samples * (cell === null ? 1 : 2), size], dtype)
  const last = out.detach().narrow(0, rows, samples)
  const lastCell = cell === null ? null : out.detach().narrow(0, rows + samples, samples)
  backend.copy(hidden, last)
  if (cell !== null && lastCell !== null) backend.copy(cell, lastCell)
  // The reset gate of a GRU stands between its two biases; everywhere else they are one.
  const ownBias = mode === "gru" ? (biasHh?.detach().contiguous() ?? null) : null
  const bias = ownBias !== null || biasHh === null || biasIh === null ? biasIh : biasIh.detach().add(biasHh.detach())
  backend.linear(x, weightIh, bias?.contiguous() ?? null, "none", gates)
  backend.recurrent(
    mode,
    gates,
    weightHh.detach().contiguous(),
    ownBias,
    steps,
    last,
    lastCell,
    out.detach().narrow(0, 0, rows),
    previous,
    memory,
  )
  const buffers = [gates, previous, memory].flatMap((tensor) => (tensor === null ? [] : [tensor.storage]))
  if (!recorded) {
    for (const buffer of buffers) recycle(buffer)
    return out
  }

  const rule = (dOut: Tensor) => {
    const needed = new Map(inputs.map((input) => [input, input.requiresGrad]))
    const wanted = (input: Tensor | null) => input !== null && needed.get(input) === true
    const found = isGradEnabled()
      ? composedGradients(mode, x, hidden, cell, weights, steps, dOut)
      : fusedGradients(mode, gates, previous, memory, cell !== null, samples, weights, steps, dOut)
    const { dGates, dRecurrent, states } = found
    // One product over inputs and states beside each other reads the gradient that both weights see once; with many inputs
    // placing them there costs more.
    const together = dRecurrent === dGates && x.size(1) <= size && wanted(weightIh) && wanted(weightHh)
    const dWeights = together ? matmul(dGates.mT(), cat([x, states], 1)).split([x.size(1), size], 1) : null
    const gradients = [
      wanted(x) ? matmul(dGates, weightIh) : null,
      found.dHidden,
      dWeights?.[0]?.contiguous() ?? (wanted(weightIh) ? matmul(dGates.mT(), x) : null),
      dWeights?.[1]?.contiguous() ?? (wanted(weightHh) ? matmul(dRecurrent.mT(), states) : null),
    ]
    if (cell !== null) gradients.push(found.dCell)
    const sum = wanted(biasIh) || (wanted(biasHh) && dRecurrent === dGates) ? dGates.sum(0) : null
    if (biasIh !== null) gradients.push(sum)
    if (biasHh !== null) gradients.push(dRecurrent === dGates ? sum : wanted(biasHh) ? dRecurrent.sum(0) : null)
    return gradients
  }
  return described(record(mode, out, inputs, rule, inputs, buffers), { weights, steps, cell })
}

/** What the products at the end of the way back are made of. */
interface GateGradients {
  readonly dGates: Tensor // [rows, G·H]
  readonly dRecurrent: Tensor // [rows, G·H]
  /** The states before each step. */
  readonly states: Tensor // [rows, H]
  readonly dHidden: Tensor // [N, H]
  readonly dCell: Tensor | null // [N, H]
}

/** The way back by the kernel, from what the forward pass kept. */
function fusedGradients(
  mode: RecurrentMode,
  gates: Tensor,
  previous: Tensor,
  memory: Tensor | null,
  hasCell: boolean,
  samples: number,
  { weightHh }: RecurrentWeights,
  steps: RecurrentSteps,
  dOut: Tensor,
): GateGradients {
  const rows = gates.size(0)
  const dy = dOut.contiguous()
  const dHidden = dy.narrow(0, rows, samples).clone()
  const dCell = hasCell ? dy.narrow(0, rows + samples, samples).clone() : null
  const dGates = uninitialized(gates.shape, gates.dtype)
  const dRecurrent = mode === "gru" ? uninitialized(gates.shape, gates.dtype) : null
  currentBackend().recurrentBackward(
    mode,
    gates,
    weightHh.contiguous(),
    steps,
    previous,
    memory,
    dy.narrow(0, 0, rows),
    dHidden,
    dCell,
    dGates,
    dRecurrent,
  )
  return { dGates, dRecurrent: dRecurrent ?? dGates, states: previous, dHidden, dCell }
}

/** The way back in tensor operations, step by step, so that it can be recorded; computes the forward pass again for it. */
function composedGradients(
  mode: RecurrentMode,
  x: Tensor,
  hidden: Tensor,
  cell: Tensor | null,
  { weightIh, weightHh, biasIh, biasHh }: RecurrentWeights,
  { batchSizes, reverse }: RecurrentSteps,
  dOut: Tensor,
): GateGradients {
  const unit = recurrentCells[mode]
  const [rows, samples] = [x.size(0), hidden.size(0)]
  const starts = batchSizes.map((_, t) => batchSizes.slice(0, t).reduce((sum, count) => sum + count, 0))
  const order = batchSizes.map((_, t) => (reverse ? batchSizes.length - 1 - t : t))
  const gates = linear(x, weightIh, biasIh) // [rows, G·H]
  const savedOf: (readonly Tensor[])[] = []
  const statesOf: Tensor[] = []
  let h = hidden
  let c = cell
  for (const t of order) {
    const count = batchSizes[t] as number
    const before = narrow(h, 0, 0, count)
    const step = unit.step(
      narrow(gates, 0, starts[t] as number, count),
      linear(before, weightHh, biasHh),
      before,
      c === null ? null : narrow(c, 0, 0, count),
    )
    statesOf[t] = before
    savedOf[t] = step.saved
    h = replaced(h, step.hidden)
    c = c === null || step.cell === null ? null : replaced(c, step.cell)
  }

  let dHidden = narrow(dOut, 0, rows, samples)
  let dCell = cell === null ? null : narrow(dOut, 0, rows + samples, samples)
  const found: StepGradients[] = []
  for (const t of order.toReversed()) {
    const count = batchSizes[t] as number
    const dh = narrow(dHidden, 0, 0, count).add(narrow(dOut, 0, starts[t] as number, count))
    const back = unit.back(dh, dCell === null ? null : narrow(dCell, 0, 0, count), savedOf[t] as readonly Tensor[])
    const through = matmul(back.recurrent, weightHh)
    dHidden = replaced(dHidden, back.hidden === null ? through : through.add(back.hidden))
    dCell = dCell === null || back.cell === null ? null : replaced(dCell, back.cell)
    found[t] = back
  }
  return {
    dGates: cat(found.map((back) => back.input)),
    dRecurrent: cat(found.map((back) => back.recurrent)),
    states: cat(statesOf),
    dHidden,
    dCell,
  }
}

/** A state of all samples with that of the first ones replaced. */
function replaced(all: Tensor, first: Tensor): Tensor {
  const [count, kept] = [first.size(0), all.size(0) - first.size(0)]
  return kept === 0 ? first : cat([first, narrow(all, 0, count, kept)])
}
