import { isTensor, type Tensor } from "../tensor/tensor.js"
import { decodeElements, type ElementKind, elementBytes, encodeElements, kindOfDType } from "./elements.js"
import { latin1, readFileBytes, writeFileBytes } from "./files.js"
import { broken, cannotSave, unknownElements } from "./messages.js"

const magic = "\x93NUMPY"
const longestHeader = 1 << 20

/**
 * Reads a tensor from a `.npy` file of NumPy, or from its bytes.
 *
 * Half precision becomes float32; integers of any width become int32, or float64 when one is too large.
 *
 * Errors: a file that is cut off or of another format; arrays of records, texts, objects or complex numbers.
 *
 * Source: NumPy Enhancement Proposal 1, A Simple File Format for NumPy Arrays.
 */
export function readNpy(source: string | Uint8Array): Tensor {
  return parseNpy("readNpy", readFileBytes("readNpy", source))
}

/** Writes a tensor to a `.npy` file; `numpy.load` reads it. */
export function writeNpy(x: Tensor, path: string): void {
  if (!isTensor(x)) throw cannotSave("writeNpy", "", x, "A .npy file holds one tensor.")
  writeFileBytes("writeNpy", path, formatNpy(x))
}

/** A tensor of the bytes of a `.npy` file. */
export function parseNpy(call: string, bytes: Uint8Array): Tensor {
  const fault = (rule: string) => broken(call, "NumPy", rule)
  if (latin1(bytes.subarray(0, 6)) !== magic) throw fault("It does not begin with the mark of a .npy file.")
  const version = bytes[6] ?? 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lengthBytes = version === 1 ? 2 : 4
  if (version < 1 || version > 3) throw fault(`It has format version ${version}; versions 1 to 3 are known.`)
  if (bytes.length < 8 + lengthBytes) throw fault("It ends within its header.")
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const start = 8 + lengthBytes + length
  if (length > longestHeader || start > bytes.length) throw fault("It ends within its header.")
  const { descr, fortranOrder, shape } = parseHeader(call, latin1(bytes.subarray(8 + lengthBytes, start)))
  const [kind, littleEndian] = elementKind(call, descr)
  const count = shape.reduce((product, size) => product * size, 1)
  const wanted = count * elementBytes[kind]
  if (!Number.isSafeInteger(wanted) || bytes.length - start < wanted)
    throw fault(
      `Its header promises ${wanted} bytes of elements ([${shape.join(", ")}]), and ${bytes.length - start} follow.`,
    )
  const content = bytes.subarray(start, start + wanted)
  if (!fortranOrder) return decodeElements(kind, content, shape, littleEndian)
  // The first index runs fastest: the transpose of an array whose sizes are reversed.
  const reversed = decodeElements(kind, content, [...shape].reverse(), littleEndian)
  return reversed.permute(...shape.map((_, i) => shape.length - 1 - i)).contiguous()
}

/** The header is a dictionary as Python writes it, of which only this form is understood; nothing is evaluated. */
function parseHeader(call: string, text: string): { descr: string; fortranOrder: boolean; shape: number[] } {
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1]
  const fortranOrder = /'fortran_order':\s*(True|False)/.exec(text)?.[1]
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1]
  if (descr === undefined && /'descr':\s*\[/.test(text)) throw unknownElements(call, "the array", "record")
  if (descr === undefined || fortranOrder === undefined || sizes === undefined)
    throw broken(call, "NumPy", `Its header is ${JSON.stringify(text.trim().slice(0, 100))}.`)
  const shape = (sizes.match(/\d+/g) ?? []).map(Number)
  return { descr, fortranOrder: fortranOrder === "True", shape }
}

function elementKind(call: string, descr: string): [ElementKind, littleEndian: boolean] {
  const [, order, kind] = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(descr) ?? []
  if (kind === undefined || kind === "bf2" || !Object.hasOwn(elementBytes, kind))
    throw unknownElements(call, "the array", descr)
  return [kind as ElementKind, order !== ">"]
}

/** A tensor as the bytes of a `.npy` file, version 1. */
export function formatNpy(x: Tensor): Uint8Array {
  const kind = kindOfDType[x.dtype]
  const shape = x.shape.length === 1 ? `(${x.shape[0]},)` : `(${x.shape.join(", ")})`
  const dictionary = `{'descr': '${kind === "b1" ? "|" : "<"}${kind}', 'fortran_order': False, 'shape': ${shape}, }`
  // The elements start at a multiple of 64.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10
  const header = Buffer.alloc(10 + length, " ")
  header.write(magic, "latin1")
  header[6] = 1
  header[7] = 0
  header.writeUInt16LE(length, 8)
  header.write(dictionary, 10, "latin1")
  header[9 + length] = 10
  return Buffer.concat([header, encodeElements(x)])
}
