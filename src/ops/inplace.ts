import { assertWritable, needsRecord, recordWrite } from "../autograd/write.js"
import { currentBackend } from "../native/current.js"
import { badNumber, notATensor, wrongDType } from "../tensor/messages.js"
import { promoteNumber, promoteTypes } from "../tensor/promote.js"
import { broadcastsTo, expandedView } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"
import { sumTo } from "./reduce.js"

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
  if (needsRecord(x, null)) recordWrite("fill_", x, null, (dy) => [dy.mul(0)])
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
  if (needsRecord(x, null)) recordWrite("zero_", x, null, (dy) => [dy.mul(0)])
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
  if (needsRecord(x, value))
    recordWrite("copy_", x, value, (dy) => [dy.mul(0), to(sumTo(dy, value.shape), value.dtype)])
  return x
}

/** The gradients of what a tensor was before it was changed in place, and of the value it was changed by. */
interface UpdateRule {
  readonly towardsOld: (dy: Tensor, value: Tensor | number) => Tensor
  readonly towardsValue: (dy: Tensor, old: Tensor, value: Tensor | number) => Tensor
}

const updateRules: { readonly [O in Update]: UpdateRule } = {
  add: { towardsOld: (dy) => dy, towardsValue: (dy) => dy },
  sub: { towardsOld: (dy) => dy, towardsValue: (dy) => dy.neg() },
  mul: { towardsOld: (dy, value) => dy.mul(value), towardsValue: (dy, old) => dy.mul(old) },
  div: {
    towardsOld: (dy, value) => dy.div(value),
    towardsValue: (dy, old, value) => dy.mul(old).div(value).div(value).neg(),
  },
}
type Update = "add" | "sub" | "mul" | "div"

function update(op: Update, name: string, x: Tensor, value: Tensor | number): Tensor {
  const result =
    typeof value === "number" ? promoteNumber(x.dtype, value) : promoteTypes(x.dtype, fitted(name, x, value).dtype)
  if (result !== x.dtype) throw messages.cannotStore(name, x.dtype, result)
  assertWritable(name, x)
  const variable = typeof value !== "number" && value.requiresGrad ? value : null
  const recorded = needsRecord(x, variable)
  const old = recorded && variable !== null ? asItWas(x) : x // what the gradient of the value needs
  if (typeof value === "number") currentBackend().binaryScalar(op, x, value, x, false)
  else {
    const operand = to(fitted(name, x, value).detach(), x.dtype)
    const same = operand.storage === x.storage && operand.strides !== x.strides
    currentBackend().binary(op, x, same ? operand.clone() : operand, x)
  }
  if (recorded) recordUpdate(op, name, x, old, value, variable)
  return x
}

/** A copy that counts as computed by what computed the tensor. */
function asItWas(x: Tensor): Tensor {
  const copy = x.detach().clone()
  copy.node = x.node
  return copy
}

function recordUpdate(
  op: Update,
  name: string,
  x: Tensor,
  old: Tensor,
  value: Tensor | number,
  variable: Tensor | null,
): void {
  const factor = value === x ? old : value
  const rule = (dy: Tensor) => {
    const { towardsOld, towardsValue } = updateRules[op]
    if (variable === null) return [towardsOld(dy, factor)]
    return [towardsOld(dy, factor), to(sumTo(towardsValue(dy, old, factor), variable.shape), variable.dtype)]
  }
  recordWrite(name, x, variable, rule, factor instanceof Tensor && factor !== old ? [factor] : [])
}

/**
 * Adds a tensor (which broadcasts) or a number in place and returns the tensor.
 *
 * Errors: on a leaf that requires a gradient (inside `noGrad` it may be changed), and on a part of a recorded tensor.
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
