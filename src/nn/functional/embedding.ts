import { noGrad } from "../../autograd/mode.js"
import { needsGradient, record } from "../../autograd/node.js"
import { cat } from "../../ops/join.js"
import { indexSelect } from "../../ops/select.js"
import { uninitialized } from "../../tensor/allocate.js"
import { badOption, notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { sameShape, Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** A row that gets no gradient: that of the padding. Negative ones count from the end. */
  paddingIdx?: number | null
  /** Rows that are looked up and longer are shortened to this length, in the table itself. */
  maxNorm?: number | null
  /** The power of the norm that measures the length. Default: 2. */
  normType?: number
  /** Whether a row's gradient is divided by how often it was looked up. Default: false. */
  scaleGradByFreq?: boolean
}

/** Positions in a table, as int32 in one dimension. */
function positions(name: string, input: Tensor, weight: Tensor): Tensor {
  if (!(input instanceof Tensor)) throw notATensor(name, input, "a tensor of whole numbers")
  if (!(weight instanceof Tensor)) throw notATensor(name, weight, "a weight that is a tensor")
  if (weight.ndim !== 2) throw wrongRank(name, weight.shape, "a weight of two dimensions, [count, size]")
  if (input.dtype === "bool") throw wrongDType(name, input, "whole numbers", "convert first: input.int().")
  const numbers = input.int().reshape([-1])
  if (
    isFloatingPoint(input.dtype) &&
    numbers
      .ne(input.reshape([-1]))
      .any()
      .item() === 1
  )
    throw wrongDType(name, input, "whole numbers", "the numbers are positions in the table; fractions are none.")
  const count = weight.size(0)
  for (const at of numbers.toTypedArray()) {
    if (at < 0 || at >= count) throw messages.notInTable(name, at, count)
  }
  return numbers
}

/** A position counted from 0, or null. */
export function checkPadding(name: string, paddingIdx: number | null, count: number): number | null {
  if (paddingIdx === null) return null
  if (!Number.isInteger(paddingIdx) || paddingIdx < -count || paddingIdx >= count)
    throw messages.outOfRange(name, "paddingIdx", paddingIdx, `must be a whole number from ${-count} to ${count - 1}`)
  return paddingIdx < 0 ? paddingIdx + count : paddingIdx
}

/** Shortens the rows that are looked up to `maxNorm`, in place, as PyTorch's `embedding_renorm_` does. */
function renormalize(weight: Tensor, rows: Tensor, maxNorm: number, normType: number): void {
  noGrad(() => {
    for (const at of new Set(rows.toTypedArray())) {
      const row = weight.detach().select(0, at)
      const length = row.norm(normType).item()
      if (length > maxNorm) row.mul_(maxNorm / (length + 1e-7))
    }
  })
}

/** The rows at positions, whose gradients are scaled by position: 0 for padding, 1 / count for frequent ones. */
function lookUp(weight: Tensor, rows: Tensor, paddingIdx: number | null, byFrequency: boolean): Tensor {
  const found = indexSelect(weight, 0, rows) // [numbers, size]
  if ((paddingIdx === null && !byFrequency) || !needsGradient(weight)) return found
  const numbers = rows.toTypedArray()
  const counts = new Map<number, number>()
  for (const at of numbers) counts.set(at, (counts.get(at) ?? 0) + 1)
  const scales = uninitialized([numbers.length, 1], weight.dtype)
  numbers.forEach((at, i) => {
    scales.storage.data[i] = at === paddingIdx ? 0 : byFrequency ? 1 / (counts.get(at) ?? 1) : 1
  })
  return record("embedding", found.detach(), [found], (dy) => [dy.mul(scales)])
}

/**
 * Looks up the row of each number in a table of vectors.
 *
 * Shape: input `[...]` of whole numbers, weight `[count, size]`; the result is `[..., size]`.
 *
 * Errors: numbers that are no positions in the table.
 *
 * @example F.embedding(tensor([1, 0]), tensor([[1, 2], [3, 4]])) // tensor([[3., 4.],\n        [1., 2.]])
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false }: EmbeddingOptions = {},
): Tensor {
  const rows = positions("embedding", input, weight)
  const padding = checkPadding("embedding", paddingIdx, weight.size(0))
  if (maxNorm !== null) renormalize(weight, rows, maxNorm, normType)
  return lookUp(weight, rows, padding, scaleGradByFreq).reshape([...input.shape, weight.size(1)]) // [..., size]
}

/** Options of `embeddingBag`. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where each bag starts in an input of one dimension. */
  offsets?: Tensor | null
  /** How the vectors of a bag become one. Default: `"mean"`. */
  mode?: "sum" | "mean" | "max"
  /** What each vector is multiplied by, for `"sum"`; of the input's shape. */
  perSampleWeights?: Tensor | null
  /** Whether the offsets end with the length of the input. Default: false. */
  includeLastOffset?: boolean
}

