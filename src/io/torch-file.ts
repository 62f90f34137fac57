import { PickleGlobal, type PickleRules, parsePickle } from "../data/pickle.js"
import type { DType } from "../native/dtype.js"
import { contiguousStrides } from "../native/layout.js"
import { isTensor, type Tensor, viewOf } from "../tensor/tensor.js"
import { decodeElements, type ElementKind, elementBytes, encodeElements } from "./elements.js"
import { latin1, readFileBytes, writeFileBytes } from "./files.js"
import { broken, cannotSave, forbiddenGlobal } from "./messages.js"
import { PickleWriter } from "./pickle-writer.js"
import { isZip, unzip, zip } from "./zip.js"

/** What a `.pt` file can hold: tensors, numbers, texts, booleans and null, in lists and dictionaries. */
export type Saved =
  | Tensor
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly Saved[]
  | { readonly [key: string]: Saved }

/** The element types by PyTorch's names of storages. */
const storageKinds: Readonly<Record<string, ElementKind>> = {
  "torch FloatStorage": "f4",
  "torch DoubleStorage": "f8",
  "torch HalfStorage": "f2",
  "torch BFloat16Storage": "bf2",
  "torch LongStorage": "i8",
  "torch IntStorage": "i4",
  "torch ShortStorage": "i2",
  "torch CharStorage": "i1",
  "torch ByteStorage": "u1",
  "torch BoolStorage": "b1",
}

const storageOfDType: { readonly [D in DType]: string } = {
  float32: "FloatStorage",
  float64: "DoubleStorage",
  int32: "IntStorage",
  bool: "BoolStorage",
}

/**
 * Reads what `torch.save` wrote: a state dict, or a checkpoint of dictionaries, lists, numbers and tensors.
 *
 * The pickle inside is read as data: nothing in it is imported or run, and a file that asks for anything but tensors and
 * plain values is refused, with the name it asks for. Half precision becomes float32, 64-bit integers become int32 (or
 * float64 when one is too large). Tensors lie on the CPU, wherever they lay.
 *
 * Errors: files of PyTorch before 1.6; whole models instead of their values; files that are cut off.
 */
export function readTorch<Value = Record<string, Tensor>>(source: string | Uint8Array): Value {
  return parseTorch("readTorch", readFileBytes("readTorch", source)) as Value
}

/** Writes a state dict, or tensors, numbers and texts in lists and objects, for `torch.load(path, weights_only=True)`. */
export function writeTorch(value: Saved | object, path: string): void {
  writeFileBytes("writeTorch", path, formatTorch("writeTorch", value))
}

/** The elements of one or several tensors. */
interface TorchStorage {
  readonly kind: ElementKind
  readonly count: number
  readonly elements: Tensor
}

/** The value in the bytes of a `.pt` file. */
export function parseTorch(call: string, bytes: Uint8Array): unknown {
  if (!isZip(bytes))
    throw broken(
      call,
      "PyTorch",
      "It is no zip archive.",
      "files of PyTorch before 1.6 must be saved anew by a newer one.",
    )
  const files = unzip(call, "PyTorch", bytes)
  const pickleName = [...files.keys()].find((name) => /(^|\/)data\.pkl$/.test(name))
  if (pickleName === undefined) throw broken(call, "PyTorch", "Its archive holds no data.pkl.")
  const folder = pickleName.slice(0, -"data.pkl".length)
  const order = files.get(`${folder}byteorder`)
  const value = parsePickle(files.get(pickleName) as Uint8Array, new TorchRules(call, files, folder, order))
  return plainValue(call, value, 0)
}

/** What a pickle of PyTorch may name: a short list, and nothing of it is run. */
class TorchRules implements PickleRules {
  readonly #call: string
  readonly #files: ReadonlyMap<string, Uint8Array>
  readonly #folder: string
  readonly #littleEndian: boolean
  readonly #storages = new Map<string, TorchStorage>()

  constructor(call: string, files: ReadonlyMap<string, Uint8Array>, folder: string, order: Uint8Array | undefined) {
    this.#call = call
    this.#files = files
    this.#folder = folder
    this.#littleEndian = order === undefined || latin1(order).trim() !== "big"
  }

