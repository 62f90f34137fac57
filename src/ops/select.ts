import { described, needsGradient, record } from "../autograd/node.js"
import { areOriginsKept } from "../autograd/origins.js"
import { currentBackend } from "../native/current.js"
import { readElements } from "../native/strided.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, notATensor, wrongDType, wrongRank } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { broadcastShapes, expandedView, normalizeDim } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"
import { type ShapeArguments, shapeFrom } from "./shape.js"

/** Whole numbers in a tensor, as positions along a dimension of a size; negative ones count from the end. */
export function positions(name: string, index: Tensor, size: number, shape: readonly number[], dim: number): Tensor {
  if (index.dtype === "bool") throw wrongDType(name, index, "positions", "for a mask use x.at(mask).")
  const numbers = to(index, "int32")
  if (isFloatingPoint(index.dtype) && numbers.ne(index).any().item() === 1) {
    throw wrongDType(name, index, "whole numbers as positions")
  }
  const out = uninitializedLike(numbers, "int32")
  currentBackend().copy(numbers, out)
  const data = out.storage.data
  for (let i = 0; i < out.count; i++) {
    const at = data[i] as number
    if (at < -size || at >= size) throw messages.indexOutOfRange(name, at, size, shape, dim)
    if (at < 0) data[i] = at + size
  }
  return out
}

/**
 * The parts of a dimension at the given positions, in their order; a position may repeat.
 *
 * Shape: like `x`, with the size of `dim` replaced by the number of positions.
 *
 * @example tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, tensor([2, 0])) // tensor([[5., 6.],\n        [1., 2.]])
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor("indexSelect", x)
  const d = normalizeDim("indexSelect", dim, x.shape)
  if (x.shape.length === 0) throw wrongRank("indexSelect", x.shape, "a tensor of at least one dimension")
  if (index.shape.length !== 1) throw wrongRank("indexSelect", index.shape, "positions in one dimension")
  return selectAt(x, d, positions("indexSelect", index, x.shape[d] as number, x.shape, d))
}

/** The same with positions that are known to be in range. */
export function selectAt(x: Tensor, dim: number, index: Tensor): Tensor {
  const out = uninitialized(
    x.shape.map((size, d) => (d === dim ? index.count : size)),
    x.dtype,
  )
  currentBackend().indexSelect(x, dim, index, out)
  if (!needsGradient(x)) return out
  return described(
    record("indexSelect", out, [x], (dy) => [addedAt(dy, x.shape, dim, index)], [index]),
    { dim, index },
  )
}

/** Zeros of a shape with the parts of `x` added at positions of a dimension. */
export function addedAt(x: Tensor, shape: readonly number[], dim: number, index: Tensor): Tensor {
  const out = uninitialized(shape, x.dtype)
  currentBackend().fill(out, 0)
  currentBackend().indexAdd(x, dim, index, out)
  return needsGradient(x) ? record("indexAdd", out, [x], (dy) => [selectAt(dy, dim, index)], [index]) : out
}

/**
 * For each position of an index along a dimension the place of its element in the flattened tensor: its own place in
 * every dimension but that one. int32, of one dimension.
 */
export function placesAlong(name: string, shape: readonly number[], dim: number, index: Tensor): Tensor {
  if (index.shape.length !== shape.length)
    throw wrongRank(name, index.shape, `an index of ${shape.length} dimensions, like the tensor`)
  if (index.shape.some((size, i) => i !== dim && size > (shape[i] as number))) {
    throw messages.shapesDiffer(name, ["tensor", "index"], shape, index.shape)
  }
  const along = positions(name, index, shape[dim] ?? 1, shape, dim)
  const places = uninitialized([index.count], "int32")
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, s) => n * s, 1))
  const coordinates = new Array<number>(index.shape.length).fill(0)
  for (let i = 0; i < index.count; i++) {
    let place = 0
    for (let k = 0; k < coordinates.length; k++) {
      place += (k === dim ? (along.storage.data[i] as number) : (coordinates[k] as number)) * (strides[k] as number)
    }
    places.storage.data[i] = place
    for (let k = coordinates.length - 1; k >= 0; k--) {
      coordinates[k] = (coordinates[k] as number) + 1
      if ((coordinates[k] as number) < (index.shape[k] as number)) break
      coordinates[k] = 0
    }
  }
  return places
}

