import { ArgumentError, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"

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
  sizes: readonly number[],
  batchFirst: boolean,
  query: readonly number[],
  key: readonly number[],
  value: readonly number[],
): ShapeError {
  const [embedDim, kdim, vdim] = sizes
  const wanted = (length: string, size: number | undefined) =>
    batchFirst ? `[N, ${length}, ${size}]` : `[${length}, N, ${size}]`
  return new ShapeError({
    call: `MultiheadAttention: ${shapeText(query)}, ${shapeText(key)}, ${shapeText(value)}`,
    rows: [
      { role: "query", what: shapeText(query), note: `wanted ${wanted("L", embedDim)}` },
      { role: "key", what: shapeText(key), note: `wanted ${wanted("S", kdim)}` },
      { role: "value", what: shapeText(value), note: `wanted ${wanted("S", vdim)}` },
    ],
    rule:
      kdim === embedDim && vdim === embedDim
        ? `The last size must be embedDim (${embedDim}), and lengths and batch (N, which may be left out of all) must agree.`
        : `The last sizes must be embedDim (${embedDim}), kdim (${kdim}) and vdim (${vdim}), and lengths and batch (N, which may be left out of all) must agree.`,
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
export function sequenceSizes(
  layer: string,
  x: readonly number[],
  dModel: number,
  maxLen: number,
  batchFirst: boolean,
): ShapeError {
  return new ShapeError({
    call: `${layer}: ${shapeText(x)}`,
    rule: `The input must be ${batchFirst ? "[N, S, dModel]" : "[S, N, dModel]"} or [S, dModel] with dModel = ${dModel} and S at most maxLen (${maxLen}).`,
  })
}

/** A sequence whose vectors cannot be turned. */
export function rotarySizes(x: readonly number[], dim: number): ShapeError {
  return new ShapeError({
    call: `RotaryEmbedding: ${shapeText(x)}`,
    rule: `The input must be [..., S, dim] with dim = ${dim}, the size of each head.`,
  })
}

/** Something that a stack of layers cannot be made of. */
export function notATransformerLayer(kind: "Encoder" | "Decoder", value: unknown): ArgumentError {
  return new ArgumentError({
    call: `Transformer${kind}: layer = ${valueText(value)}`,
    rule: `layer must be an nn.Transformer${kind}Layer, of which the stack makes copies.`,
  })
}

/** A source and a target of a transformer that do not fit. */
export function transformerSizes(dModel: number, src: readonly number[], tgt: readonly number[]): ShapeError {
  return new ShapeError({
    call: `Transformer: source ${shapeText(src)}, target ${shapeText(tgt)}`,
    rows: [
      { role: "source", what: shapeText(src), note: `last size ${dModel}` },
      { role: "target", what: shapeText(tgt), note: `last size ${dModel}` },
    ],
    rule: `Both must have the same rank and batch, and the last size dModel (${dModel}).`,
  })
}

/** A size that cannot be parted into pairs. */
export function oddRotarySize(size: unknown): ArgumentError {
  return new ArgumentError({
    call: `RotaryEmbedding: dim = ${valueText(size)}`,
    rule: "dim must be an even number of at least 2: its elements are turned in pairs.",
  })
}
