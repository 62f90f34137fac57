/** The element types of a tensor. */
export type DType = "float32" | "float64" | "int32" | "bool"

/** The typed array that holds the elements of each dtype; `bool` is one byte, 0 or 1. */
export interface DTypeArrays {
  float32: Float32Array
  float64: Float64Array
  int32: Int32Array
  bool: Uint8Array
}

export type TypedArray = DTypeArrays[DType]

export const bytesPerElement: { readonly [D in DType]: number } = { float32: 4, float64: 8, int32: 4, bool: 1 }

/** The constructor of each dtype's typed array, for a stretch of an ArrayBuffer. */
export const dtypeArrays: {
  readonly [D in DType]: new (
    buffer: ArrayBuffer,
    byteOffset?: number,
    length?: number,
  ) => DTypeArrays[D]
} = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array }