/**
 * One element per position along a dimension: `out[i][j] = x[index[i][j]][j]` for `dim` 0. The index has the rank of `x`.
 *
 * @example tensor([[1, 2], [3, 4]]).gather(1, tensor([[1], [0]])) // tensor([[2.],\n        [3.]])
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor("gather", x)
  const d = normalizeDim("gather", dim, x.shape)
  if (!(index instanceof Tensor)) throw notATensor("gather", index, "an index tensor")
  const places = placesAlong("gather", x.shape, d, index)
  const out = selectAt(x.reshape([x.count]), 0, places).reshape(index.shape)
  // Whoever writes the operations down needs the index that was given, of which the places are made in another way.
  return areOriginsKept() ? noteGather(out, x, d, index) : out
}

function noteGather(found: Tensor, x: Tensor, dim: number, index: Tensor): Tensor {
  const out = new Tensor(found.storage, found.offset, found.shape, found.strides, found.count, found.packed)
  return needsGradient(x)
    ? described(
        record("gather", out, [x], () => [null]),
        { dim, index },
      )
    : out
}

/**
 * Elements by positions along a dimension; all other dimensions of the tensor and the index broadcast. Without a
 * dimension, positions in the flattened tensor. It undoes `argsort`: `x.takeAlongDim(x.argsort(1), 1)` is sorted.
 *
 * @example tensor([[3, 1, 2]]).takeAlongDim(tensor([[1, 2, 0]]), 1) // tensor([[1., 2., 3.]])
 */
export function takeAlongDim(x: Tensor, index: Tensor, dim?: number): Tensor {
  checkTensor("takeAlongDim", x)
  if (!(index instanceof Tensor)) throw notATensor("takeAlongDim", index, "an index tensor")
  if (dim === undefined) return take(x, index.reshape([-1]))
  const d = normalizeDim("takeAlongDim", dim, x.shape)
  if (index.shape.length !== x.shape.length)
    throw wrongRank("takeAlongDim", index.shape, `an index of ${x.shape.length} dimensions, like the tensor`)
  const one = (shape: readonly number[]) => shape.map((size, i) => (i === d ? 1 : size))
  const common = broadcastShapes("takeAlongDim", one(x.shape), one(index.shape))
  const fitted = (shape: readonly number[]) => common.map((size, i) => (i === d ? (shape[i] as number) : size))
  return gather(x.expand(fitted(x.shape)), d, expandedView(index, fitted(index.shape)))
}

/**
 * Elements by their positions in the flattened tensor; negative ones count from the end.
 *
 * Shape: that of the index.
 *
 * @example tensor([[1, 2], [3, 4]]).take(tensor([3, 0])) // tensor([4., 1.])
 */
export function take(x: Tensor, index: Tensor): Tensor {
  checkTensor("take", x)
  if (!(index instanceof Tensor)) throw notATensor("take", index, "an index tensor")
  const places = positions("take", index, x.count, [x.count], 0).reshape([-1])
  return selectAt(x.reshape([x.count]), 0, places).reshape(index.shape)
}

/** The places in the flattened tensor where a mask is true. */
export function truePlaces(mask: Tensor): Tensor {
  const elements = readElements(mask)
  const places: number[] = []
  for (let i = 0; i < elements.length; i++) if (elements[i] !== 0) places.push(i)
  const out = uninitialized([places.length], "int32")
  out.storage.data.set(places)
  return out
}

/** A mask, checked and expanded to a shape. */
export function checkMask(name: string, mask: Tensor, shape: readonly number[]): Tensor {
  if (!(mask instanceof Tensor)) throw notATensor(name, mask, "a bool mask")
  if (mask.dtype !== "bool") throw wrongDType(name, mask, "a bool mask", "make one by comparing: x.gt(0).")
  return expandedView(mask, broadcastShapes(name, mask.shape, shape))
}