/**
 * Looks up bags of numbers in a table of vectors, and makes one vector of each bag: their sum, mean or largest.
 *
 * Shape: input `[B, N]`, or `[numbers]` with `offsets` `[B]`; the result is `[B, size]`. An empty bag gives zeros.
 *
 * Errors: numbers that are no positions in the table, offsets that do not start at 0 or go back, and weights with another
 * mode than `"sum"`.
 *
 * @example F.embeddingBag(tensor([0, 1, 1]), tensor([[1, 2], [3, 4]]), { offsets: tensor([0, 2]) }) // tensor([[2., 3.],\n        [3., 4.]])
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  {
    offsets = null,
    mode = "mean",
    perSampleWeights = null,
    includeLastOffset = false,
    paddingIdx = null,
    maxNorm = null,
    normType = 2,
    scaleGradByFreq = false,
  }: EmbeddingBagOptions = {},
): Tensor {
  const name = "embeddingBag"
  const rows = positions(name, input, weight)
  if (mode !== "sum" && mode !== "mean" && mode !== "max") throw badOption(name, "mode", mode, ["sum", "mean", "max"])
  const padding = checkPadding(name, paddingIdx, weight.size(0))
  if (perSampleWeights !== null && (mode !== "sum" || !sameShape(perSampleWeights.shape, input.shape)))
    throw messages.bagWeights(mode, perSampleWeights.shape, input.shape)
  const starts = bagStarts(input, offsets, includeLastOffset)
  if (maxNorm !== null) renormalize(weight, rows, maxNorm, normType)
  let vectors = lookUp(weight, rows, padding, scaleGradByFreq) // [numbers, size]
  if (perSampleWeights !== null) vectors = vectors.mul(perSampleWeights.reshape([-1, 1]))
  const numbers = rows.toTypedArray()
  const bags = starts.slice(0, -1).map((start, b) => {
    const kept: number[] = []
    for (let i = start; i < (starts[b + 1] as number); i++) if (numbers[i] !== padding) kept.push(i)
    if (kept.length === 0) return vectors.detach().narrow(0, 0, 0).sum(0)
    const bag = vectors.at(kept) // [numbers of the bag, size]
    return mode === "sum" ? bag.sum(0) : mode === "mean" ? bag.mean(0) : largest(bag)
  })
  return cat(bags.map((bag) => bag.unsqueeze(0))) // [B, size]
}

/** The largest of each column; the first of equals gets the gradient, as in PyTorch. */
function largest(bag: Tensor): Tensor {
  return bag.gather(0, bag.detach().argmax(0, { keepdim: true })).squeeze(0)
}

/** Where bags start, and the end of the last. */
function bagStarts(input: Tensor, offsets: Tensor | null, includeLastOffset: boolean): number[] {
  if (input.ndim === 2) {
    if (offsets !== null) throw messages.bagOffsets(input.shape, "An input of two dimensions holds one bag a row.")
    return Array.from({ length: input.size(0) + 1 }, (_, b) => b * input.size(1))
  }
  if (input.ndim !== 1) throw wrongRank("embeddingBag", input.shape, "[B, N], or one dimension with offsets")
  if (!(offsets instanceof Tensor) || offsets.ndim !== 1)
    throw messages.bagOffsets(input.shape, "An input of one dimension needs offsets, where each bag starts.")
  const starts = Array.from(offsets.toTypedArray(), Number)
  if (!includeLastOffset) starts.push(input.size(0))
  const ordered = starts.every((start, b) => Number.isInteger(start) && start >= (starts[b - 1] ?? 0))
  if (!ordered || starts[0] !== 0 || (starts.at(-1) as number) > input.size(0))
    throw messages.bagOffsets(input.shape, "Offsets must start at 0, not go back, and stay within the input.")
  return starts
}
