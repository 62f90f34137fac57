import { assertWritable, needsRecord, recordWrite } from "../autograd/write.js"
import { uninitialized } from "../tensor/allocate.js"
import { badNumber, notATensor } from "../tensor/messages.js"
import { broadcastShapes, broadcastsTo, expandedView } from "../tensor/shape.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import { type TensorData, tensor } from "./creation.js"
import { copy_, fill_ } from "./inplace.js"
import * as messages from "./messages.js"
import { sumTo } from "./reduce.js"
import { positions, selectAt } from "./select.js"
import { select, slice } from "./shape.js"

/** A part of a dimension as in Python: `"1:3"`, `":-1"`, `"::2"`, or `":"` for all of it. */
export type Slice =
  | ":"
  | `${number}:`
  | `:${number}`
  | `${number}:${number}`
  | `::${number}`
  | `${number}::${number}`
  | `:${number}:${number}`
  | `${number}:${number}:${number}`

/**
 * What `at` takes for a dimension: a position (negative ones count from the end), a slice, `"..."` for all dimensions not
 * named, `null` for a new dimension of size 1, a bool mask, or a tensor of positions.
 */
export type Index = number | Slice | "..." | null | Tensor | IndexArray

/** Positions, or a mask, in arrays nested to any depth. */
export type IndexArray = readonly number[] | readonly boolean[] | readonly IndexArray[]

/** The numbers of a slice, cut to the dimension as in Python. */
function parseSlice(text: string, size: number): { start: number; end: number; step: number } {
  const parts = text.split(":")
  const numbers = parts.map((part) => (part.trim() === "" ? undefined : Number(part)))
  if (parts.length < 2 || parts.length > 3 || numbers.some((n) => n !== undefined && !Number.isInteger(n)))
    throw messages.badIndex(text)
  const step = numbers[2] ?? 1
  if (step < 1)
    throw badNumber("at", "the step of a slice", step, "a whole number above 0; to turn around use x.flip(dim)")
  const bound = (n: number) => Math.min(Math.max(n < 0 ? n + size : n, 0), size)
  const start = bound(numbers[0] ?? 0)
  return { start, end: Math.max(start, bound(numbers[1] ?? size)), step }
}

/** An index tensor together with the dimension (of the result so far) that it indexes. */
interface IndexTensor {
  readonly dim: number
  readonly index: Tensor
}

/** What an index does to a tensor: the view that slices and positions make, and what tensors still pick from it. */
function applyViews(x: Tensor, indices: readonly Index[]): { view: Tensor; picks: IndexTensor[] } {
  const list = indices.map((index) =>
    Array.isArray(index) ? fromArray(index as IndexArray) : (index as Exclude<Index, IndexArray>),
  )
  const consumes = (index: (typeof list)[number]) =>
    index === null || index === "..." ? 0 : index instanceof Tensor && index.dtype === "bool" ? index.shape.length : 1
  const used = list.reduce<number>((n, index) => n + consumes(index), 0)
  if (used > x.shape.length) throw messages.tooManyIndices(used, x.shape)
  if (list.filter((index) => index === "...").length > 1) throw messages.badIndex(["...", "..."])

  let view = x
  let dim = 0
  const picks: IndexTensor[] = []
  for (const index of list) {
    if (index === "...") dim += x.shape.length - used
    else if (index === null) view = view.unsqueeze(dim++)
    else if (typeof index === "number") {
      const size = view.shape[dim] as number
      if (!Number.isInteger(index) || index < -size || index >= size)
        throw messages.indexOutOfRange("at", index, size, view.shape, dim)
      view = select(view, dim, index)
    } else if (typeof index === "string") {
      if (index !== ":") {
        const { start, end, step } = parseSlice(index, view.shape[dim] as number)
        view = slice(view, dim, start, end, step)
      }
      dim++
    } else if (index instanceof Tensor) {
      if (index.dtype !== "bool") {
        picks.push({ dim, index: positions("at", index, view.shape[dim] as number, view.shape, dim) })
        dim++
      } else {
        const covered = view.shape.slice(dim, dim + index.shape.length)
        if (!sameShape(index.shape, covered) || index.shape.length === 0) throw messages.maskShape(index.shape, covered)
        for (const coordinates of trueCoordinates(index)) picks.push({ dim: dim++, index: coordinates })
      }
    } else throw messages.badIndex(index)
  }
  return { view, picks }
}

/** A plain array, nested or not, as an index tensor. */
function fromArray(list: IndexArray): Tensor {
  let first: IndexArray | number | boolean | undefined = list
  while (Array.isArray(first)) first = first[0]
  if (first !== undefined && typeof first !== "number" && typeof first !== "boolean") throw messages.badIndex(first)
  return tensor(list as TensorData, { dtype: typeof first === "boolean" ? "bool" : "float64" })
}

/** Where a mask is true: one int32 vector of coordinates per dimension. */
function trueCoordinates(mask: Tensor): Tensor[] {
  const elements = mask.toTypedArray()
  const flat: number[] = []
  for (let i = 0; i < elements.length; i++) if (elements[i] !== 0) flat.push(i)
  return mask.shape.map((size, d) => {
    const inner = mask.shape.slice(d + 1).reduce((n, s) => n * s, 1)
    const out = uninitialized([flat.length], "int32")
    flat.forEach((position, i) => {
      out.storage.data[i] = Math.floor(position / inner) % size
    })
    return out
  })
}

