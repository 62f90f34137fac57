import type { DType } from "../native/dtype.js"
import { ArgumentError, DTypeError, type ErrorRow, GradientError, IndexError, ShapeError } from "./errors.js"

/** What a message needs to know of a tensor. */
interface Operand {
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
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`
  if (typeof value === "object" && value !== null) return `a value of type ${value.constructor?.name ?? "object"}`
  return String(value)
}

const row = (role: string, what: string, note?: string): ErrorRow =>
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

/** A value that would need a larger shape than that of the tensor it is written to. */
export function cannotFit(name: string, shape: readonly number[], value: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(value)} into ${shapeText(shape)}`,
    rule: "The value must broadcast to the shape it is written to; that shape cannot change.",
  })
}

/** A shape that cannot be expanded to another. */
export function cannotExpand(from: readonly number[], to: readonly number[]): ShapeError {
  return new ShapeError({
    call: `expand: ${shapeText(from)} to ${shapeText(to)}`,
    rule: "Only a size of 1 can be expanded; every other size must stay (or be given as -1), and new dimensions come first.",
  })
}

/** Inner sizes of a matrix product that differ. */
export function matmulSizes(a: readonly number[], b: readonly number[]): ShapeError {
  const last = a[a.length - 1] as number
  const first = b[Math.max(b.length - 2, 0)] as number
  const transposed = b.length >= 2 && b[b.length - 1] === last
  const leftTransposed = a.length >= 2 && a[a.length - 2] === first
  return new ShapeError({
    call: `matmul: ${shapeText(a)} @ ${shapeText(b)}`,
    rows: [row("left", shapeText(a), `last size ${last}`), row("right", shapeText(b), `first size ${first}`)],
    rule: `The last size of the left (${last}) must equal the first size of the right (${first}).`,
    hint: transposed
      ? "the second operand looks transposed; try b.mT()."
      : leftTransposed
        ? "the first operand looks transposed; try a.mT()."
        : undefined,
  })
}

/** Batch dimensions of a matrix product that do not broadcast. */
export function matmulBatches(a: readonly number[], b: readonly number[]): ShapeError {
  return new ShapeError({
    call: `matmul: ${shapeText(a)} @ ${shapeText(b)}`,
    rows: [
      row("left", shapeText(a), `batch ${shapeText(a.slice(0, -2))}`),
      row("right", shapeText(b), `batch ${shapeText(b.slice(0, -2))}`),
    ],
    rule: "All dimensions but the last two are batches and must be equal, or one of them 1.",
  })
}

/** A matrix product with a scalar. */
export function matmulScalar(a: readonly number[], b: readonly number[]): ShapeError {
  return new ShapeError({
    call: `matmul: ${shapeText(a)} @ ${shapeText(b)}`,
    rule: "A matrix product needs at least one dimension on each side.",
    hint: "to scale by a number, use a.mul(b).",
  })
}

