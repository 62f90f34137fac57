import { full } from "../ops/creation.js"
import { cat } from "../ops/join.js"
import { indexSelect } from "../ops/select.js"
import { uninitialized } from "../tensor/allocate.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import * as messages from "./recurrent-messages.js"

/**
 * Sequences of different lengths without padding, as recurrent layers take them: all first elements, then all second
 * elements of those that have one, and so on. `packPaddedSequence` and `packSequence` make them.
 */
export class PackedSequence {
  constructor(
    /** The elements, step after step, `[Σ lengths, …]`. */
    readonly data: Tensor,
    /** How many sequences have an element in each step. */
    readonly batchSizes: readonly number[],
    /** Which sequence stands in which place, from the longest to the shortest; null where they were in that order. */
    readonly sortedIndices: Tensor | null = null,
    /** In which place each sequence stands. */
    readonly unsortedIndices: Tensor | null = null,
  ) {}
}

/** Options of `padSequence`. */
export interface PadSequenceOptions {
  /** Whether the batch comes first instead of the length. Default: false. */
  batchFirst?: boolean
  /** What stands after the end of the shorter ones. Default: 0. */
  paddingValue?: number
}

/** Options of `packPaddedSequence`. */
export interface PackPaddedSequenceOptions {
  /** Whether the batch comes first instead of the length. Default: false. */
  batchFirst?: boolean
  /** Whether lengths out of order are an error instead of being sorted. Default: true. */
  enforceSorted?: boolean
}

/** Options of `padPackedSequence`. */
export interface PadPackedSequenceOptions extends PadSequenceOptions {
  /** The length of the result. Default: that of the longest. */
  totalLength?: number | null
}

/** Whole numbers as an index. */
function indexOf(numbers: readonly number[]): Tensor {
  const index = uninitialized([numbers.length], "int32")
  index.storage.data.set(numbers)
  return index
}

/** The order from the longest to the shortest, equals as they stand, and its inverse. */
function sortedByLength(lengths: readonly number[]): { sorted: number[]; unsorted: number[] } {
  const sorted = lengths.map((_, i) => i).sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b)
  const unsorted = new Array<number>(sorted.length)
  sorted.forEach((sequence, place) => {
    unsorted[sequence] = place
  })
  return { sorted, unsorted }
}

/**
 * Takes the padding out of a batch of sequences.
 *
 * Shape: x `[L, N, …]`, or `[N, L, …]` with `batchFirst`; the data is `[Σ lengths, …]`.
 *
 * Errors: lengths that are not one per sequence or longer than x, and lengths out of order unless `enforceSorted` is false.
 *
 * @example nn.packPaddedSequence(tensor([[1, 2], [3, 0]]), [2, 1]).data // tensor([1., 2., 3.])
 */
export function packPaddedSequence(
  x: Tensor,
  lengths: readonly number[] | Tensor,
  { batchFirst = false, enforceSorted = true }: PackPaddedSequenceOptions = {},
): PackedSequence {
  if (!(x instanceof Tensor)) throw notATensor("packPaddedSequence", x, "a tensor")
  if (x.ndim < 2) throw wrongRank("packPaddedSequence", x.shape, "a batch of sequences, [L, N, …] or [N, L, …]")
  const list = lengths instanceof Tensor ? Array.from(lengths.reshape(-1).toTypedArray()) : [...lengths]
  const [batch, longest] = batchFirst ? [x.size(0), x.size(1)] : [x.size(1), x.size(0)]
  const fits = list.length === batch && list.every((n) => Number.isInteger(n) && n >= 1 && n <= longest)
  if (!fits) throw messages.badLengths("packPaddedSequence", list, batch, longest)
  const inOrder = list.every((length, i) => i === 0 || length <= (list[i - 1] as number))
  if (enforceSorted && !inOrder) throw messages.lengthsNotSorted("packPaddedSequence", list)

  const { sorted, unsorted } = sortedByLength(list)
  const rows: number[] = []
  const batchSizes: number[] = []
  for (let t = 0; t < (list[sorted[0] as number] as number); t++) {
    const taking = sorted.filter((n) => (list[n] as number) > t)
    batchSizes.push(taking.length)
    for (const n of taking) rows.push(batchFirst ? n * longest + t : t * batch + n)
  }
  const data = indexSelect(x.reshape([batch * longest, ...x.shape.slice(2)]), 0, indexOf(rows))
  return enforceSorted
    ? new PackedSequence(data, batchSizes)
    : new PackedSequence(data, batchSizes, indexOf(sorted), indexOf(unsorted))
}

