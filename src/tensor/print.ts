import { readElements } from "../native/strided.js"
import type { Tensor } from "./tensor.js"

/** Above this many elements only the edges of each dimension are printed. */
const summarizeAbove = 1000
const edgeItems = 3
const digits = 4
const lineWidth = 80

/** The text form of a tensor, as PyTorch prints it: `tensor([[1., 2.],\n        [3., 4.]])`. */
export function printTensor(x: Tensor): string {
  const summarize = x.count > summarizeAbove
  const format = elementFormat(x, summarize)
  const elements = readElements(x)
  const body =
    x.count === 0 ? "[]" : printDim(x.shape, 0, 0, "tensor(".length, summarize, (i) => format(elements[i] as number))
  const notes: string[] = []
  if (x.count === 0 && x.shape.length !== 1) notes.push(`shape=[${x.shape.join(", ")}]`)
  if (x.dtype === "float64" || (x.count === 0 && x.dtype !== "float32")) notes.push(`dtype=${x.dtype}`)
  else if (x.dtype === "int32") notes.push("dtype=int32")
  if (x.node !== null) notes.push(`gradFn=${x.node.operation}`)
  else if (x.requiresGrad) notes.push("requiresGrad=true")
  return `tensor(${[body, ...notes].join(", ")})`
}

/** One dimension in brackets; the innermost wraps at the line width, the outer ones stand below each other. */
function printDim(
  shape: readonly number[],
  dim: number,
  start: number,
  indent: number,
  summarize: boolean,
  print: (position: number) => string,
): string {
  if (dim === shape.length) return print(start)
  const size = shape[dim] as number
  const step = shape.slice(dim + 1).reduce((n, s) => n * s, 1)
  const parts: string[] = []
  for (let i = 0; i < size; i++) {
    if (summarize && size > 2 * edgeItems && i === edgeItems) {
      parts.push("...")
      i = size - edgeItems - 1
    } else parts.push(printDim(shape, dim + 1, start + i * step, indent + 1, summarize, print))
  }
  if (dim < shape.length - 1) {
    const blankLines = "\n".repeat(shape.length - 1 - dim)
    return `[${parts.join(`,${blankLines}${" ".repeat(indent + 1)}`)}]`
  }
  const width = Math.max(...parts.map((part) => part.length)) + 2
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / width))
  const lines: string[] = []
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "))
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`
}

/** How all elements of a tensor are written, so that they line up. */
function elementFormat(x: Tensor, summarize: boolean): (value: number) => string {
  if (x.dtype === "bool") return (value) => (value !== 0 ? "true" : "false").padStart(x.shape.length === 0 ? 0 : 5)
  const shown = summarize ? edges(x) : Array.from(readElements(x))
  const text = numberFormat(shown, x.dtype === "int32")
  const width = x.shape.length === 0 ? 0 : Math.max(0, ...shown.map((value) => text(value).length))
  return (value) => text(value).padStart(width)
}

/** PyTorch's choice: whole numbers bare, a wide range of sizes in scientific notation, else four decimals. */
function numberFormat(values: readonly number[], integers: boolean): (value: number) => string {
  if (integers) return (value) => String(value)
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs)
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0)
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  const whole = values.every((value) => !Number.isFinite(value) || Number.isInteger(value))
  const scientific = whole
    ? largest / smallest > 1000 || largest > 1e8
    : largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4
  return (value) => {
    if (Number.isNaN(value)) return "nan"
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
    if (scientific) return exponential(value)
    return whole ? `${Object.is(value, -0) ? "-0" : value}.` : value.toFixed(digits)
  }
}

/** `1.2300e-05`: an exponent of at least two digits. */
function exponential(value: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2")
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
