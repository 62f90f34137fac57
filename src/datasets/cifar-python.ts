import { PickleGlobal, type PickleRules, parsePickle } from "../data/pickle.js"
import { badFormat } from "./messages.js"

/** Pictures and labels as they stand in a file of CIFAR-10's version for Python. */
export interface CifarBatch {
  /** For each picture a red, a green and a blue plane of 32 × 32 bytes. */
  readonly pixels: Uint8Array
  readonly labels: readonly number[]
}

/** An array of NumPy that a pickle describes. */
class PickledArray {
  bytes: Uint8Array | null = null
}

/**
 * The pictures in a file of the version for Python, which PyTorch uses: a pickle of a dictionary with an array of bytes and a
 * list of labels. It is read as data; no code is run.
 */
export function parseCifarPickle(call: string, name: string, bytes: Uint8Array): CifarBatch {
  const fault = (rule: string) => badFormat(call, name, rule)
  const content = parsePickle(bytes, new ArrayRules(fault))
  const entry = (key: string) => (content instanceof Map ? content.get(key) : undefined)
  const [data, labels] = [entry("data"), entry("labels")]
  const isLabels = Array.isArray(labels) && labels.every((label) => Number.isInteger(label) && label >= 0 && label < 10)
  if (!(data instanceof PickledArray) || data.bytes === null || !isLabels)
    throw fault("It must hold a dictionary with data, an array of bytes, and labels, numbers from 0 to 9.")
  return { pixels: data.bytes, labels: labels as number[] }
}

/** What a file of pictures may be made with: arrays of bytes, and nothing else. */
class ArrayRules implements PickleRules {
  constructor(readonly fault: (rule: string) => Error) {}

  allow(name: string): void {
    // Python 3 writes bytes as text with the name of its encoding.
    if (/^numpy(\._?core\.multiarray)? (_reconstruct|ndarray|dtype)$|^_codecs encode$/.test(name)) return
    throw this.fault(`It names ${name}, which no pictures need.`)
  }

  call(name: string, args: readonly unknown[]): unknown {
    if (name.endsWith("_reconstruct")) return new PickledArray()
    if (name === "numpy dtype") return { dtype: args[0] }
    if (name === "_codecs encode" && typeof args[0] === "string") return Buffer.from(args[0], "latin1")
    throw this.fault(`It calls ${name}, which no pictures need.`)
  }

  persistent(): unknown {
    throw this.fault("It refers to something outside of it.")
  }

  build(value: unknown, state: unknown): boolean {
    if (!(value instanceof PickledArray)) return typeof value === "object" && value !== null && "dtype" in value
    const [, , type, isFortran, data] = Array.isArray(state) ? state : []
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data
    const { dtype } = (type ?? {}) as { dtype?: unknown }
    if (type instanceof PickleGlobal || dtype !== "u1" || isFortran !== false || !(bytes instanceof Uint8Array))
      throw this.fault("Its array must be one of bytes, row by row.")
    value.bytes = bytes
    return true
  }
}
