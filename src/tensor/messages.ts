import type { DType } from "../native/dtype.js"
import { ArgumentError, DTypeError, type ErrorRow, GradientError, IndexError, ShapeError } from "./errors.js"

/** What a message needs to know of a tensor. */
export interface Operand {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A shape as users write it: `[32, 10]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`
}

/** An ordinary value in a message: short, and never an exception. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`
  if (Array.isArray(value))
    return value.length > 8 ? `an array of ${value.length}` : `[${value.map(valueText).join(", ")}]`
  if (typeof value === "function") {
    if (typeof value.name !== "string") return `a value of type ${value.constructor.name}` // a module, which has no such name
    return value.name === "" ? "a function" : `the function ${value.name}`
  }
  if (typeof value === "object" && value !== null) return `a value of type ${value.constructor?.name ?? "object"}`
  return String(value)
}

/** For a tensor that the machine has no room for. A RangeError, as JavaScript's own. */
export function notEnoughMemory(shape: readonly number[], dtype: DType, bytes: number): RangeError {
  const size = bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`
  return new RangeError(
    `There is not enough memory for a ${dtype} tensor of shape ${shapeText(shape)}: it takes ${bytes.toLocaleString("en")} bytes (${size}).`,
  )
}

/** One operand of a message. */
export const row = (role: string, what: string, note?: string): ErrorRow =>
  note === undefined ? { role, what } : { role, what, note }

/** Two shapes that do not broadcast. */
export function cannotBroadcast(name: string, a: readonly number[], b: readonly number[]): ShapeError {
  const rank = Math.max(a.length, b.length)
  let clash = 0
  for (let d = 1; d <= rank; d++) {
    const left = a[a.length - d] ?? 1
    const right = b[b.length - d] ?? 1
    if (left !== right && left !== 1 && right !== 1) {
      clash = d
      break
    }
  }
  const place = clash === 1 ? "last size" : `size ${clash} from the end`
  const left = a[a.length - clash] as number
  const right = b[b.length - clash] as number
  const reversed = a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0]
  const missing = b.length === 1 && a.length === 2 && a[0] === b[0]
  return new ShapeError({
    call: `${name}: ${shapeText(a)} and ${shapeText(b)}`,
    rows: [row("left", shapeText(a), `${place} ${left}`), row("right", shapeText(b), `${place} ${right}`)],
    rule: `Sizes are compared from the last; they must be equal or one of them 1, but ${left} meets ${right}.`,
    hint: reversed
      ? "the second operand looks transposed; try b.mT()."
      : missing
        ? "to use one value per row, make the second operand a column: b.unsqueeze(1)."
        : undefined,
  })
}

/** A shape that cannot be expanded to another. */
export function cannotExpand(from: readonly number[], to: readonly number[]): ShapeError {
  return new ShapeError({
    call: `expand: ${shapeText(from)} to ${shapeText(to)}`,
    rule: "Only a size of 1 can be expanded; every other size must stay (or be given as -1), and new dimensions come first.",
  })
}

/** A rank that an operation does not take. */
export function wrongRank(name: string, shape: readonly number[], wanted: string, hint?: string): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rule: `${name} takes ${wanted}; this tensor has ${shape.length} dimension${shape.length === 1 ? "" : "s"}.`,
    hint,
  })
}

/** A dimension that the tensor does not have. */
export function dimensionOutOfRange(name: string, dim: number, shape: readonly number[]): IndexError {
  const rank = shape.length
  return new IndexError({
    call: `${name}: dim ${valueText(dim)} of ${shapeText(shape)}`,
    rule:
      rank === 0
        ? "A scalar has no dimensions; only 0 and -1 are taken."
        : `dim must be a whole number between ${-rank} and ${rank - 1}.`,
  })
}

/** The same dimension named twice. */
export function repeatedDimension(name: string, dims: readonly number[], shape: readonly number[]): IndexError {
  return new IndexError({
    call: `${name}: dims ${shapeText(dims)} of ${shapeText(shape)}`,
    rule: "Each dimension may be named once.",
  })
}

/** A reshape that would change the number of elements. */
export function cannotReshape(name: string, from: readonly number[], to: readonly number[], count: number): ShapeError {
  const unknowns = to.filter((size) => size === -1).length
  const known = to.filter((size) => size !== -1).reduce((n, size) => n * size, 1)
  return new ShapeError({
    call: `${name}: ${shapeText(from)} to ${shapeText(to)}`,
    rule:
      unknowns > 1
        ? "Only one size can be -1."
        : unknowns === 1
          ? `${count} elements cannot be divided into ${known} equal parts.`
          : `The number of elements must stay: ${count} is not ${known}.`,
  })
}

/** A shape with sizes that are none, or something that is no shape. */
export function badShape(name: string, shape: unknown): ShapeError {
  return new ShapeError({
    call: `${name}: ${valueText(shape)}`,
    rule: "A shape is an array of whole numbers that are not negative, all together below 2³¹ elements.",
    hint: typeof shape === "number" ? `write it in brackets: ${name}([${shape}]).` : undefined,
  })
}

/** An operand that is not a tensor (nor, where that is taken, a number). */
export function notATensor(name: string, value: unknown, wanted = "a tensor or a number"): DTypeError {
  return new DTypeError({
    call: `${name}: ${valueText(value)}`,
    rule: `${name} takes ${wanted} here.`,
    hint: Array.isArray(value) ? "make a tensor of the array: tensor([…])." : undefined,
  })
}

/** An element type that an operation does not take. */
export function wrongDType(name: string, x: Operand, wanted: string, hint?: string): DTypeError {
  return new DTypeError({
    call: `${name}: ${x.dtype} ${shapeText(x.shape)}`,
    rule: `${name} takes ${wanted}; this tensor is ${x.dtype}.`,
    hint,
  })
}

/** A dtype that there is none of. */
export function unknownDType(dtype: unknown): DTypeError {
  return new DTypeError({
    call: `dtype ${valueText(dtype)}`,
    rule: 'A dtype is "float32", "float64", "int32" or "bool".',
    hint:
      typeof dtype === "string" && dtype.startsWith("int")
        ? 'integers are "int32".'
        : typeof dtype === "string" && /^(float16|bfloat16|half)$/.test(dtype)
          ? 'the smallest floating-point type is "float32".'
          : undefined,
  })
}

/** `item()` of a tensor that does not have one element. */
export function notOneElement(name: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rule: "Only a tensor of exactly one element is a number.",
    hint: "for all of them use tolist(); for one, at(…).item().",
  })
}

/** An operator such as `+` used on a tensor. */
export function operatorOnTensor(shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `a tensor of shape ${shapeText(shape)} in an arithmetic expression`,
    rule: "JavaScript's operators only work on numbers, and this tensor is not a single one.",
    hint: "use a.add(b), a.sub(b), a.mul(b), a.div(b) and a.lt(b).",
  })
}

/** An option that is none of the words it may be. */
export function badOption(name: string, option: string, value: unknown, choices: readonly string[]): ArgumentError {
  return new ArgumentError({
    call: `${name}: ${option} = ${valueText(value)}`,
    rule: `${option} must be ${choices.map((choice) => `"${choice}"`).join(" or ")}.`,
  })
}

/** A number outside the range that makes sense. */
export function badNumber(name: string, argument: string, value: unknown, wanted: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: ${argument} = ${valueText(value)}`,
    rule: `${argument} must be ${wanted}.`,
  })
}

