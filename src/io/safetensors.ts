import { isTensor, type Tensor } from "../tensor/tensor.js"
import { decodeElements, type ElementKind, elementBytes, encodeElements, kindOfDType } from "./elements.js"
import { readFileBytes, writeFileBytes } from "./files.js"
import { broken, cannotSave, unknownElements } from "./messages.js"

/** The element types by the names that the format gives them. */
const kinds: Readonly<Record<string, ElementKind>> = {
  F16: "f2",
  BF16: "bf2",
  F32: "f4",
  F64: "f8",
  I8: "i1",
  I16: "i2",
  I32: "i4",
  I64: "i8",
  U8: "u1",
  U16: "u2",
  U32: "u4",
  U64: "u8",
  BOOL: "b1",
}
const nameOfKind = new Map(Object.entries(kinds).map(([name, kind]) => [kind, name]))
const longestHeader = 100_000_000

/**
 * Reads the tensors of a `.safetensors` file by their names.
 *
 * Errors: a file that is cut off, whose header is no JSON, or whose tensors do not lie within it one after the other.
 *
 * Source: github.com/huggingface/safetensors, Format.
 */
export function readSafetensors(source: string | Uint8Array): Record<string, Tensor> {
  return parseSafetensors("readSafetensors", readFileBytes("readSafetensors", source))
}

/**
 * Writes tensors to a `.safetensors` file by their names: `safetensors.torch.load_file` and many others read it.
 *
 * @param metadata texts that are kept beside them
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  path: string,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileBytes("writeSafetensors", path, formatSafetensors("writeSafetensors", tensors, metadata))
}

/** What the header says of a tensor. */
interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/** The tensors of the bytes of a `.safetensors` file. */
export function parseSafetensors(call: string, bytes: Uint8Array): Record<string, Tensor> {
  const fault = (rule: string) => broken(call, "safetensors", rule)
  if (bytes.length < 8) throw fault(`It has ${bytes.length} bytes, and its first eight say how long the header is.`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > longestHeader || 8 + length > bytes.length)
    throw fault(`Its header would be ${length} bytes long, and ${bytes.length - 8} follow.`)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + 8, length).toString("utf8")
  let header: Record<string, Entry>
  try {
    header = JSON.parse(text)
  } catch {
    throw fault("Its header is no JSON.")
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw fault("Its header is no object.")
  const content = bytes.subarray(8 + length)
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__")
  return Object.fromEntries(entries.map(([name, entry]) => [name, readEntry(call, name, entry, content)]))
}

function readEntry(call: string, name: string, entry: Entry, content: Uint8Array): Tensor {
  const fault = (rule: string) => broken(call, "safetensors", `Tensor "${name}" ${rule}`)
  const { dtype, shape, data_offsets: offsets } = entry ?? {}
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
  if (!Array.isArray(shape) || !shape.every(isCount)) throw fault("has no shape of whole numbers.")
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw fault("does not say where its elements are.")
  if (!Object.hasOwn(kinds, dtype)) throw unknownElements(call, `tensor "${name}"`, String(dtype))
  const kind = kinds[dtype] as ElementKind
  const [start, end] = offsets
  const wanted = shape.reduce((product, size) => product * size, elementBytes[kind])
  if (end > content.length || start > end)
    throw fault(`lies at bytes ${start} to ${end}, and the file has ${content.length} after its header.`)
  if (end - start !== wanted)
    throw fault(`of shape [${shape.join(", ")}] needs ${wanted} bytes and has ${end - start}.`)
  return decodeElements(kind, content.subarray(start, end), shape)
}

/** Tensors as the bytes of a `.safetensors` file. */
export function formatSafetensors(
  call: string,
  tensors: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata }
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, x] of Object.entries(tensors)) {
    if (!isTensor(x) || name === "__metadata__")
      throw cannotSave(
        call,
        name,
        x,
        "A .safetensors file holds tensors by name, and nothing else.",
        "a .pt file holds numbers, texts and lists too.",
      )
    const bytes = encodeElements(x)
    header[name] = {
      dtype: nameOfKind.get(kindOfDType[x.dtype]),
      shape: x.shape,
      data_offsets: [offset, offset + bytes.length],
    }
    parts.push(bytes)
    offset += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ") // the elements start at a multiple of 8
  json.copy(padded)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([length, padded, ...parts])
}
