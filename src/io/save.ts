import { Module } from "../nn/module.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { readFileBytes, writeFileBytes } from "./files.js"
import { cannotSave, unknownEnding, unknownFormat } from "./messages.js"
import { formatNpy, parseNpy } from "./npy.js"
import { formatNpz, parseNpz } from "./npz.js"
import { formatSafetensors, parseSafetensors } from "./safetensors.js"
import { formatTorch, parseTorch, type Saved } from "./torch-file.js"
import { isZip, unzip } from "./zip.js"

/**
 * Writes a model's values, a state dict, or other tensors to a file; its ending says in which format:
 *
 * - `.safetensors`: tensors by name
 * - `.pt`, `.pth`: tensors, numbers and texts in lists and objects, for `torch.load`
 * - `.npz`: tensors by name; `.npy`: one tensor; for `numpy.load`
 *
 * Of a model, the state dict is written: `save(model, "model.safetensors")`, and back with
 * `model.loadStateDict(load("model.safetensors"))`.
 *
 * Errors: another ending; a value that the format has no form for.
 */
export function save(value: Module | Saved | object, path: string): void {
  const call = "save"
  const content: unknown = value instanceof Module ? value.stateDict() : value
  const ending = /\.(\w+)$/.exec(String(path))?.[1]?.toLowerCase()
  const named = (): Record<string, unknown> => {
    if (typeof content !== "object" || content === null || Array.isArray(content) || isTensor(content))
      throw cannotSave(call, "", content, `A .${ending} file holds tensors by name: { weight: x }.`)
    return content as Record<string, unknown>
  }
  const format = (): Uint8Array => {
    switch (ending) {
      case "safetensors":
        return formatSafetensors(call, named())
      case "npz":
        return formatNpz(call, named())
      case "npy":
        if (!isTensor(content)) throw cannotSave(call, "", content, "A .npy file holds one tensor.")
        return formatNpy(content)
      case "pt":
      case "pth":
        return formatTorch(call, content as Saved)
      default:
        throw unknownEnding(call, String(path))
    }
  }
  writeFileBytes(call, path, format())
}

/**
 * Reads what `save`, PyTorch, NumPy or safetensors wrote; the content tells the format.
 *
 * Gives an object of tensors by name, or what a `.pt` file holds otherwise; of a `.npy` file, a tensor.
 *
 * Errors: no such file; a file of none of these formats, cut off or broken; a pickle that asks for more than data.
 */
export function load<Value = Record<string, Tensor>>(source: string | Uint8Array): Value {
  const call = "load"
  const bytes = readFileBytes(call, source)
  const parse = (): unknown => {
    if (bytes[0] === 0x93) return parseNpy(call, bytes)
    if (isZip(bytes)) {
      const names = [...unzip(call, "PyTorch or NumPy", bytes).keys()]
      return names.some((name) => name.endsWith(".npy")) ? parseNpz(call, bytes) : parseTorch(call, bytes)
    }
    if (bytes[0] === 0x80) return parseTorch(call, bytes)
    if (bytes.length > 8 && bytes[8] !== 0x7b) throw unknownFormat(call) // a header of JSON begins with a brace
    return parseSafetensors(call, bytes)
  }
  return parse() as Value
}
