import { ArgumentError, DTypeError, ShapeError } from "../tensor/errors.js"
import { row, shapeText, valueText } from "../tensor/messages.js"

// Messages of the recurrent layers and of packed sequences.

/** A sequence of another rank or of other features than a layer was made for. */
export function recurrentInput(
  layer: string,
  shape: readonly number[],
  inputSize: number,
  batchFirst: boolean,
): ShapeError {
  const wanted = batchFirst ? `[N, L, ${inputSize}]` : `[L, N, ${inputSize}]`
  const wrongRank = shape.length !== 2 && shape.length !== 3
  const turned = shape.length === 3 && shape[1] === inputSize && shape[2] !== inputSize
  return new ShapeError({
    call: `${layer}: ${shapeText(shape)}`,
    rows: [row("input", shapeText(shape), `wanted ${wanted} or [L, ${inputSize}]`)],
    rule: wrongRank
      ? `The input must have 3 dimensions, or 2 without a batch; it has ${shape.length}.`
      : `The last size of the input (${shape.at(-1)}) must be inputSize (${inputSize}).`,
    hint:
      shape.length === 1 && inputSize === 1
        ? "a sequence of numbers has one feature: x.unsqueeze(-1)."
        : shape.length === 2 && inputSize === 1
          ? "sequences of numbers have one feature: x.unsqueeze(-1)."
          : turned
            ? "the features look to stand in the middle; try x.transpose(1, 2)."
            : shape.length === 4
              ? "recurrent layers take sequences of vectors: x.flatten(2)."
              : undefined,
  })
}

/** A first state that does not fit the layer and the batch. */
export function recurrentState(
  layer: string,
  role: string,
  shape: readonly number[],
  wanted: readonly number[],
  batchFirst: boolean,
): ShapeError {
  const transposed = shape.length === 3 && shape[0] === wanted[1] && shape[1] === wanted[0] && shape[2] === wanted[2]
  return new ShapeError({
    call: `${layer}: ${role} ${shapeText(shape)}`,
    rows: [row(role, shapeText(shape), `wanted ${shapeText(wanted)}`)],
    rule: `The first state must be ${wanted.length === 3 ? "[layers · directions, N, hiddenSize]" : "[layers · directions, hiddenSize]"}.`,
    hint:
      transposed && batchFirst ? "states do not follow batchFirst; their batch is always in the middle." : undefined,
  })
}

/** A first state that is not what the layer takes. */
export function recurrentStateKind(layer: string, value: unknown, isPair: boolean): DTypeError {
  return new DTypeError({
    call: `${layer}: first state ${valueText(value)}`,
    rule: isPair
      ? `The first state of ${layer} is a pair of tensors, [h0, c0].`
      : `The first state of ${layer} is a tensor.`,
  })
}

/** Inputs of a cell that do not fit together. */
export function cellSizes(
  layer: string,
  input: readonly number[],
  inputSize: number,
  hidden: readonly number[],
  hiddenSize: number,
): ShapeError {
  return new ShapeError({
    call: `${layer}: ${shapeText(input)}, state ${shapeText(hidden)}`,
    rows: [
      row("input", shapeText(input), `wanted [N, ${inputSize}] or [${inputSize}]`),
      row("state", shapeText(hidden), `wanted [N, ${hiddenSize}] or [${hiddenSize}]`),
    ],
    rule: "A cell takes one step: one vector of each sample, and one state for each.",
    hint: input.length === 3 ? "for whole sequences use the layer without Cell, or a loop over the steps." : undefined,
  })
}

/** Lengths that are none of the sequences'. */
export function badLengths(call: string, lengths: readonly unknown[], batch: number, longest: number): ArgumentError {
  return new ArgumentError({
    call: `${call}: lengths ${valueText(lengths)}`,
    rule: `There must be ${batch} lengths, one for each sequence, from 1 to ${longest}.`,
  })
}

/** Lengths that are not in order. */
export function lengthsNotSorted(call: string, lengths: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `${call}: lengths ${valueText(lengths)}`,
    rule: "Sequences must stand from the longest to the shortest.",
    hint: "pass { enforceSorted: false } to have them sorted, and put back afterwards.",
  })
}

/** A total length that is shorter than a sequence. */
export function totalLengthTooShort(totalLength: unknown, longest: number): ArgumentError {
  return new ArgumentError({
    call: `padPackedSequence: totalLength = ${valueText(totalLength)}`,
    rule: `totalLength must be a whole number of at least ${longest}, the length of the longest sequence.`,
  })
}

/** No sequences at all. */
export function noSequences(call: string): ArgumentError {
  return new ArgumentError({ call: `${call}: an empty list`, rule: "There must be at least one sequence." })
}

/** Sequences whose elements have different shapes. */
export function sequencesDiffer(
  call: string,
  first: readonly number[],
  other: readonly number[],
  index: number,
): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(first)} and ${shapeText(other)}`,
    rows: [row("sequence 0", shapeText(first)), row(`sequence ${index}`, shapeText(other))],
    rule: "Sequences may differ in their first size only.",
  })
}
