import { noGrad } from "../autograd/mode.js"
import { short } from "../display/numbers.js"
import { tensor } from "../ops/creation.js"
import { Tensor } from "../tensor/tensor.js"

/** What an answer can be compared with: a tensor, a number, a list of numbers (nested as a tensor is), a text, a truth value. */
export type Answer = Tensor | number | boolean | string | AnswerList
/** A list of answers, nested as deep as one likes. */
export interface AnswerList extends ReadonlyArray<number | boolean | string | AnswerList> {}

/** An answer as it stands in a sentence: small tensors in full, large ones by their shape. */
export function answerText(value: unknown): string {
  if (value instanceof Tensor) {
    return value.numel() > 12 ? `a tensor of shape ${shapeText(value.shape)}` : JSON.stringify(rounded(value.tolist()))
  }
  if (typeof value === "number") return short(value, 6)
  if (typeof value === "function") return "a function"
  const text = JSON.stringify(rounded(value)) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rounded)
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, rounded)
  return typeof value === "number" && Number.isFinite(value) ? Number(short(value, 6).replaceAll(",", "")) : value
}

const shapeText = (shape: readonly number[]) => `[${shape.join(", ")}]`

/** How an answer differs from the wanted one, in a sentence or two; undefined when it does not. */
export function difference(given: unknown, wanted: Answer, tolerance: number): string | undefined {
  const unusable = noAnswer(given)
  if (unusable !== undefined) return unusable
  const [a, b] = [numbersOf(given), numbersOf(wanted)]
  if (b === undefined) {
    if (JSON.stringify(given) === JSON.stringify(wanted)) return undefined
    return `It gives ${answerText(given)}, but ${answerText(wanted)} is right.`
  }
  if (a === undefined) return `It gives ${answerText(given)}, but ${kindOf(wanted, b.shape)} wanted.`
  if (shapeText(a.shape) !== shapeText(b.shape)) return shapesDiffer(a, b, tolerance)
  const at = a.values.findIndex((value, i) => !close(value, b.values[i] as number, tolerance))
  if (at < 0) return undefined
  const [is, should] = [a.values[at] as number, b.values[at] as number]
  const place = b.shape.length === 0 ? "It" : `At ${shapeText(placeOf(at, b.shape))} it`
  const found = `${place} gives ${short(is, 6)}, but ${short(should, 6)} is right.`
  return [found, recognised(a, b, tolerance)].filter((text) => text !== undefined).join(" ")
}

interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** What cannot be an answer at all, said so that one knows what was forgotten. */
function noAnswer(given: unknown): string | undefined {
  if (given === undefined) return "It gives nothing (undefined). Is there a `return` missing?"
  if (given === null) return "It gives null: nothing was computed yet, such as a gradient before backward()."
  if (given instanceof Promise)
    return "It gives a promise. Write the function without `async`, or `await` what it gives."
  if (typeof given === "function" && !(given instanceof Tensor))
    return "It gives a function, not what the function computes. Are the parentheses of the call missing?"
  return undefined
}

function numbersOf(value: unknown): Numbers | undefined {
  if (value instanceof Tensor) {
    return noGrad(() => ({ shape: [...value.shape], values: Array.from(value.toTypedArray(), Number) }))
  }
  if (typeof value === "number" || typeof value === "boolean") return { shape: [], values: [Number(value)] }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const values = Array.from(value as Float32Array, Number)
    return { shape: [values.length], values }
  }
  if (!Array.isArray(value)) return undefined
  const list = value.map((item) => (item instanceof Tensor ? item.tolist() : item)) as never
  try {
    return numbersOf(tensor(list, { dtype: "float64" }))
  } catch {
    return undefined
  }
}

function close(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))
}

function placeOf(index: number, shape: readonly number[]): number[] {
  const place: number[] = []
  for (let dim = shape.length - 1, rest = index; dim >= 0; dim--) {
    const size = shape[dim] as number
    place.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return place
}

function kindOf(wanted: Answer, shape: readonly number[]): string {
  if (typeof wanted === "number") return `a number such as ${short(wanted, 6)} is`
  return `numbers of shape ${shapeText(shape)} are`
}

function shapesDiffer(a: Numbers, b: Numbers, tolerance: number): string {
  const found = `Its shape is ${shapeText(a.shape)}, but ${shapeText(b.shape)} is wanted.`
  if (transposed(a, b, tolerance)) return `${found} The numbers are right: it is transposed.`
  const same =
    a.values.length === b.values.length && a.values.every((x, i) => close(x, b.values[i] as number, tolerance))
  return same ? `${found} The numbers are right: only the shape is not.` : found
}

function transposed(a: Numbers, b: Numbers, tolerance: number): boolean {
  const [rows, columns] = b.shape
  if (b.shape.length !== 2 || a.shape.length !== 2 || rows === undefined || columns === undefined) return false
  if (a.shape[0] !== columns || a.shape[1] !== rows) return false
  return b.values.every((value, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    return close(a.values[column * rows + row] as number, value, tolerance)
  })
}

/** What happened to all the numbers alike: not numbers, turned round in sign, transposed, or all too large by one factor. */
function recognised(a: Numbers, b: Numbers, tolerance: number): string | undefined {
  if (a.values.some(Number.isNaN))
    return "NaN is no number: it comes from 0 / 0, from the logarithm of a negative number, or from ∞ - ∞."
  if (a.values.every((value, i) => close(-value, b.values[i] as number, tolerance)))
    return "All is right but for the sign."
  if (transposed(a, b, tolerance)) return "It is transposed."
  const pairs = a.values.map((value, i) => [value, b.values[i] as number] as const)
  const largest = pairs.reduce((best, pair) => (Math.abs(pair[1]) > Math.abs(best[1]) ? pair : best), [0, 0] as const)
  const factor = largest[0] / largest[1]
  if (a.values.length < 2 || !Number.isFinite(factor) || factor === 0) return undefined
  if (!pairs.every(([value, wanted]) => close(value, wanted * factor, tolerance))) return undefined
  return `Every number is ${short(factor)} times what it should be.`
}
