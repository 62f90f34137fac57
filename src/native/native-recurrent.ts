import type { ArrayView, RecurrentMode, RecurrentSteps } from "./backend.js"
import { kernels, recurrentCodes } from "./descriptor.js"
import { makeView } from "./layout.js"
import { type NativeCall, packedFloats, walkable } from "./native-call.js"
import { allocate, recycle } from "./pool.js"

// Recurrent layers. Each function returns false, having done nothing, if it does not take its views.

/** Hidden sizes of which a tile of gates fits the scratch memory (recurrent.h). */
const maxSize = 4096
/** The memory of a packed matrix, in floats: three halves of it, padded to whole tiles (packed-matrix.h). */
const packedLength = (rows: number, columns: number) => Math.ceil(rows / 32) * Math.ceil(columns / 32) * 32 * 32 * 1.5

function takes(weight: ArrayView, views: readonly (ArrayView | null)[]): boolean {
  const dense = views.every((view) => view === null || (packedFloats(view) && walkable(view)))
  return dense && packedFloats(weight) && walkable(weight) && (weight.shape[1] as number) <= maxSize
}

/** Writes what both ways share, runs, and lets go of what was lent for it. */
function runSteps(
  call: NativeCall,
  kernel: number,
  mode: RecurrentMode,
  weight: ArrayView,
  samples: number,
  { batchSizes, reverse }: RecurrentSteps,
): void {
  const { ints, numbers } = call
  const [width, size] = weight.shape as [number, number]
  const sizes = allocate("int32", batchSizes.length)
  sizes.data.set(batchSizes)
  const space = allocate("float32", packedLength(width, size))
  ints[0] = kernel
  ints[1] = recurrentCodes[mode]
  ints[2] = batchSizes.length
  ints[3] = samples
  ints[4] = size
  ints[5] = reverse ? 1 : 0
  numbers[1] = call.addressOf4(weight)
  numbers[8] = call.addressOf4(makeView(sizes, [sizes.length]))
  numbers[9] = call.addressOf4(makeView(space, [space.length]))
  call.run()
  recycle(sizes)
  recycle(space)
}

/** A recurrent layer over a whole sequence. */
export function recurrent(
  call: NativeCall,
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
): boolean {
  if (!takes(weight, [gates, bias, hidden, cell, y, previous, memory])) return false
  const { numbers } = call
  const address = (view: ArrayView | null) => (view === null ? 0 : call.addressOf4(view))
  numbers[0] = address(gates)
  numbers[2] = address(bias)
  numbers[3] = address(hidden)
  numbers[4] = address(cell)
  numbers[5] = address(y)
  numbers[6] = address(previous)
  numbers[7] = address(memory)
  runSteps(call, kernels.recurrent, mode, weight, hidden.shape[0] as number, steps)
  return true
}

/** The way back through a recurrent layer. */
export function recurrentBackward(
  call: NativeCall,
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
): boolean {
  if (!takes(weight, [gates, previous, memory, dy, dHidden, dCell, dGates, dRecurrent])) return false
  const { numbers } = call
  const address = (view: ArrayView | null) => (view === null ? 0 : call.addressOf4(view))
  numbers[0] = address(gates)
  numbers[2] = address(previous)
  numbers[3] = address(memory)
  numbers[4] = address(dy)
  numbers[5] = address(dHidden)
  numbers[6] = address(dCell)
  numbers[7] = address(dGates)
  numbers[10] = address(dRecurrent)
  runSteps(call, kernels.recurrentBackward, mode, weight, dHidden.shape[0] as number, steps)
  return true
}
