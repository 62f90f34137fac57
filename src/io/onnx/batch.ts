import type { AttentionOperands, RecurrentSteps } from "../../native/backend.js"
import { isTensor, type Tensor } from "../../tensor/tensor.js"
import type { BatchSize } from "./graph.js"
import type { Recorded } from "./writing.js"

/**
 * Whether a model's operations hold for a batch of any size, told from its tape and that of a batch twice as large: every
 * size that differs must be one that ONNX can work out, and nothing else may differ.
 */
export function holdsForAnyBatch(tape: readonly Recorded[], doubled: readonly Recorded[], batch: number): boolean {
  if (tape.length !== doubled.length) return false
  const computed = new Set(tape.map(({ output }) => output))
  return tape.every((recorded, i) => {
    const twin = doubled[i] as Recorded
    if (twin.operation !== recorded.operation || twin.inputs.length !== recorded.inputs.length) return false
    // The slope of a leaky rectifier is written as a number.
    const isLeaky = typeof recorded.detail === "object" && "negativeSlope" in (recorded.detail ?? {})
    const constantFits = (input: Tensor, k: number) =>
      computed.has(input) || input.requiresGrad || fits(input, twin.inputs[k], batch)
    if (!isLeaky && !recorded.inputs.every(constantFits)) return false
    if (isReshape(recorded) || recorded.operation === "expand")
      return sizesOf(recorded.output.shape, twin.output.shape, batch) !== undefined
    if (recorded.operation === "slice")
      return (
        statePart(recorded) === statePart(twin) && (isStatePart(recorded) || sliceEnd(recorded, twin) !== undefined)
      )
    if (recorded.operation === "attention")
      return sameDetail(attentionSettings(recorded), attentionSettings(twin), computed)
    if (isRecurrent(recorded)) return sameSteps(recorded, twin)
    return sameDetail(recorded.detail, twin.detail, computed)
  })
}

/** The sizes of a shape, given those of a batch twice as large; undefined when one hangs on the batch in another way. */
export function sizesOf(
  shape: readonly number[],
  doubled: readonly number[],
  batch: number,
): (number | BatchSize)[] | undefined {
  const sizes = shape.map((size, d) => {
    if (size === doubled[d]) return size
    return doubled[d] === 2 * size && size % batch === 0 ? { times: size / batch } : undefined
  })
  return shape.length === doubled.length && !sizes.includes(undefined) ? (sizes as (number | BatchSize)[]) : undefined
}

/**
 * Whether a constant is the same for a batch of any size: of the same sizes, or made by repeating one row for each sample,
 * which is known by the dimension that it gives.
 */
function fits(x: Tensor, twin: Tensor | undefined, batch: number): boolean {
  return twin !== undefined && (sameSizes(x, twin) || repeatedDim(x, twin, batch) !== undefined)
}

/** The dimension along which a constant repeats itself for each sample, or undefined when there is none. */
export function repeatedDim(x: Tensor, twin: Tensor, batch: number): number | undefined {
  if (x.ndim !== twin.ndim) return undefined
  const different = x.shape.map((size, d) => (size === twin.shape[d] ? -1 : d)).filter((d) => d >= 0)
  const [d, ...others] = different
  if (d === undefined || others.length > 0 || sizesOf(x.shape, twin.shape, batch) === undefined) return undefined
  const isRepeated = (of: Tensor) => {
    const all = of.detach()
    return all.narrow(d, 0, 1).expand(all.shape).eq(all).all().item() === 1
  }
  const isSame =
    x
      .detach()
      .narrow(d, 0, 1)
      .eq(twin.detach().narrow(d, 0, 1))
      .all()
      .item() === 1
  return isSame && isRepeated(x) && isRepeated(twin) ? d : undefined
}

/** Whether an operation is a recurrent layer. */
export function isRecurrent({ detail }: Recorded): boolean {
  return typeof detail === "object" && detail !== null && "steps" in detail
}

/** Whether two recurrent layers go through the same steps, each with its whole batch. */
function sameSteps(recorded: Recorded, twin: Recorded): boolean {
  const [a, b] = [recorded.detail, twin.detail] as { steps: RecurrentSteps }[]
  if (a === undefined || b === undefined) return false
  return a.steps.reverse === b.steps.reverse && a.steps.batchSizes.length === b.steps.batchSizes.length
}

/** What a slice takes of what a recurrent layer gives: 0 the states of all steps, 1 the last one, 2 the last cell; else -1. */
export function statePart(slice: Recorded): number {
  const source = slice.inputs[0]?.node
  if (slice.operation !== "slice" || !source || !isRecurrent({ ...slice, detail: source.detail })) return -1
  const { batchSizes } = (source.detail as { steps: RecurrentSteps }).steps
  const samples = (source.inputs[1] as Tensor).size(0)
  const rows = batchSizes.reduce((sum, size) => sum + size, 0)
  const [d, start, end, step] = slice.detail as [number, number, number, number]
  const ends = [0, rows, rows + samples, rows + 2 * samples]
  const part = ends.indexOf(start)
  return d === 0 && step === 1 && part >= 0 && ends[part + 1] === end ? part : -1
}

function isStatePart(slice: Recorded): boolean {
  return statePart(slice) >= 0
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

/** The sizes for ONNX's Reshape: 0 is taken from the input, one -1 is worked out; undefined when more than that changes. */
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

/** The sizes for ONNX's Expand, where 1 leaves what the input has; undefined when that is not enough. */
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

/** Whether what is no tensor is the same, and the constants in it have the same sizes. */
function sameDetail(a: unknown, b: unknown, computed: ReadonlySet<Tensor>): boolean {
  if (Object.is(a, b)) return true
  if (isTensor(a) && computed.has(a)) return isTensor(b)
  if (isTensor(a) && isTensor(b)) return a.dtype === "int32" || smallest(a) === smallest(b)
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => sameDetail((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], computed))
  )
}

/** The sizes of a tensor, of which one that was expanded counts as 1. */
function smallest(x: Tensor): string {
  return x.shape.map((size, d) => (x.strides[d] === 0 ? 1 : size)).join()
}
