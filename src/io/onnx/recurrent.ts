import type { RecurrentSteps } from "../../native/backend.js"
import { zeros } from "../../ops/creation.js"
import { cat } from "../../ops/join.js"
import type { RecurrentWeights } from "../../ops/recurrent.js"
import type { Tensor } from "../../tensor/tensor.js"
import type { OnnxGraph } from "./graph.js"
import { Unwritable, type Writing } from "./writing.js"

/** The order of the gates in ONNX, by their places in PyTorch's: input, output, forget, cell; and update, reset, new. */
const gateOrders: Readonly<Record<string, readonly number[]>> = { lstm: [0, 3, 1, 2], gru: [1, 0, 2] }

/** Whether a state before the first step is 0, which it is in ONNX when none is given. */
export function isNothing(state: Tensor): boolean {
  return state.node === null && !state.requiresGrad && state.ne(0).any().item() === 0
}

/** What the recurrent operators of a graph give, by the name of the first output: all states, the last, the last cell. */
const parts = new WeakMap<OnnxGraph, Map<string, readonly string[]>>()

/** The states of all steps (0), the last state (1) or the last cell (2) of a recurrent layer as rows. */
export function partOfStates(graph: OnnxGraph, name: string, part: number): string {
  return parts.get(graph)?.get(name)?.[part] as string
}

/**
 * A recurrent layer in one direction. The tape has the states of all steps as rows, below them the last hidden state and the
 * last cell, of which slices take what is wanted; ONNX gives three outputs.
 */
export function recurrentOperator({ graph, recorded, names }: Writing): string {
  const { weights, steps } = recorded.detail as {
    weights: RecurrentWeights
    steps: RecurrentSteps
    cell: Tensor | null
  }
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const [x, hidden] = recorded.inputs as [Tensor, Tensor]
  const nameOf = (wanted: Tensor | null) => names[recorded.inputs.indexOf(wanted as Tensor)] as string
  const cell = recorded.inputs.find((input, i) => i > 3 && input !== biasIh && input !== biasHh) ?? null
  const [length, samples, size] = [steps.batchSizes.length, hidden.size(0), hidden.size(1)]
  const order = gateOrders[recorded.operation] ?? [0]
  const reordered = (matrix: Tensor) =>
    cat(order.map((gate) => matrix.detach().narrow(0, gate * size, size))).unsqueeze(0)
  const noBias = zeros([order.length * size], { dtype: x.dtype })
  const biases = [biasIh ?? noBias, biasHh ?? noBias].map(reordered)
  if (steps.batchSizes.some((count) => count !== samples))
    throw new Unwritable("a recurrent layer over sequences of different lengths")
  const inSteps = graph.op("Reshape", [nameOf(x), graph.integers([length, -1, x.size(1)])]) // [T, N, inputs]
  const first = (state: Tensor | null) =>
    state === null || isNothing(state) ? "" : graph.op("Reshape", [nameOf(state), graph.integers([1, -1, size])]) // [1, N, H]
  const inputs = [
    inSteps,
    graph.constant(reordered(weightIh)),
    graph.constant(reordered(weightHh)),
    graph.constant(cat(biases, 1)),
    "",
    first(hidden),
    first(cell),
  ]
  while (inputs.at(-1) === "") inputs.pop()
  const direction = steps.reverse ? "reverse" : "forward"
  const attributes = {
    hidden_size: size,
    direction,
    ...(recorded.operation === "gru" ? { linear_before_reset: 1 } : {}),
    ...(recorded.operation === "relu" ? { activations: ["Relu"] } : {}),
  }
  const type = recorded.operation === "lstm" ? "LSTM" : recorded.operation === "gru" ? "GRU" : "RNN"
  const outputs = graph.ops(type, inputs, attributes, cell === null ? 2 : 3)
  const rows = outputs.map((output) => graph.op("Reshape", [output, graph.integers([-1, size])]))
  const known = parts.get(graph) ?? new Map<string, readonly string[]>()
  parts.set(graph, known.set(rows[0] as string, rows))
  return rows[0] as string
}
