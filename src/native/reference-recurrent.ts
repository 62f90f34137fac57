import type { ArrayView, RecurrentMode, RecurrentSteps } from "./backend.js"
import type { TypedArray } from "./dtype.js"
import { unaryFunctions } from "./reference-elementwise.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

const { sigmoid, tanh, relu } = unaryFunctions

/** Visits the steps in their order: the first row of each and how many samples it has. */
function forEachStep({ batchSizes, reverse }: RecurrentSteps, visit: (row: number, samples: number) => void): void {
  const starts: number[] = []
  let rows = 0
  for (const samples of batchSizes) {
    starts.push(rows)
    rows += samples
  }
  const order = batchSizes.map((_, t) => (reverse ? batchSizes.length - 1 - t : t))
  for (const t of order) visit(starts[t] as number, batchSizes[t] as number)
}

/** A view's elements to read and to write; `done` brings them home. */
function opened(view: ArrayView): { data: TypedArray; done: () => void } {
  const data = elementsToWrite(view)
  if (!view.packed) data.set(readElements(view))
  return { data, done: () => writeElements(data, view) }
}

/** out[j] = bias[j] + Σ_k row[k] · weight[j, k]. */
function recurrentPart(
  state: TypedArray,
  start: number,
  weight: TypedArray,
  bias: TypedArray | null,
  out: Float64Array,
  size: number,
): void {
  for (let j = 0; j < out.length; j++) {
    let sum = bias === null ? 0 : (bias[j] as number)
    for (let k = 0; k < size; k++) sum += (weight[j * size + k] as number) * (state[start + k] as number)
    out[j] = sum
  }
}

/** A recurrent layer over a whole sequence; see `Backend.recurrent`. */
export function recurrent(
  mode: RecurrentMode,
  gates: ArrayView,
  weight: ArrayView,
  bias: ArrayView | null,
  steps: RecurrentSteps,
  hidden: ArrayView,
  cell: ArrayView | null,
  y: ArrayView,
  previous: ArrayView,
  memory: ArrayView | null,
): void {
  const [width, size] = weight.shape as [number, number] // [G·H, H]
  const weights = readElements(weight)
  const added = bias === null ? null : readElements(bias)
  const g = opened(gates)
  const h = opened(hidden)
  const c = cell === null ? null : opened(cell)
  const out = opened(y)
  const before = opened(previous)
  const kept = memory === null ? null : opened(memory)
  const part = new Float64Array(width)

  forEachStep(steps, (firstRow, samples) => {
    for (let n = 0; n < samples; n++) {
      const row = firstRow + n
      const state = n * size
      recurrentPart(h.data, state, weights, added, part, size)
      for (let j = 0; j < size; j++) {
        const gate = (k: number) => row * width + k * size + j
        const sum = (k: number) => (g.data[gate(k)] as number) + (part[k * size + j] as number)
        const old = h.data[state + j] as number
        before.data[row * size + j] = old
        let fresh: number
        if (mode === "lstm" && c !== null && kept !== null) {
          const values = [sigmoid(sum(0)), sigmoid(sum(1)), tanh(sum(2)), sigmoid(sum(3))] as const
          values.forEach((value, k) => {
            g.data[gate(k)] = value
          })
          const oldCell = c.data[state + j] as number
          const newCell = values[1] * oldCell + values[0] * values[2]
          kept.data[row * size + j] = oldCell
          c.data[state + j] = newCell
          fresh = values[3] * tanh(newCell)
        } else if (mode === "gru" && kept !== null) {
          const r = sigmoid(sum(0))
          const z = sigmoid(sum(1))
          const recurrentNew = part[2 * size + j] as number
          const candidate = tanh((g.data[gate(2)] as number) + r * recurrentNew)
          g.data[gate(0)] = r
          g.data[gate(1)] = z
          g.data[gate(2)] = candidate
          kept.data[row * size + j] = recurrentNew
          fresh = (1 - z) * candidate + z * old
        } else {
          fresh = mode === "relu" ? relu(sum(0)) : tanh(sum(0))
          g.data[gate(0)] = fresh
        }
        out.data[row * size + j] = fresh
      }
      for (let j = 0; j < size; j++) h.data[state + j] = out.data[row * size + j] as number
    }
  })
  for (const view of [g, h, c, out, before, kept]) view?.done()
}