/**
 * The elements where a mask is true, one after the other. The tensor and the mask broadcast.
 *
 * @example tensor([1, 2, 3]).maskedSelect(tensor([true, false, true])) // tensor([1., 3.])
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  checkTensor("maskedSelect", x)
  const whole = checkMask("maskedSelect", mask, x.shape)
  return selectAt(x.expand(whole.shape).reshape([whole.count]), 0, truePlaces(whole))
}

/**
 * The positions of the elements that are not 0, one row each: int32.
 *
 * Shape: `[count, dimensions of x]`.
 *
 * @example tensor([[0, 1], [2, 0]]).nonzero() // tensor([[0, 1],\n        [1, 0]], dtype=int32)
 */
export function nonzero(x: Tensor): Tensor {
  checkTensor("nonzero", x)
  const places = truePlaces(x)
  const rank = x.shape.length
  const out = uninitialized([places.count, rank], "int32")
  for (let i = 0; i < places.count; i++) {
    let place = places.storage.data[i] as number
    for (let d = rank - 1; d >= 0; d--) {
      const size = x.shape[d] as number
      out.storage.data[i * rank + d] = place % size
      place = Math.floor(place / size)
    }
  }
  return out
}

/**
 * The tensor turned around along dimensions, given one after the other or as a list.
 *
 * @example tensor([1, 2, 3]).flip(0) // tensor([3., 2., 1.])
 * @example tensor([[1, 2], [3, 4]]).flip([0, 1]) // tensor([[4., 3.],\n        [2., 1.]])
 */
export function flip(x: Tensor, ...dims: ShapeArguments): Tensor {
  checkTensor("flip", x)
  let out = x
  for (const dim of shapeFrom(dims)) {
    const d = normalizeDim("flip", dim, x.shape)
    const size = x.shape[d] ?? 1
    if (x.shape.length === 0) continue
    const index = uninitialized([size], "int32")
    for (let i = 0; i < size; i++) index.storage.data[i] = size - 1 - i
    out = selectAt(out, d, index)
  }
  return out
}

/**
 * The elements shifted along dimensions; what falls off one end comes in at the other. Without dimensions the flattened
 * tensor is shifted.
 *
 * @example tensor([1, 2, 3, 4]).roll(1) // tensor([4., 1., 2., 3.])
 */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  checkTensor("roll", x)
  if (dims === undefined) {
    if (typeof shifts !== "number") throw badNumber("roll", "shifts", shifts, "one number without dims")
    return roll(x.reshape([x.count]), shifts, 0).reshape(x.shape)
  }
  const list = typeof dims === "number" ? [dims] : dims
  const by = typeof shifts === "number" ? [shifts] : shifts
  if (list.length !== by.length)
    throw badNumber("roll", "shifts", by, `one number per dimension, of which ${list.length} are given`)
  return list.reduce((out, dim, i) => {
    const d = normalizeDim("roll", dim, x.shape)
    const size = x.shape[d] ?? 1
    const shift = by[i] as number
    if (!Number.isInteger(shift)) throw badNumber("roll", "shifts", shift, "whole numbers")
    if (x.shape.length === 0 || size === 0) return out
    const index = uninitialized([size], "int32")
    for (let k = 0; k < size; k++) index.storage.data[k] = (((k - shift) % size) + size) % size
    return selectAt(out, d, index)
  }, x)
}

/**
 * Class numbers as rows of zeros with a one: int32.
 *
 * @example oneHot(tensor([0, 2])) // tensor([[1, 0, 0],\n        [0, 0, 1]], dtype=int32)
 */
export function oneHot(classes: Tensor, count?: number): Tensor {
  checkTensor("oneHot", classes)
  const numbers = to(classes, "int32")
  const wanted = count ?? (numbers.count === 0 ? 0 : numbers.max().item() + 1)
  const index = positions("oneHot", numbers, wanted, [wanted], 0)
  if (numbers.count > 0 && numbers.min().item() < 0)
    throw messages.classOutOfRange("oneHot", numbers.min().item(), wanted)
  const out = uninitialized([...classes.shape, wanted], "int32")
  currentBackend().fill(out, 0)
  for (let i = 0; i < index.count; i++) out.storage.data[i * wanted + (index.storage.data[i] as number)] = 1
  return out
}
