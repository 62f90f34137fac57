import { badFormat } from "./messages.js"

/** A file of bytes with a shape. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/**
 * The content of an IDX file of bytes, the format of MNIST: two zeros, the type (8 for bytes), the number of dimensions,
 * each size in four bytes (the highest first), then the elements.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits.
 */
export function parseIdx(call: string, name: string, bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0)
    throw badFormat(call, name, "This is no IDX file: it does not begin with two zeros.")
  if (bytes[2] !== 8)
    throw badFormat(call, name, `The elements must be bytes (type 8); this file has type ${bytes[2]}.`)
  const rank = bytes[3] as number
  const start = 4 + 4 * rank
  if (bytes.length < start) throw badFormat(call, name, "The file ends within its header.")
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const count = shape.reduce((product, size) => product * size, 1)
  if (bytes.length !== start + count)
    throw badFormat(
      call,
      name,
      `The header promises ${count} bytes ([${shape.join(", ")}]), and ${bytes.length - start} follow.`,
    )
  return { shape, data: bytes.subarray(start) }
}
