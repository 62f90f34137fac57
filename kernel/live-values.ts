/** What a variable holds at the moment, in a few words: what no type checker knows. */
export interface LiveValue {
  /** `Tensor float32 [32, 64]`. */
  readonly text: string
  /** The parts of it that have a name, such as the layers of a model: `encoder.fc1` is `Linear(10 -> 64)`. */
  readonly members?: Readonly<Record<string, string>>
  /** The names of its columns, if it is a table. */
  readonly columns?: readonly string[]
}

/** The values of a session's variables by name; null for one that is nothing to speak of any more. */
export type LiveValues = Readonly<Record<string, LiveValue | null>>

const maxShown = 60
const maxColumns = 500

/** Describes values of the language itself; undefined for what its type says as well. */
export function describeValue(value: unknown): LiveValue | undefined {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return { text: String(value) }
    case "string":
      return { text: value.length > maxShown ? `string of ${value.length} characters` : JSON.stringify(value) }
    case "object":
      return value === null ? { text: "null" } : describeObject(value)
    default:
      return undefined
  }
}

function describeObject(value: object): LiveValue | undefined {
  if (Array.isArray(value)) {
    const columns = rowNames(value[0])
    const text = columns ? `${value.length} rows × ${columns.length} columns` : `Array of ${value.length}`
    return columns ? { text, columns } : { text }
  }
  if (ArrayBuffer.isView(value) && "length" in value) return { text: `${value.constructor.name} of ${value.length}` }
  if (value instanceof Map || value instanceof Set) return { text: `${value.constructor.name} of ${value.size}` }
  return undefined
}

/** The keys of a plain object, as the first of many rows; nothing of it is called. */
function rowNames(row: unknown): string[] | undefined {
  if (typeof row !== "object" || row === null || Object.getPrototypeOf(row) !== Object.prototype) return undefined
  return Object.keys(row).slice(0, maxColumns)
}

/** Keeps what was said of variables, and finds out what changed since. */
export class LiveValueChanges {
  readonly #said = new Map<string, string>()

  /** Those values that are not what they were at the last call; null for those that are gone. */
  of(values: ReadonlyMap<string, LiveValue>): LiveValues {
    const changed: Record<string, LiveValue | null> = {}
    for (const [name, value] of values) {
      const json = JSON.stringify(value)
      if (this.#said.get(name) === json) continue
      this.#said.set(name, json)
      changed[name] = value
    }
    for (const name of this.#said.keys()) {
      if (values.has(name)) continue
      this.#said.delete(name)
      changed[name] = null
    }
    return changed
  }
}