/** The input of a linear layer whose features do not fit its weight. */
export function linearSizes(
  x: readonly number[],
  weight: readonly number[],
  bias: readonly number[] | null,
): ShapeError {
  const features = x[x.length - 1]
  const [out, wanted] = weight
  const rows = [
    row("input", shapeText(x), `last size ${features}`),
    row("weight", shapeText(weight), `${wanted} in, ${out} out`),
  ]
  if (bias !== null) rows.push(row("bias", shapeText(bias)))
  const fits = features === wanted
  return new ShapeError({
    call: `linear: ${shapeText(x)} through weight ${shapeText(weight)}`,
    rows,
    rule: fits
      ? `The bias must have one element per output: [${out}].`
      : `The last size of the input (${features}) must equal the number of features the weight takes in (${wanted}).`,
    hint:
      fits || x.length !== 2
        ? undefined
        : x[0] === wanted
          ? "the input looks transposed; its rows must be the samples: x.mT()."
          : features === out
            ? "the weight is [out, in], as nn.Linear keeps it."
            : undefined,
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

/** An element or row that is not there. */
export function indexOutOfRange(
  name: string,
  index: number,
  size: number,
  shape: readonly number[],
  dim: number,
): IndexError {
  return new IndexError({
    call: `${name}: index ${valueText(index)} of ${shapeText(shape)}`,
    rule:
      size === 0
        ? `Dimension ${dim} is empty.`
        : `Dimension ${dim} has ${size} element${size === 1 ? "" : "s"}; an index must be a whole number between ${-size} and ${size - 1}.`,
  })
}

/** More indices than dimensions. */
export function tooManyIndices(count: number, shape: readonly number[]): IndexError {
  return new IndexError({
    call: `at: ${count} indices into ${shapeText(shape)}`,
    rule: `The tensor has ${shape.length} dimension${shape.length === 1 ? "" : "s"}, so it takes at most that many indices.`,
  })
}

/** An index that is none of the kinds `at` takes. */
export function badIndex(index: unknown): IndexError {
  return new IndexError({
    call: `at: ${valueText(index)}`,
    rule: 'An index is a number, a slice such as "1:3" or "::2", "..." or ":", null for a new dimension, a mask, or an int32 tensor.',
  })
}

/** A mask whose shape is not that of the dimensions it selects from. */
export function maskShape(mask: readonly number[], shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `at: mask ${shapeText(mask)} into ${shapeText(shape)}`,
    rule: "A mask must have the sizes of the dimensions that it selects from, from the first on.",
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

/** A view of elements that do not stand in an order that strides can describe. */
export function cannotView(from: readonly number[], to: readonly number[]): ShapeError {
  return new ShapeError({
    call: `view: ${shapeText(from)} to ${shapeText(to)}`,
    rule: "The elements do not stand in that order in memory, so this view would need a copy.",
    hint: "use reshape, which copies when it must.",
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

/** A part of a dimension that reaches beyond it. */
export function narrowOutOfRange(start: number, length: number, dim: number, shape: readonly number[]): IndexError {
  return new IndexError({
    call: `narrow: ${valueText(length)} from ${valueText(start)} on, of ${shapeText(shape)}`,
    rule: `Dimension ${dim} has ${shape[dim]} elements; start and length must be whole numbers that stay within.`,
  })
}

/** An order of dimensions that leaves some out. */
export function missingDimensions(order: readonly number[], shape: readonly number[]): IndexError {
  return new IndexError({
    call: `permute: dims ${shapeText(order)} of ${shapeText(shape)}`,
    rule: `The order must name all ${shape.length} dimensions.`,
  })
}

/** Nested arrays whose rows differ in length. */
export function raggedData(path: string, wanted: number, found: string): ShapeError {
  return new ShapeError({
    call: `tensor: rows of different length`,
    rule: `${path} should have ${wanted} elements like the first, but is ${found}.`,
  })
}

/** Something in the data that is not a number. */
export function badElement(path: string, value: unknown): DTypeError {
  return new DTypeError({
    call: `tensor: ${valueText(value)} at ${path}`,
    rule: "The data must be numbers or booleans, in arrays nested to any depth.",
    hint:
      value === null || value === undefined
        ? "a value is missing there; fill it or drop the row first."
        : typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
          ? "the number stands there as text; convert it with Number(…) first."
          : undefined,
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

/** A reduction over nothing that has no answer. */
export function emptyReduction(name: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rule: `The ${name} of no elements is not defined.`,
  })
}

/** Tensors of a list whose shapes do not line up. */
export function cannotJoin(
  name: string,
  first: readonly number[],
  other: readonly number[],
  at: number,
  dim: number,
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(first)} and ${shapeText(other)}`,
    rows: [row("tensor 0", shapeText(first)), row(`tensor ${at}`, shapeText(other))],
    rule: name === "cat" ? `All sizes but that of dim ${dim} must be equal.` : "All shapes must be equal.",
  })
}

/** An empty list of tensors. */
export function nothingToJoin(name: string): ArgumentError {
  return new ArgumentError({ call: `${name}: []`, rule: `${name} needs at least one tensor.` })
}

/** Sizes for `split` that do not add up. */
export function splitSizes(sizes: readonly number[], size: number, dim: number): ShapeError {
  return new ShapeError({
    call: `split: ${shapeText(sizes)} along dim ${dim}`,
    rule: `The sizes must be whole numbers that add up to ${size}, the size of that dimension.`,
  })
}

/** Shapes that must be equal and are not, such as those of a loss. */
export function shapesDiffer(
  name: string,
  roles: readonly [string, string],
  a: readonly number[],
  b: readonly number[],
): ShapeError {
  const column = a.length === 2 && a[1] === 1 && b.length === 1
  return new ShapeError({
    call: `${name}: ${shapeText(a)} and ${shapeText(b)}`,
    rows: [row(roles[0], shapeText(a)), row(roles[1], shapeText(b))],
    rule: `The ${roles[0]} and the ${roles[1]} must have the same shape.`,
    hint: column
      ? `make the ${roles[1]} a column as well: ${roles[1]}.unsqueeze(1), or the ${roles[0]} a row: ${roles[0]}.squeeze(1).`
      : b.length === 2 && b[1] === 1 && a.length === 1
        ? `make the ${roles[0]} a column as well: ${roles[0]}.unsqueeze(1), or the ${roles[1]} a row: ${roles[1]}.squeeze(1).`
        : undefined,
  })
}

/** Class targets whose count is not that of the scores. */
export function targetCount(name: string, input: readonly number[], target: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: scores ${shapeText(input)}, target ${shapeText(target)}`,
    rows: [row("scores", shapeText(input), "[samples, classes]"), row("target", shapeText(target), "[samples]")],
    rule: "There must be one class number per sample, or one probability per score.",
    hint:
      target.length === 2 && target[1] === 1 && target[0] === input[0]
        ? "the target is a column; use target.squeeze(1)."
        : undefined,
  })
}

/** Class targets that are not integers. */
export function classesNotIntegers(name: string, target: Operand): DTypeError {
  return new DTypeError({
    call: `${name}: target ${target.dtype} ${shapeText(target.shape)}`,
    rule: "Class numbers must be whole numbers, in an int32 tensor.",
    hint: "the target holds fractions; are these probabilities (then give one per class), or use target.int().",
  })
}

/** A class number that no score stands for. */
export function classOutOfRange(name: string, found: number, classes: number): IndexError {
  return new IndexError({
    call: `${name}: class ${found} of ${classes}`,
    rule: `Class numbers must lie between 0 and ${classes - 1}.`,
    hint: found === classes ? "classes are counted from 0; are these counted from 1?" : undefined,
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

/** `backward()` from a tensor that is not a scalar. */
export function backwardNotScalar(shape: readonly number[]): GradientError {
  return new GradientError({
    call: `backward: from ${shapeText(shape)}`,
    rule: "A gradient can be started from a scalar only; a tensor of several elements needs its own gradient as argument.",
    hint: "reduce it first, for example loss.mean().backward().",
  })
}

/** `backward()` from a tensor that nothing was recorded for. */
export function backwardNotRecorded(): GradientError {
  return new GradientError({
    call: "backward: this tensor does not depend on any tensor with requiresGrad",
    rule: "Nothing was recorded, so there is no gradient to compute.",
    hint: "was it computed under noGrad, or cut off by detach() or item()?",
  })
}

/** A second `backward()` through the same graph. */
export function backwardTwice(operation: string): GradientError {
  return new GradientError({
    call: `backward: through ${operation} for the second time`,
    rule: "What the first backward pass needed was let go after it.",
    hint: "compute the loss again in each step, or keep the graph: loss.backward(undefined, { retainGraph: true }).",
  })
}

/** A start gradient of another shape. */
export function gradientShape(gradient: readonly number[], shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `backward: gradient ${shapeText(gradient)} for ${shapeText(shape)}`,
    rule: "A gradient has the shape of its tensor.",
  })
}

/** A saved tensor that was written to before the backward pass. */
export function changedInPlace(operation: string): GradientError {
  return new GradientError({
    call: `backward: through ${operation}`,
    rule: "A tensor that its gradient needs was changed in place after it was used.",
    hint: "use the operation without the trailing _ (it makes a new tensor), or change the tensor after backward().",
  })
}

/** A write in place to a tensor that the tape knows. */
export function inPlaceOnRecorded(name: string, leaf: boolean): GradientError {
  return new GradientError({
    call: `${name}: on a tensor that ${leaf ? "requires a gradient" : "is part of a recorded computation"}`,
    rule: "Writing in place would change values that the backward pass needs.",
    hint: leaf
      ? `to update a parameter by hand, do it inside noGrad(() => …).`
      : `use ${name.replace(/_$/, "")} without the trailing _, which makes a new tensor.`,
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

/** An input of `grad` that the outputs do not depend on. */
export function unusedInput(at: number): GradientError {
  return new GradientError({
    call: `grad: input ${at}`,
    rule: "The outputs do not depend on it, or it does not require a gradient.",
    hint: "pass { allowUnused: true } to get null for it.",
  })
}

/** An asynchronous function given to noGrad. */
export function asynchronousNoGrad(name: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: an asynchronous function`,
    rule: `${name} ends when the function returns, which for an async function is before it has finished.`,
    hint: `await outside, and wrap only the computation: ${name}(() => model(x)).`,
  })
}

/** Names for the dimensions that are not as many as the dimensions. */
export function dimsRank(names: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `dims("${names}"): ${shapeText(shape)}`,
    rule: `${names.split(" ").length} names for ${shape.length} dimension${shape.length === 1 ? "" : "s"}.`,
  })
}

/** Probabilities outside 0 to 1. */
export function probabilitiesOutside(name: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: an input below 0 or above 1`,
    rule: "The input must hold probabilities, between 0 and 1.",
    hint: "for scores use binaryCrossEntropyWithLogits, or apply sigmoid first.",
  })
}

/** A write in place whose result the tensor cannot hold. */
export function cannotStore(name: string, dtype: DType, result: DType): DTypeError {
  return new DTypeError({
    call: `${name}: a result of type ${result} into ${dtype}`,
    rule: `The tensor keeps its type, ${dtype}, which cannot hold the result.`,
    hint: `use ${name.replace(/_$/, "")} without the trailing _, which makes a new tensor.`,
  })
}

/** A gradient that central differences do not confirm. */
export function gradientsPart(
  input: number,
  element: number,
  output: number,
  found: number,
  numerical: number,
): GradientError {
  return new GradientError({
    call: `gradcheck: output element ${output} by element ${element} of input ${input}`,
    rows: [row("gradient", String(found)), row("difference", String(numerical))],
    rule: "The gradient and the central difference must agree.",
  })
}
