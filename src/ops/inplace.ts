import { assertWritable } from "../autograd/write.js"
import type { BinaryOp } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { badNumber, notATensor, wrongDType } from "../tensor/messages.js"
import { promoteNumber, promoteTypes } from "../tensor/promote.js"
import { broadcastsTo, expandedView } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"

/** A second operand expanded to the shape that is written to, which cannot grow. */
function fitted(name: string, x: Tensor, value: Tensor): Tensor {
  if (!(value instanceof Tensor)) throw notATensor(name, value)
  if (!broadcastsTo(value.shape, x.shape)) throw messages.cannotFit(name, x.shape, value.shape)
  return expandedView(value, x.shape)
}

/**
 * Writes one number everywhere, in place, and returns the tensor.
 *
 * @example zeros([2]).fill_(3) // tensor([3., 3.])
 */
export function fill_(x: Tensor, value: number): Tensor {
  if (typeof value !== "number") throw badNumber("fill_", "value", value, "a number")
  assertWritable("fill_", x)
  currentBackend().fill(x, value)
  return x
}

/**
 * Writes zeros everywhere, in place, and returns the tensor.
 *
 * @example ones([2]).zero_() // tensor([0., 0.])
 */
export function zero_(x: Tensor): Tensor {
  assertWritable("zero_", x)
  currentBackend().fill(x, 0)
  return x
}

/**
 * Writes the elements of another tensor, which broadcasts, in place, and returns the tensor.
 *
 * @example zeros([2]).copy_(tensor([1, 2])) // tensor([1., 2.])
 */
export function copy_(x: Tensor, value: Tensor): Tensor {
  const source = fitted("copy_", x, value)
  assertWritable("copy_", x)
  // Views of one storage may overlap, so that writing would change what is still to be read.
  const from = source.storage === x.storage ? source.detach().clone() : source
  currentBackend().copy(from, x)
  return x
}

function update(op: BinaryOp, name: string, x: Tensor, value: Tensor | number): Tensor {
  const result =
    typeof value === "number" ? promoteNumber(x.dtype, value) : promoteTypes(x.dtype, fitted(name, x, value).dtype)
  if (result !== x.dtype) throw messages.cannotStore(name, x.dtype, result)
  assertWritable(name, x)
  if (typeof value === "number") currentBackend().binaryScalar(op, x, value, x, false)
  else {
    const operand = to(fitted(name, x, value).detach(), x.dtype)
    const same = operand.storage === x.storage && operand.strides !== x.strides
    currentBackend().binary(op, x, same ? operand.clone() : operand, x)
  }
  return x
}

/**
 * Adds a tensor (which broadcasts) or a number in place and returns the tensor.
 *
 * Errors: on a tensor that is recorded; inside `noGrad` a parameter may be changed.
 *
 * @example ones([2]).add_(tensor([1, 2])) // tensor([2., 3.])
 */
export function add_(x: Tensor, value: Tensor | number): Tensor {
  return update("add", "add_", x, value)
}

/**
 * Subtracts a tensor (which broadcasts) or a number in place and returns the tensor; see `add_`.
 *
 * @example ones([2]).sub_(tensor([1, 2])) // tensor([ 0., -1.])
 */
export function sub_(x: Tensor, value: Tensor | number): Tensor {
  return update("sub", "sub_", x, value)
}

/**
 * Multiplies by a tensor (which broadcasts) or a number in place and returns the tensor; see `add_`.
 *
 * @example ones([2]).mul_(3) // tensor([3., 3.])
 */
export function mul_(x: Tensor, value: Tensor | number): Tensor {
  return update("mul", "mul_", x, value)
}

/**
 * Divides by a tensor (which broadcasts) or a number in place and returns the tensor; see `add_`.
 *
 * @example ones([2]).div_(4) // tensor([0.2500, 0.2500])
 */
export function div_(x: Tensor, value: Tensor | number): Tensor {
  if (x.dtype !== "float32" && x.dtype !== "float64") throw wrongDType("div_", x, "fractions")
  return update("div", "div_", x, value)
}