  allow(name: string): void {
    if (!Object.hasOwn(storageKinds, name) && !this.#calls.has(name)) throw forbiddenGlobal(this.#call, name)
  }

  call(name: string, args: readonly unknown[]): unknown {
    const make = this.#calls.get(name)
    if (make === undefined) throw forbiddenGlobal(this.#call, name)
    return make(args)
  }

  persistent(id: unknown): TorchStorage {
    const [tag, type, key, , count] = Array.isArray(id) ? id : []
    const kind = type instanceof PickleGlobal ? storageKinds[type.name] : undefined
    if (tag !== "storage" || kind === undefined || typeof key !== "string" || !Number.isSafeInteger(count))
      throw this.fault("It describes a storage in a way that is not known.")
    const known = this.#storages.get(key)
    if (known !== undefined) return known
    const bytes = this.#files.get(`${this.#folder}data/${key}`)
    if (bytes === undefined) throw this.fault(`Its archive lacks data/${key}.`)
    if (bytes.length < count * elementBytes[kind])
      throw this.fault(`Storage ${key} should have ${count * elementBytes[kind]} bytes and has ${bytes.length}.`)
    const storage = { kind, count, elements: decodeElements(kind, bytes, [count], this.#littleEndian) }
    this.#storages.set(key, storage)
    return storage
  }

  readonly #calls: ReadonlyMap<string, (args: readonly unknown[]) => unknown> = new Map([
    ["collections OrderedDict", ([pairs]) => new Map(Array.isArray(pairs) ? (pairs as [unknown, unknown][]) : [])],
    ["torch Size", ([sizes]) => sizes],
    ["torch._utils _rebuild_tensor_v2", (args) => this.#tensor(args)],
    ["torch._utils _rebuild_parameter", ([data]) => data],
  ])

  #tensor([storage, offset, shape, strides]: readonly unknown[]): Tensor {
    const { elements, count } = storage as TorchStorage
    const isCounts = (value: unknown): value is number[] =>
      Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
    if (
      !isTensor(elements) ||
      !isCounts([offset]) ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    )
      throw this.fault("It describes a tensor in a way that is not known.")
    const last = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] as number), offset as number)
    if (!shape.includes(0) && last >= count)
      throw this.fault(`A tensor [${shape.join(", ")}] reaches to element ${last} of a storage of ${count}.`)
    return viewOf(elements, shape, shape.includes(0) ? contiguousStrides(shape) : strides, offset as number).clone()
  }

  fault(rule: string): Error {
    return broken(this.#call, "PyTorch", rule)
  }
}

const deepest = 100

/** Dictionaries as plain objects, with the keys as text. */
function plainValue(call: string, value: unknown, depth: number): unknown {
  if (depth > deepest) throw broken(call, "PyTorch", `Its values are nested more than ${deepest} deep.`)
  if (value instanceof PickleGlobal) throw forbiddenGlobal(call, value.name)
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, entry]) => [String(key), plainValue(call, entry, depth + 1)]))
  if (Array.isArray(value)) return value.map((entry) => plainValue(call, entry, depth + 1))
  return value
}

/** A value as the bytes of a `.pt` file. */
export function formatTorch(call: string, value: Saved | object): Uint8Array {
  const files = new Map<string, Uint8Array>()
  const pickle = new PickleWriter()
  const storages = new Map<Tensor["storage"], string>()
  writeValue(value, "", 0)
  return zip(
    new Map([
      ["archive/data.pkl", pickle.finish()],
      ["archive/byteorder", Buffer.from("little")],
      ...files,
      ["archive/version", Buffer.from("3\n")],
    ]),
  )

  function writeValue(entry: unknown, place: string, depth: number): void {
    if (depth > deepest)
      throw cannotSave(
        call,
        `what is nested ${deepest} deep`,
        typeof entry,
        `A .pt file holds values nested at most ${deepest} deep.`,
      )
    if (isTensor(entry)) writeTensor(entry)
    else if (entry === null || entry === undefined)
      pickle.op("N") // NONE
    else if (typeof entry === "boolean")
      pickle.op(entry ? "\x88" : "\x89") // NEWTRUE, NEWFALSE
    else if (typeof entry === "string") pickle.text(entry)
    else if (typeof entry === "number") Number.isSafeInteger(entry) ? pickle.integer(entry) : pickle.float(entry)
    else if (Array.isArray(entry)) {
      pickle.op("](") // EMPTY_LIST MARK
      entry.forEach((item, i) => {
        writeValue(item, `${place}[${i}]`, depth + 1)
      })
      pickle.op("e") // APPENDS
    } else if (typeof entry === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(entry))) {
      pickle.op("}(") // EMPTY_DICT MARK
      for (const [key, item] of Object.entries(entry)) {
        pickle.text(key)
        writeValue(item, place === "" ? key : `${place}.${key}`, depth + 1)
      }
      pickle.op("u") // SETITEMS
    } else
      throw cannotSave(
        call,
        place,
        entry,
        "A .pt file holds tensors, numbers, texts, booleans and null, in lists and objects.",
      )
  }

  function writeTensor(x: Tensor): void {
    // Tensors on one storage, such as tied weights, stay on one when the storage is theirs as a whole.
    const whole = x.packed && x.offset === 0 && x.count === x.storage.length
    const known = whole ? storages.get(x.storage) : undefined
    const key = known ?? String(files.size)
    if (known === undefined) files.set(`archive/data/${key}`, encodeElements(x))
    if (whole) storages.set(x.storage, key)
    pickle.global("torch._utils", "_rebuild_tensor_v2").tuple(() => {
      pickle.tuple(() => {
        pickle.text("storage").global("torch", storageOfDType[x.dtype]).text(key).text("cpu").integer(x.count)
      })
      pickle.op("Q").integer(0) // BINPERSID; the offset
      pickle.tuple(() => x.shape.forEach((size) => void pickle.integer(size)))
      pickle.tuple(() => contiguousStrides(x.shape).forEach((stride) => void pickle.integer(stride)))
      pickle.op("\x89").global("collections", "OrderedDict").op(")R") // no gradient; no hooks
    })
    pickle.op("R") // REDUCE
  }
}
