import { isTensor, type Tensor } from "../tensor/tensor.js"
import { readFileBytes, writeFileBytes } from "./files.js"
import { broken, cannotSave } from "./messages.js"
import { formatNpy, parseNpy } from "./npy.js"
import { unzip, zip } from "./zip.js"

/**
 * Reads the tensors of a `.npz` file of NumPy by their names, packed or not.
 *
 * Errors: as `readNpy`.
 */
export function readNpz(source: string | Uint8Array): Record<string, Tensor> {
  return parseNpz("readNpz", readFileBytes("readNpz", source))
}

/** Writes tensors to a `.npz` file by their names; `numpy.load` reads it. */
export function writeNpz(tensors: Readonly<Record<string, Tensor>>, path: string): void {
  writeFileBytes("writeNpz", path, formatNpz("writeNpz", tensors))
}

/** The tensors of the bytes of a `.npz` file. */
export function parseNpz(call: string, bytes: Uint8Array): Record<string, Tensor> {
  const files = [...unzip(call, "NumPy", bytes)].filter(([name]) => name.endsWith(".npy"))
  if (files.length === 0) throw broken(call, "NumPy", "Its archive holds no .npy file.")
  return Object.fromEntries(files.map(([name, content]) => [name.slice(0, -4), parseNpy(call, content)]))
}

/** Tensors as the bytes of a `.npz` file. */
export function formatNpz(call: string, tensors: Readonly<Record<string, unknown>>): Uint8Array {
  const files = Object.entries(tensors).map(([name, x]): [string, Uint8Array] => {
    if (!isTensor(x)) throw cannotSave(call, name, x, "A .npz file holds tensors by name, and nothing else.")
    return [`${name}.npy`, formatNpy(x)]
  })
  return zip(new Map(files))
}
