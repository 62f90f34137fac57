import type { DType } from "../native/dtype.js"
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../tensor/errors.js"
import { type Operand, row, shapeText, valueText } from "../tensor/messages.js"

/** A value that would need a larger shape than that of the tensor it is written to. */
export function cannotFit(name: string, shape: readonly number[], value: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(value)} into ${shapeText(shape)}`,
    rule: "The value must broadcast to the shape it is written to; that shape cannot change.",
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

/** A view of elements that do not stand in an order that strides can describe. */
export function cannotView(from: readonly number[], to: readonly number[]): ShapeError {
  return new ShapeError({
    call: `view: ${shapeText(from)} to ${shapeText(to)}`,
    rule: "The elements do not stand in that order in memory, so this view would need a copy.",
    hint: "use reshape, which copies when it must.",
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

/** Arrays nested without end. */
export function tooDeep(depth: number): ShapeError {
  return new ShapeError({
    call: "tensor: arrays in arrays",
    rule: `A tensor has at most ${depth} dimensions; this array may contain itself.`,
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
        : name.startsWith("binaryCrossEntropy") && a.length === 2 && b.length === 1 && a[0] === b[0]
          ? `the target looks like class numbers; use crossEntropy, or oneHot(target, ${a[1]}).float().`
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
        : input.length === 3 && target.length === 2 && target[0] === input[0] && target[1] === input[1]
          ? "the classes look to stand last; move them to dimension 1: scores.movedim(-1, 1)."
          : target.length === 2 && target[0] === input[0] && target[1] === input[1]
            ? "the target looks one-hot; use target.argmax(1), or target.float() for probabilities."
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

/** A source with fewer elements than there are places for them. */
export function tooFewElements(name: string, wanted: number, found: number): ShapeError {
  return new ShapeError({
    call: `${name}: ${found} elements for ${wanted} places`,
    rule: "The source must have an element for every place where the mask is true.",
  })
}

/** Padding that does not name two numbers for each of the last dimensions. */
export function badPadding(padding: unknown, shape: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `pad: ${valueText(padding)} of ${shapeText(shape)}`,
    rule: "The padding is [left, right] for the last dimension, then the same for the one before, and so on: whole numbers.",
  })
}

/** Padding that takes more from a dimension than it can give. */
export function paddingTooLarge(mode: string, padding: readonly number[], dim: number, size: number): ArgumentError {
  const limit = mode === "reflect" ? size - 1 : size
  return new ArgumentError({
    call: `pad: ${shapeText(padding)} of dim ${dim} in mode "${mode}"`,
    rule: `Dimension ${dim} has ${size} elements, so at most ${limit} can be ${mode === "reflect" ? "reflected" : "repeated"} at each end.`,
  })
}

/** Two dimensions that must differ. */
export function sameDimensions(name: string, dim: number, shape: readonly number[]): IndexError {
  return new IndexError({
    call: `${name}: dim ${dim} twice, of ${shapeText(shape)}`,
    rule: "The two dimensions must differ.",
  })
}

/** An equation or pattern that cannot be read, or does not fit its tensors. */
export function badPattern(name: string, pattern: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({ call: `${name}: ${valueText(pattern)}`, rule, hint })
}

/** A letter or name of a pattern that stands for two sizes. */
export function patternSizes(
  name: string,
  pattern: string,
  axis: string,
  sizes: readonly [number, number],
): ShapeError {
  return new ShapeError({
    call: `${name}: "${pattern}"`,
    rule: `${axis} stands for one size, but is ${sizes[0]} in one place and ${sizes[1]} in another.`,
  })
}

/** A matrix that must be square. */
export function notSquare(name: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rule: `${name} takes a square matrix or a batch of them; the last two sizes differ.`,
  })
}

/** A matrix without an inverse. */
export function singularMatrix(name: string, shape: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `${name}: ${shapeText(shape)}`,
    rule: "The matrix is singular: its rows depend on each other, so it has no inverse.",
    hint: "for the least-squares answer use linalg.pinv or linalg.lstsq.",
  })
}

/** A matrix that is not positive definite. */
export function notPositiveDefinite(shape: readonly number[], at: number): ArgumentError {
  return new ArgumentError({
    call: `linalg.cholesky: ${shapeText(shape)}`,
    rule: `The matrix must be symmetric and positive definite; the leading minor of order ${at} is not positive.`,
  })
}

/** A gradient that an operation does not define for these shapes. */
export function noGradient(name: string, shape: readonly number[], wanted: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: the gradient for ${shapeText(shape)}`,
    rule: `A gradient needs ${wanted}.`,
  })
}

/** A right side whose rows are not those of the matrix. */
export function rightSideRows(name: string, matrix: readonly number[], side: readonly number[]): ShapeError {
  const rows = matrix[matrix.length - 2] as number
  return new ShapeError({
    call: `${name}: ${shapeText(matrix)} and ${shapeText(side)}`,
    rows: [
      row("matrix", shapeText(matrix), `${rows} rows`),
      row("right side", shapeText(side), `${side[side.length - 2]} rows`),
    ],
    rule: "The right side must have as many rows as the matrix, one per equation.",
  })
}

/** Weights of losses that do not go with them. */
export function weightOfLosses(
  name: string,
  role: string,
  losses: readonly number[],
  weight: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(losses)} with ${role} ${shapeText(weight)}`,
    rule: `The ${role} must broadcast to the input, ${shapeText(losses)}.`,
  })
}

/** Pivots that do not belong to an elimination. */
export function badPivots(
  name: string,
  lu: readonly number[],
  pivots: readonly number[],
  wanted: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${name}: LU ${shapeText(lu)}, pivots ${shapeText(pivots)}`,
    rule: `The pivots must be int32 ${shapeText(wanted)}, numbers of rows from 1 on.`,
    hint: "take both from linalg.luFactor(a).",
  })
}

/** Reflections that do not fit their vectors. */
export function badReflectors(name: string, a: readonly number[], tau: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(a)} with tau ${shapeText(tau)}`,
    rule: "The vectors must be [..., M, N] with N at most M, and tau [..., K] with K at most N, for the same batch.",
  })
}

/** A tensor that must hold exactly one element. */
export function oneElement(name: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rule: `${name} takes a tensor of one element.`,
    hint: "x.any() says whether one of several is not 0.",
  })
}

/** Spacings of `gradient` that are not one for each dimension. */
export function gradientSpacing(given: number, dims: number): ArgumentError {
  return new ArgumentError({
    call: `gradient: ${given} spacings`,
    rule: `There must be one number for all ${dims} dimensions, or one spacing for each.`,
  })
}

/** Coordinates of `gradient` that are not one for each element. */
export function gradientCoordinates(shape: readonly number[], size: number): ShapeError {
  return new ShapeError({
    call: `gradient: coordinates ${shapeText(shape)}`,
    rule: `A dimension of ${size} elements needs ${size} coordinates, [${size}].`,
  })
}

/** A dimension with too few elements for a slope. */
export function gradientSize(shape: readonly number[], dim: number, least: number): ShapeError {
  return new ShapeError({
    call: `gradient: ${shapeText(shape)} along dimension ${dim}`,
    rule: `A slope needs at least ${least} elements.`,
  })
}
