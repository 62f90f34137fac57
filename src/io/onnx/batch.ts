import type { AttentionOperands } from "../../native/backend.js"
import { isTensor, type Tensor } from "../../tensor/tensor.js"
import type { Recorded } from "./writing.js"

/**
 * Whether a model's operations hold for a batch of any size, told from its tape and that of a batch twice as large: every
 * size that differs must be one that ONNX can work out, and nothing else may differ.
 */
export function holdsForAnyBatch(tape: readonly Recorded[], doubled: readonly Recorded[]): boolean {
  if (tape.length !== doubled.length) return false
  return tape.every((recorded, i) => {
    const twin = doubled[i] as Recorded
    if (twin.operation !== recorded.operation || twin.inputs.length !== recorded.inputs.length) return false
    // The slope of a leaky rectifier is written as a number.
    const isLeaky = typeof recorded.detail === "object" && "negativeSlope" in (recorded.detail ?? {})
    const constantFits = (input: Tensor, k: number) =>
      input.node !== null || input.requiresGrad || sameSizes(input, twin.inputs[k])
    if (!isLeaky && !recorded.inputs.every(constantFits)) return false
    if (isReshape(recorded)) return reshapeSizes(recorded, twin) !== undefined
    if (recorded.operation === "expand") return expandSizes(recorded, twin) !== undefined
    if (recorded.operation === "slice") return sliceEnd(recorded, twin) !== undefined
    if (recorded.operation === "attention") return sameDetail(attentionSettings(recorded), attentionSettings(twin))
    return sameDetail(recorded.detail, twin.detail)
  })
}

/** What attention is told beside queries, keys and values. */
function attentionSettings({ detail }: Recorded): unknown {
  const { mask, causal, scale } = detail as AttentionOperands
  return { mask, causal, scale }
}

/** Whether an operation gives the same elements in another shape. */
export function isReshape({ operation }: Recorded): boolean {
  return ["reshape", "view", "squeeze", "unsqueeze"].includes(operation)
}

/** The sizes for ONNX's Reshape: -1 is worked out, 0 is taken from the input; undefined when more than that changes. */
export function reshapeSizes(recorded: Recorded, twin: Recorded): number[] | undefined {
  const [from, to] = [recorded.inputs[0]?.shape, recorded.output.shape]
  const [from2, to2] = [twin.inputs[0]?.shape, twin.output.shape]
  const sizes = to.map((size, d) => {
    if (size === to2[d]) return size
    return size === from?.[d] && to2[d] === from2?.[d] ? 0 : -1
  })
  const free = sizes.filter((size) => size === -1).length
  return free <= 1 ? sizes : undefined
}

/** The sizes for ONNX's Expand: 1 leaves what the input has; undefined when it is not that. */
export function expandSizes(recorded: Recorded, twin: Recorded): number[] | undefined {
  const [from, to] = [recorded.inputs[0]?.shape ?? [], recorded.output.shape]
  const [from2, to2] = [twin.inputs[0]?.shape ?? [], twin.output.shape]
  const added = to.length - from.length
  const sizes = to.map((size, d) => {
    const keeps = d >= added && from[d - added] === size && from2[d - added] === to2[d]
    return keeps ? 1 : size === to2[d] ? size : Number.NaN
  })
  return sizes.some(Number.isNaN) ? undefined : sizes
}

/** Where a slice ends: a large number for the end of its dimension; undefined when it hangs on the batch otherwise. */
export function sliceEnd(recorded: Recorded, twin: Recorded): number | undefined {
  const [d, start, end, step] = recorded.detail as [number, number, number, number]
  const [, start2, end2, step2] = twin.detail as [number, number, number, number]
  if (start !== start2 || step !== step2) return undefined
  if (end >= (recorded.inputs[0]?.shape[d] as number) && end2 >= (twin.inputs[0]?.shape[d] as number))
    return Number.MAX_SAFE_INTEGER
  return end === end2 ? end : undefined
}

/** Whether two constants have the same sizes; those that are computed may grow with the batch. */
function sameSizes(a: Tensor, b: Tensor | undefined): boolean {
  return b !== undefined && (b.node !== null || a.shape.join() === b.shape.join())
}

/** Whether what is no tensor is the same, and the tensors in it have the same sizes. */
function sameDetail(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (isTensor(a) && isTensor(b)) return a.dtype === "int32" || smallest(a) === smallest(b)
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => sameDetail((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}

/** The sizes of a tensor, of which one that was expanded counts as 1. */
function smallest(x: Tensor): string {
  return x.shape.map((size, d) => (x.strides[d] === 0 ? 1 : size)).join()
}
