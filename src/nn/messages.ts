import { ArgumentError, CellgradError, type ErrorRow, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"

/** Saved values that do not fit a model. */
export class StateError extends CellgradError {
  override name = "StateError"
}

/** A state whose names or shapes are not those of the module. */
export function stateMismatch(
  module: string,
  missing: readonly string[],
  unexpected: readonly string[],
  unlike: readonly { name: string; wanted: readonly number[]; found: readonly number[] }[],
): StateError {
  const rows: ErrorRow[] = [
    ...missing.map((name) => ({ role: name, what: "missing in the state" })),
    ...unexpected.map((name) => ({ role: name, what: "not in the module" })),
    ...unlike.map(({ name, wanted, found }) => ({
      role: name,
      what: `${shapeText(found)} in the state`,
      note: `${shapeText(wanted)} in the module`,
    })),
  ]
  return new StateError({
    call: `loadStateDict: the state does not fit ${module}`,
    rows: rows.slice(0, 20),
    rule:
      unlike.length > 0
        ? "Every value must have the shape of the parameter that it replaces."
        : "Names must be the same on both sides.",
    hint: unlike.length > 0 ? undefined : "to copy only what fits, pass { strict: false }.",
  })
}

/** A size of a layer that is none. */
export function badSize(layer: string, name: string, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${layer}: ${name} = ${valueText(value)}`,
    rule: `${name} must be a whole number of at least 1.`,
  })
}

/** A number out of its range. */
export function outOfRange(call: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} = ${valueText(value)}`, rule: `${name} ${rule}.` })
}

/** Something in a Sequential that cannot be called. */
export function notALayer(container: string, index: number, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${container}: element ${index} is ${valueText(value)}`,
    rule: "Every element must be a module or a function of a tensor.",
    hint: Array.isArray(value) ? `give the layers one by one: new nn.${container}(...layers).` : undefined,
  })
}

/** A weight whose fan cannot be told. */
export function noFan(call: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(shape)}`,
    rule: "The number of inputs and outputs can only be told of a tensor of at least two dimensions.",
  })
}

/** Trailing sizes of an input that are not those a normalisation was made for. */
export function normalizedShape(x: readonly number[], wanted: readonly number[]): ShapeError {
  return new ShapeError({
    call: `layerNorm: ${shapeText(x)} over ${shapeText(wanted)}`,
    rows: [
      { role: "input", what: shapeText(x), note: `last sizes ${shapeText(x.slice(-wanted.length))}` },
      { role: "normalizedShape", what: shapeText(wanted) },
    ],
    rule: "The last sizes of the input must be the normalised shape.",
  })
}

/** Queries, keys and values that do not fit together. */
export function attentionSizes(
  call: string,
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(q)}, ${shapeText(k)}, ${shapeText(v)}`,
    rows: [
      { role: "query", what: shapeText(q), note: "[..., L, d]" },
      { role: "key", what: shapeText(k), note: "[..., S, d]" },
      { role: "value", what: shapeText(v), note: "[..., S, e]" },
    ],
    rule: "Query and key must have the same last size, key and value the same last but one.",
  })
}

/** Inputs of multi-head attention of other sizes than it was made for. */
export function multiheadSizes(
  embedDim: number,
  batchFirst: boolean,
  query: readonly number[],
  key: readonly number[],
  value: readonly number[],
): ShapeError {
  const wanted = (length: string) => (batchFirst ? `[N, ${length}, ${embedDim}]` : `[${length}, N, ${embedDim}]`)
  return new ShapeError({
    call: `MultiheadAttention: ${shapeText(query)}, ${shapeText(key)}, ${shapeText(value)}`,
    rows: [
      { role: "query", what: shapeText(query), note: `wanted ${wanted("L")}` },
      { role: "key", what: shapeText(key), note: `wanted ${wanted("S")}` },
      { role: "value", what: shapeText(value), note: `wanted ${wanted("S")}` },
    ],
    rule: `The last size must be embedDim (${embedDim}), and lengths and batch (N, which may be left out of all) must agree.`,
    hint:
      !batchFirst && query.length === 3 && query[0] === key[0] && query[1] !== key[1]
        ? "if the batch comes first, make the layer with { batchFirst: true }."
        : undefined,
  })
}

/** A size of vectors that does not divide into the heads. */
export function headSizes(embedDim: number, numHeads: number): ArgumentError {
  return new ArgumentError({
    call: `MultiheadAttention: embedDim = ${embedDim}, numHeads = ${numHeads}`,
    rule: `embedDim (${embedDim}) must be divisible by numHeads (${numHeads}).`,
  })
}

/** A mask of a shape that does not fit the scores. */
export function maskShape(
  call: string,
  name: string,
  shape: readonly number[],
  wanted: readonly (readonly number[])[],
): ShapeError {
  return new ShapeError({
    call: `${call}: ${name} ${shapeText(shape)}`,
    rule:
      name === "mask"
        ? `The mask must broadcast to the scores, ${wanted.map(shapeText).join(" or ")}.`
        : `${name} must be ${wanted.map(shapeText).join(" or ")}.`,
  })
}

/** A causal mask and another one. */
export function twoMasks(call: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: a mask and isCausal`,
    rule: "Give a mask or isCausal, not both.",
    hint: "join the causal part into a mask of booleans: mask.tril().gt(0).",
  })
}

/** A sequence that positions cannot be added to. */
export function sequenceSizes(x: readonly number[], dModel: number, maxLen: number, batchFirst: boolean): ShapeError {
  return new ShapeError({
    call: `PositionalEncoding: ${shapeText(x)}`,
    rule: `The input must be ${batchFirst ? "[N, S, dModel]" : "[S, N, dModel]"} or [S, dModel] with dModel = ${dModel} and S at most maxLen (${maxLen}).`,
  })
}

/** Something that a stack of encoder layers cannot be made of. */
export function notAnEncoderLayer(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `TransformerEncoder: layer = ${valueText(value)}`,
    rule: "layer must be an nn.TransformerEncoderLayer, of which the stack makes copies.",
  })
}