/** Picks by tensors: the indexed dimensions become one, and the positions in them one number each. */
function pick(view: Tensor, picks: readonly IndexTensor[]): Tensor {
  const dims = picks.map(({ dim }) => dim)
  let shape: readonly number[] = []
  for (const { index } of picks) shape = broadcastShapes("at", shape, index.shape)
  const first = dims[0] as number
  const adjacent = dims.every((dim, i) => dim === first + i)
  const place = adjacent ? first : 0 // PyTorch's rule: apart, the picked dimensions come first
  const others = view.shape.map((_, d) => d).filter((d) => !dims.includes(d))
  const order = [...others.slice(0, place), ...dims, ...others.slice(place)]
  const moved = order.every((d, i) => d === i) ? view : view.permute(order)
  const sizes = dims.map((dim) => view.shape[dim] as number)
  const joined = sizes.reduce((n, size) => n * size, 1)
  const rest = others.map((d) => view.shape[d] as number)
  const lines = dims.length === 1 ? moved : moved.reshape([...rest.slice(0, place), joined, ...rest.slice(place)])
  let flat = (picks[0] as IndexTensor).index
  for (let i = 1; i < picks.length; i++) flat = flat.mul(sizes[i] as number).add((picks[i] as IndexTensor).index)
  const picked = selectAt(lines, place, contiguousVector(flat, shape))
  return picked.reshape([...rest.slice(0, place), ...shape, ...rest.slice(place)])
}

function contiguousVector(index: Tensor, shape: readonly number[]): Tensor {
  return expandedView(index, shape)
    .reshape([shape.reduce((n, size) => n * size, 1)])
    .contiguous()
}

/**
 * A part of the tensor, by one index per dimension: positions, slices, `"..."`, `null`, masks and tensors of positions.
 * Positions and slices give a view on the same storage; masks and tensors give a copy.
 *
 * Errors: positions out of range, more indices than dimensions, masks of another shape.
 *
 * @example tensor([[1, 2, 3], [4, 5, 6]]).at(0) // tensor([1., 2., 3.])
 * @example tensor([[1, 2, 3], [4, 5, 6]]).at(":", "1:") // tensor([[2., 3.],\n        [5., 6.]])
 * @example tensor([1, 2, 3]).at(tensor([true, false, true])) // tensor([1., 3.])
 */
export function at(x: Tensor, ...indices: Index[]): Tensor {
  const { view, picks } = applyViews(x, indices)
  return picks.length === 0 ? view : pick(view, picks)
}

/**
 * Writes a value into the part of the tensor that `at` would give, in place, and returns the tensor. Gradients flow to
 * the value, and to what the tensor was before where it was not written to.
 *
 * Errors: on a leaf that requires a gradient (inside `noGrad` it may be written to); a value that does not fit.
 *
 * @example zeros([2, 2]).put(0, ":", 5) // tensor([[5., 5.],\n        [0., 0.]])
 */
export function put(x: Tensor, ...indicesAndValue: [...indices: Index[], value: Tensor | number]): Tensor {
  const value = indicesAndValue[indicesAndValue.length - 1] as Tensor | number
  const indices = indicesAndValue.slice(0, -1) as Index[]
  if (typeof value !== "number" && !(value instanceof Tensor)) throw notATensor("put", value)
  assertWritable("put", x)
  writeAt(x.detach(), indices, typeof value === "number" ? value : value.detach())
  const variable = typeof value !== "number" && value.requiresGrad ? value : null
  if (!needsRecord(x, variable)) return x
  const rule = (dy: Tensor) => {
    const written = uninitialized(x.shape, "bool")
    writeAt(fill_(written, 0), indices, 1)
    const towardsBefore = dy.maskedFill(written, 0)
    if (variable === null) return [towardsBefore]
    return [towardsBefore, to(sumTo(at(dy, ...indices), variable.shape), variable.dtype)]
  }
  recordWrite("put", x, variable, rule)
  return x
}

function writeAt(x: Tensor, indices: readonly Index[], value: Tensor | number): void {
  const { view, picks } = applyViews(x, indices)
  if (picks.length === 0) {
    if (typeof value === "number") fill_(view, value)
    else copy_(view, expandedValue(value, view.shape))
    return
  }
  // Where the elements stand in the storage, picked like the elements themselves.
  const places = uninitialized(x.shape, "int32")
  for (let i = 0; i < places.count; i++) places.storage.data[i] = i
  const { view: placeView, picks: placePicks } = applyViews(places, indices)
  const targets = pick(placeView, placePicks)
  const values = typeof value === "number" ? null : to(expandedValue(value, targets.shape), x.dtype).toTypedArray()
  const whole = x.clone()
  const data = whole.storage.data
  const bool = x.dtype === "bool"
  const flat = targets.toTypedArray()
  for (let i = 0; i < flat.length; i++) {
    const element = values === null ? (value as number) : (values[i] as number)
    data[flat[i] as number] = bool ? (element !== 0 ? 1 : 0) : element
  }
  copy_(x, whole)
}

function expandedValue(value: Tensor, shape: readonly number[]): Tensor {
  if (!broadcastsTo(value.shape, shape)) throw messages.cannotFit("put", shape, value.shape)
  return expandedView(value, shape)
}