/** The gradients of what went into the gates of one row, from the gradient of its state. */
function gateGradients(
  mode: RecurrentMode,
  gate: (k: number) => number,
  old: number,
  kept: number,
  dh: number,
  dc: number,
): { input: number[]; recurrent: number[]; hidden: number; cell: number } {
  if (mode === "lstm") {
    const [i, f, g, o] = [gate(0), gate(1), gate(2), gate(3)] as const
    const tanhCell = tanh(f * kept + i * g)
    const cell = dc + dh * o * (1 - tanhCell * tanhCell)
    const input = [
      cell * g * i * (1 - i),
      cell * kept * f * (1 - f),
      cell * i * (1 - g * g),
      dh * tanhCell * o * (1 - o),
    ]
    return { input, recurrent: input, hidden: 0, cell: cell * f }
  }
  if (mode === "gru") {
    const [r, z, n] = [gate(0), gate(1), gate(2)] as const
    const candidate = dh * (1 - z) * (1 - n * n)
    const reset = candidate * kept * r * (1 - r)
    const update = dh * (old - n) * z * (1 - z)
    return {
      input: [reset, update, candidate],
      recurrent: [reset, update, candidate * r],
      hidden: dh * z,
      cell: 0,
    }
  }
  const y = gate(0)
  const slope = mode === "tanh" ? 1 - y * y : y > 0 ? 1 : 0
  const input = [dh * slope]
  return { input, recurrent: input, hidden: 0, cell: 0 }
}

/** The way back through a recurrent layer; see `Backend.recurrentBackward`. */
export function recurrentBackward(
  mode: RecurrentMode,
  gates: ArrayView,
  weight: ArrayView,
  steps: RecurrentSteps,
  previous: ArrayView,
  memory: ArrayView | null,
  dy: ArrayView,
  dHidden: ArrayView,
  dCell: ArrayView | null,
  dGates: ArrayView,
  dRecurrent: ArrayView | null,
): void {
  const [width, size] = weight.shape as [number, number] // [G·H, H]
  const weights = readElements(weight)
  const g = readElements(gates)
  const before = readElements(previous)
  const kept = memory === null ? null : readElements(memory)
  const gradients = readElements(dy)
  const dh = opened(dHidden)
  const dc = dCell === null ? null : opened(dCell)
  const towardsInput = opened(dGates)
  const towardsState = dRecurrent === null ? null : opened(dRecurrent)
  const recurrentRow = new Float64Array(width)
  const direct = new Float64Array(size)

  forEachStep({ ...steps, reverse: !steps.reverse }, (firstRow, samples) => {
    for (let n = 0; n < samples; n++) {
      const row = firstRow + n
      const state = n * size
      for (let j = 0; j < size; j++) {
        const found = gateGradients(
          mode,
          (k) => g[row * width + k * size + j] as number,
          before[row * size + j] as number,
          kept === null ? 0 : (kept[row * size + j] as number),
          (dh.data[state + j] as number) + (gradients[row * size + j] as number),
          dc === null ? 0 : (dc.data[state + j] as number),
        )
        found.input.forEach((value, k) => {
          towardsInput.data[row * width + k * size + j] = value
          recurrentRow[k * size + j] = found.recurrent[k] as number
          if (towardsState !== null) towardsState.data[row * width + k * size + j] = found.recurrent[k] as number
        })
        direct[j] = found.hidden
        if (dc !== null) dc.data[state + j] = found.cell
      }
      for (let k = 0; k < size; k++) {
        let sum = direct[k] as number
        for (let j = 0; j < width; j++) sum += (recurrentRow[j] as number) * (weights[j * size + k] as number)
        dh.data[state + k] = sum
      }
    }
  })
  for (const view of [dh, dc, towardsInput, towardsState]) view?.done()
}
