import type { DType } from "../native/dtype.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"

/** An element type in a file: `f` floating point, `i` integer, `u` unsigned integer, `b` boolean, and how many bytes. */
export type ElementKind = "f2" | "bf2" | "f4" | "f8" | "i1" | "i2" | "i4" | "i8" | "u1" | "u2" | "u4" | "u8" | "b1"

/** How many bytes an element of each kind takes. */
export const elementBytes: { readonly [K in ElementKind]: number } = {
  f2: 2,
  bf2: 2,
  f4: 4,
  f8: 8,
  i1: 1,
  i2: 2,
  i4: 4,
  i8: 8,
  u1: 1,
  u2: 2,
  u4: 4,
  u8: 8,
  b1: 1,
}

/** The kind that each of our dtypes is written as. */
export const kindOfDType: { readonly [D in DType]: ElementKind } = {
  float32: "f4",
  float64: "f8",
  int32: "i4",
  bool: "b1",
}

/** How one element is read. */
const readers: { readonly [K in ElementKind]: (view: DataView, at: number, little: boolean) => number } = {
  f2: (view, at, little) => halfToNumber(view.getUint16(at, little)),
  bf2: (view, at, little) => bfloatToNumber(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
}

/**
 * Elements in a file as a tensor, which has memory of its own. Half precision becomes float32; integers become int32, or
 * float64 when one of them is too large for that.
 */
export function decodeElements(
  kind: ElementKind,
  bytes: Uint8Array,
  shape: readonly number[],
  littleEndian = true,
): Tensor {
  const size = elementBytes[kind]
  const count = shape.reduce((product, length) => product * length, 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = readers[kind]
  const isWide = kind === "i8" || kind === "u4" || kind === "u8"
  if (isWide) {
    const numbers = Float64Array.from({ length: count }, (_, i) => read(view, i * size, littleEndian))
    const fits = numbers.every((value) => value === (value | 0))
    const out = uninitialized(shape, fits ? "int32" : "float64")
    out.storage.data.set(numbers)
    return out
  }
  const dtype = kind === "f8" ? "float64" : kind === "b1" ? "bool" : kind.includes("f") ? "float32" : "int32"
  const out = uninitialized(shape, dtype)
  const { data } = out.storage
  // Most files are float32 in this machine's own order of bytes.
  if (kind === kindOfDType[dtype] && kind !== "b1" && littleEndian) {
    new Uint8Array(data.buffer, data.byteOffset, count * size).set(bytes.subarray(0, count * size))
  } else for (let i = 0; i < count; i++) data[i] = read(view, i * size, littleEndian)
  return out
}

/** The elements of a tensor in order, lowest byte first. */
export function encodeElements(x: Tensor): Uint8Array {
  const elements = x.toTypedArray()
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
}

/** A number of half precision (IEEE 754 binary16) from its bits. */
function halfToNumber(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const scratch = new DataView(new ArrayBuffer(4))

/** A bfloat16 is the upper half of a float32. */
function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits * 65536)
  return scratch.getFloat32(0)
}