/**
 * Puts the padding back: the sequences as a batch, in the order in which they were packed, and their lengths.
 *
 * Shape: the result is `[L, N, …]`, or `[N, L, …]` with `batchFirst`, and the lengths `[N]`.
 *
 * @example nn.padPackedSequence(nn.packPaddedSequence(tensor([[1, 2], [3, 9]]), [2, 1]))[0] // tensor([[1., 2.],\n        [3., 0.]])
 */
export function padPackedSequence(
  packed: PackedSequence,
  { batchFirst = false, paddingValue = 0, totalLength = null }: PadPackedSequenceOptions = {},
): [x: Tensor, lengths: Tensor] {
  const { data, batchSizes } = packed
  const batch = batchSizes[0] ?? 0
  const longest = totalLength ?? batchSizes.length
  if (!Number.isInteger(longest) || longest < batchSizes.length)
    throw messages.totalLengthTooShort(totalLength, batchSizes.length)
  const places = packed.unsortedIndices === null ? null : Array.from(packed.unsortedIndices.toTypedArray())
  const rows = new Array<number>(batch * longest).fill(data.size(0)) // the row of padding
  const lengths = new Array<number>(batch).fill(0)
  for (let n = 0; n < batch; n++) {
    const place = places === null ? n : (places[n] as number)
    let start = 0
    for (let t = 0; t < batchSizes.length && place < (batchSizes[t] as number); t++) {
      rows[batchFirst ? n * longest + t : t * batch + n] = start + place
      lengths[n] = t + 1
      start += batchSizes[t] as number
    }
  }
  const element = data.shape.slice(1)
  const padded = cat([data, full([1, ...element], paddingValue, { dtype: data.dtype })])
  const shape = batchFirst ? [batch, longest, ...element] : [longest, batch, ...element]
  return [indexSelect(padded, 0, indexOf(rows)).reshape(shape), indexOf(lengths)]
}

/**
 * Sequences of different lengths as one batch, the shorter ones filled up.
 *
 * Shape: each `[lengthᵢ, …]`; the result is `[L, N, …]`, or `[N, L, …]` with `batchFirst`, where L is the longest length.
 *
 * @example nn.padSequence([tensor([1, 2]), tensor([3])], { batchFirst: true }) // tensor([[1., 2.],\n        [3., 0.]])
 */
export function padSequence(
  sequences: readonly Tensor[],
  { batchFirst = false, paddingValue = 0 }: PadSequenceOptions = {},
): Tensor {
  return padPackedSequence(packSequence(sequences, { enforceSorted: false }), { batchFirst, paddingValue })[0]
}

/**
 * Packs a list of sequences.
 *
 * Shape: each `[lengthᵢ, …]`; the data is `[Σ lengths, …]`.
 *
 * @example nn.packSequence([tensor([1, 2]), tensor([3])]).data // tensor([1., 3., 2.])
 */
export function packSequence(
  sequences: readonly Tensor[],
  { enforceSorted = true }: { enforceSorted?: boolean } = {},
): PackedSequence {
  const first = sequences[0]
  if (first === undefined) throw messages.noSequences("packSequence")
  sequences.forEach((sequence, i) => {
    if (!(sequence instanceof Tensor)) throw notATensor("packSequence", sequence, "a list of tensors")
    const alike = sequence.ndim === first.ndim && sequence.shape.every((size, d) => d === 0 || size === first.shape[d])
    if (!alike || sequence.ndim === 0) throw messages.sequencesDiffer("packSequence", first.shape, sequence.shape, i)
  })
  const lengths = sequences.map((sequence) => sequence.size(0))
  const longest = Math.max(...lengths)
  // As a padded batch whose rows are looked up, without the padding ever being made.
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0))
  if (enforceSorted && lengths.some((length, i) => i > 0 && length > (lengths[i - 1] as number)))
    throw messages.lengthsNotSorted("packSequence", lengths)
  if (lengths.some((length) => length < 1))
    throw messages.badLengths("packSequence", lengths, lengths.length, Math.max(1, longest))
  const { sorted, unsorted } = sortedByLength(lengths)
  const rows: number[] = []
  const batchSizes: number[] = []
  for (let t = 0; t < longest; t++) {
    const taking = sorted.filter((n) => (lengths[n] as number) > t)
    batchSizes.push(taking.length)
    for (const n of taking) rows.push((starts[n] as number) + t)
  }
  const data = indexSelect(cat(sequences), 0, indexOf(rows))
  return enforceSorted
    ? new PackedSequence(data, batchSizes)
    : new PackedSequence(data, batchSizes, indexOf(sorted), indexOf(unsorted))
}
