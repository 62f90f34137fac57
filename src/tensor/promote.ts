import type { DType } from "../native/dtype.js"

/** From the narrowest to the widest: an operation on two dtypes computes in the wider. */
const rank: { readonly [D in DType]: number } = { bool: 0, int32: 1, float32: 2, float64: 3 }

/** The dtype that an operation on two tensors computes in, by PyTorch's rules. */
export function promoteTypes(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b
}

/**
 * The dtype that an operation on two tensors computes in, by PyTorch's rules: a tensor of no dimensions widens another
 * only if its kind is the higher one, fractions over integers over booleans.
 */
export function promoteTensors(a: Typed, b: Typed): DType {
  if (a.dtype === b.dtype) return a.dtype
  const scalarA = a.shape.length === 0
  if (scalarA === (b.shape.length === 0)) return promoteTypes(a.dtype, b.dtype)
  const [scalar, other] = scalarA ? [a, b] : [b, a]
  return kind[scalar.dtype] > kind[other.dtype] ? promoteTypes(scalar.dtype, other.dtype) : other.dtype
}

/** What promotion needs to know of a tensor. */
interface Typed {
  readonly dtype: DType
  readonly shape: readonly number[]
}

const kind: { readonly [D in DType]: number } = { bool: 0, int32: 1, float32: 2, float64: 2 }

/** The dtype with a JavaScript number: a fraction makes integers float32; a whole number makes only booleans int32. */
export function promoteNumber(a: DType, value: number): DType {
  if (a === "float32" || a === "float64") return a
  return Number.isInteger(value) ? "int32" : "float32"
}

/** Whether a dtype holds fractions, and so can have gradients. */
export function isFloatingPoint(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64"
}