/** A start gradient of another shape. */
export function gradientShape(gradient: readonly number[], shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `backward: gradient ${shapeText(gradient)} for ${shapeText(shape)}`,
    rule: "A gradient has the shape of its tensor.",
  })
}

/** `requiresGrad` on a dtype that has no gradients. */
export function gradientOfIntegers(dtype: DType): DTypeError {
  return new DTypeError({
    call: `requiresGrad: on ${dtype}`,
    rule: "Only float32 and float64 tensors can have gradients.",
    hint: "convert first: x.float().",
  })
}

/** `requiresGrad = false` on a tensor that was computed. */
export function notALeaf(): GradientError {
  return new GradientError({
    call: "requiresGrad = false: on a tensor that was computed from others",
    rule: "Only a tensor that was made directly can stop requiring a gradient.",
    hint: "use x.detach().",
  })
}

/** Names for the dimensions that are not as many as the dimensions. */
export function dimsRank(names: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `dims("${names}"): ${shapeText(shape)}`,
    rule: `${names.split(" ").length} names for ${shape.length} dimension${shape.length === 1 ? "" : "s"}.`,
  })
}

/** `x[0]`, which reads nothing from a tensor. */
export function bracketRead(index: number): IndexError {
  return new IndexError({
    call: `x[${index}]`,
    rule: "A tensor is indexed by a method, not by brackets.",
    hint: `x.at(${index}) gives a part of it, x.at(0, "1:3") rows and columns, x.at(${index}).item() a number.`,
  })
}

/** `x[0] = 1`, which writes nothing into a tensor. */
export function bracketWrite(index: number): IndexError {
  return new IndexError({
    call: `x[${index}] = …`,
    rule: "A tensor is written to by a method, not by brackets.",
    hint: `x.put(${index}, value).`,
  })
}
