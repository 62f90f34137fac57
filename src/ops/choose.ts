import { described, needsGradient, record } from "../autograd/node.js"
import { noteOrigin } from "../autograd/origins.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { promoteNumber, promoteTensors } from "../tensor/promote.js"
import { broadcastShapes, expandedView } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import { sumTo } from "./reduce.js"

/** A number as a tensor beside another tensor. */
function asTensor(value: Tensor | number, beside: Tensor | number): Tensor {
  if (value instanceof Tensor) return value
  if (typeof value !== "number") throw messages.notATensor("where", value)
  const out = uninitialized([], beside instanceof Tensor ? promoteNumber(beside.dtype, value) : "float32")
  currentBackend().fill(out, value)
  return out
}

/**
 * Takes each element from `a` where the condition is true, else from `b`. All three broadcast.
 *
 * @example where(tensor([true, false]), 1, tensor([5, 6])) // tensor([1., 6.])
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  if (!(condition instanceof Tensor) || condition.dtype !== "bool") {
    throw condition instanceof Tensor
      ? messages.wrongDType("where", condition, "a bool condition", "make one by comparing: x.gt(0).")
      : messages.notATensor("where", condition)
  }
  const left = asTensor(a, b)
  const right = asTensor(b, a)
  const dtype = promoteTensors(left, right)
  const shape = broadcastShapes("where", condition.shape, broadcastShapes("where", left.shape, right.shape))
  const out = uninitialized(shape, dtype)
  currentBackend().where(
    expandedView(condition, shape),
    expandedView(to(left, dtype), shape),
    expandedView(to(right, dtype), shape),
    out,
  )
  if (!needsGradient(left, right)) return noteOrigin(out, "where", [left, right, condition], condition)
  const rule = (dy: Tensor) => [
    left.requiresGrad ? to(sumTo(where(condition, dy, 0), left.shape), left.dtype) : null,
    right.requiresGrad ? to(sumTo(where(condition, 0, dy), right.shape), right.dtype) : null,
  ]
  return described(record("where", out, [left, right], rule, [condition]), condition)
}

/**
 * The tensor with a number in place of the elements where the mask is true. The mask broadcasts.
 *
 * @example tensor([1, 2, 3]).maskedFill(tensor([true, false, false]), 0) // tensor([0., 2., 3.])
 */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  checkTensor("maskedFill", x)
  return where(mask, value, x)
}

/**
 * The lower triangle of a matrix (or of each in a batch), the rest 0. `diagonal` 1 keeps one diagonal more, -1 one less.
 *
 * @example tensor([[1, 2], [3, 4]]).tril() // tensor([[1., 0.],\n        [3., 4.]])
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  checkTensor("tril", x)
  return triangle("tril", x, (row, column) => column - row <= diagonal)
}

/**
 * The upper triangle of a matrix (or of each in a batch), the rest 0. `diagonal` 1 keeps one diagonal less, -1 one more.
 *
 * @example tensor([[1, 2], [3, 4]]).triu() // tensor([[1., 2.],\n        [0., 4.]])
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  checkTensor("triu", x)
  return triangle("triu", x, (row, column) => column - row >= diagonal)
}

function triangle(name: string, x: Tensor, keeps: (row: number, column: number) => boolean): Tensor {
  if (x.shape.length < 2) throw messages.wrongRank(name, x.shape, "a matrix or a batch of matrices")
  const rows = x.shape[x.shape.length - 2] as number
  const columns = x.shape[x.shape.length - 1] as number
  const mask = uninitialized([rows, columns], "bool")
  const kept = mask.storage.data
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) kept[i * columns + j] = keeps(i, j) ? 1 : 0
  return where(mask, x, 0)
}
