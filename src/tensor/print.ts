import { readElements } from "../native/strided.js"
import type { Tensor } from "./tensor.js"

// The text form of tensors, as PyTorch prints them (torch/_tensor_str.py says how).

/** Above this many elements only the edges of each dimension are printed. */
const summarizeAbove = 1000
const edgeItems = 3
const digits = 4
const lineWidth = 80
const indent = "tensor(".length

/** The text form of a tensor: `tensor([[1., 2.],\n        [3., 4.]])`. */
export function printTensor(x: Tensor): string {
  const summarize = x.count > summarizeAbove
  const format = elementFormat(x, summarize)
  const elements = readElements(x)
  const body =
    x.count === 0
      ? "[]"
      : printDim(x.shape, 0, 0, indent, summarize, format.width, (i) => format.print(elements[i] as number))
  return withNotes(`tensor(${body}`, notesOf(x))
}

/** What stands behind the elements. */
function notesOf(x: Tensor): string[] {
  const notes: string[] = []
  if (x.count === 0 && x.shape.length !== 1) notes.push(`shape=[${x.shape.join(", ")}]`)
  const told = x.dtype === "float32" || (x.dtype === "bool" && x.count > 0) // what the elements show themselves
  if (!told) notes.push(`dtype=${x.dtype}`)
  if (x.node !== null) notes.push(`gradFn=${x.node.operation}`)
  else if (x.requiresGrad) notes.push("requiresGrad=true")
  return notes
}

/** The notes on the last line where they fit, else on lines of their own. */
function withNotes(text: string, notes: readonly string[]): string {
  let length = text.length - text.lastIndexOf("\n") + 1
  let out = text
  for (const note of notes) {
    const fits = length + note.length + 2 <= lineWidth
    out += fits ? `, ${note}` : `,\n${" ".repeat(indent)}${note}`
    length = fits ? length + note.length + 2 : indent + note.length
  }
  return `${out})`
}

/** One dimension in brackets; the innermost wraps at the line width, the outer ones stand below each other. */
function printDim(
  shape: readonly number[],
  dim: number,
  start: number,
  indented: number,
  summarize: boolean,
  width: number,
  print: (position: number) => string,
): string {
  if (dim === shape.length) return print(start)
  const size = shape[dim] as number
  const step = shape.slice(dim + 1).reduce((n, s) => n * s, 1)
  const isRow = dim === shape.length - 1
  const parts: string[] = []
  for (let i = 0; i < size; i++) {
    if (summarize && size > 2 * edgeItems && i === edgeItems) {
      parts.push(isRow ? " ..." : "...")
      i = size - edgeItems - 1
    } else parts.push(printDim(shape, dim + 1, start + i * step, indented + 1, summarize, width, print))
  }
  const margin = " ".repeat(indented + 1)
  if (!isRow) return `[${parts.join(`,${"\n".repeat(shape.length - 1 - dim)}${margin}`)}]`
  const perLine = Math.max(1, Math.floor((lineWidth - indented) / (width + 2)))
  const lines: string[] = []
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "))
  return `[${lines.join(`,\n${margin}`)}]`
}

/** How all elements of a tensor are written, and the width that lines them up. */
interface ElementFormat {
  readonly width: number
  readonly print: (value: number) => string
}

function elementFormat(x: Tensor, summarize: boolean): ElementFormat {
  const shown = summarize ? edges(x) : Array.from(readElements(x))
  const text =
    x.dtype === "bool" ? (value: number) => String(value !== 0) : x.dtype === "int32" ? String : numberFormat(shown)
  // Zeros, NaN and the infinities do not count for the width of fractions.
  const counted = x.dtype === "bool" || x.dtype === "int32" ? shown : shown.filter(isFiniteAndNotZero)
  const width = counted.reduce((widest, value) => Math.max(widest, text(value).length), 1)
  return { width, print: (value) => text(value).padStart(x.shape.length === 0 ? 0 : width) }
}

function isFiniteAndNotZero(value: number): boolean {
  return Number.isFinite(value) && value !== 0
}

/** PyTorch's choice: whole numbers bare, a wide range of sizes in scientific notation, else four decimals. */
function numberFormat(values: readonly number[]): (value: number) => string {
  const sizes = values.filter(isFiniteAndNotZero).map(Math.abs)
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0)
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  const whole = sizes.every(Number.isInteger)
  const scientific = largest / smallest > 1000 || largest > 1e8 || (!whole && smallest < 1e-4)
  return (value) => {
    if (Number.isNaN(value)) return "nan"
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
    if (scientific) return exponential(value)
    const sign = Object.is(value, -0) ? "-" : ""
    return sign + (whole ? `${value}.` : fixed(value))
  }
}

/** With four decimals. */
function fixed(value: number): string {
  const rounded = value.toFixed(digits)
  return Math.abs(value) < 1e21 ? halfToEven(rounded, value.toFixed(exactDigits)) : rounded
}

/** `1.2300e-05`: an exponent of at least two digits. */
function exponential(value: number): string {
  const [exact, exponent] = value.toExponential(exactDigits).split("e") as [string, string]
  const [rounded, roundedExponent] = value.toExponential(digits).split("e") as [string, string]
  const mantissa = exponent === roundedExponent ? halfToEven(rounded, exact) : rounded
  const text = `${mantissa}e${roundedExponent.replace(/^([+-])(\d)$/, "$10$2")}`
  return Object.is(value, -0) ? `-${text}` : text
}

/** So many decimals show whether a number stands exactly between two others. */
const exactDigits = 60

/** JavaScript rounds a number that stands exactly between two others up, C's printf to the even one. */
function halfToEven(rounded: string, exact: string): string {
  const cut = exact.indexOf(".") + 1 + digits
  const isTie = /^50*$/.test(exact.slice(cut))
  return isTie && "13579".includes(rounded.at(-1) as string) ? exact.slice(0, cut) : rounded
}

/** The elements that a summary shows. */
function edges(x: Tensor): number[] {
  const shownAt = (size: number) =>
    size <= 2 * edgeItems ? Array.from({ length: size }, (_, i) => i) : [0, 1, 2, size - 3, size - 2, size - 1]
  let offsets = [x.offset]
  x.shape.forEach((size, dim) => {
    const stride = x.strides[dim] as number
    offsets = offsets.flatMap((offset) => shownAt(size).map((i) => offset + i * stride))
  })
  return offsets.map((offset) => x.storage.data[offset] as number)
}
