import { ReadError } from "../data/errors.js"
import { ArgumentError } from "../tensor/errors.js"
import { valueText } from "../tensor/messages.js"

/** A file whose content is not what its format asks for. */
export function broken(call: string, format: string, rule: string, hint?: string): ReadError {
  return new ReadError({ call: `${call}: this is no ${format} file that can be read`, rule, hint })
}

/** An element type of another library that no tensor of ours can hold. */
export function unknownElements(call: string, name: string, found: string): ReadError {
  return new ReadError({
    call: `${call}: ${name}`,
    rule: `Elements of type ${found} cannot become a tensor; floating-point numbers, integers and booleans can.`,
  })
}

/** A value that the format of a file has no form for. */
export function cannotSave(call: string, place: string, value: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${place === "" ? "the value" : place} is ${valueText(value)}`,
    rule,
    hint,
  })
}

/** A file name whose ending names no format. */
export function unknownEnding(call: string, path: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${path}`,
    rule: "The ending says in which format a file is written: .safetensors, .pt (or .pth), .npz or .npy.",
  })
}

/** Something in a pickle that is not data. */
export function forbiddenGlobal(call: string, name: string): ReadError {
  const [module = "", ...rest] = name.split(" ")
  return new ReadError({
    call: `${call}: the file asks for ${module}.${rest.join(".")}`,
    rule: "Only tensors, numbers, texts, lists and dictionaries are read from a pickle; nothing in it is ever run.",
    hint: 'from Python, save the values alone: torch.save(model.state_dict(), "model.pt").',
  })
}

/** A file that begins as none of the formats do. */
export function unknownFormat(call: string): ReadError {
  return new ReadError({
    call: `${call}: this file is in none of the formats that are known`,
    rule: "Files of safetensors, PyTorch (.pt) and NumPy (.npy, .npz) are read.",
    hint: "for a table use readTable(path), for a picture readImage(path).",
  })
}
