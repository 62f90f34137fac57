import { needsGradient, record } from "../autograd/node.js"
import { areOriginsKept, noteOrigin } from "../autograd/origins.js"
import { currentBackend } from "../native/current.js"
import { bytesPerElement, type DType } from "../native/dtype.js"
import { uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { Tensor } from "../tensor/tensor.js"

/**
 * The same elements in another dtype; the tensor itself if it has that dtype already. Fractions are cut towards zero
 * for int32; anything but 0 is true.
 *
 * @example tensor([1.7, 0]).to("int32") // tensor([1, 0], dtype=int32)
 */
export function to(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x
  if (!(dtype in bytesPerElement)) throw messages.unknownDType(dtype)
  const out = uninitializedLike(x, dtype)
  currentBackend().copy(x, out)
  const from = x.dtype
  if (isFloatingPoint(dtype) && needsGradient(x)) return record("to", out, [x], (dy) => [to(dy, from)])
  return noteOrigin(out, "to", [x])
}

/**
 * The tensor as float32.
 *
 * @example tensor([true, false]).float() // tensor([1., 0.])
 */
export function float(x: Tensor): Tensor {
  return to(x, "float32")
}

/**
 * The tensor as float64.
 *
 * @example tensor([1, 2]).double() // tensor([1., 2.], dtype=float64)
 */
export function double(x: Tensor): Tensor {
  return to(x, "float64")
}

/**
 * The tensor as int32, fractions cut.
 *
 * @example tensor([1.5, -1.5]).int() // tensor([ 1, -1], dtype=int32)
 */
export function int(x: Tensor): Tensor {
  return to(x, "int32")
}

/**
 * The tensor as booleans: false where it is 0.
 *
 * @example tensor([0, 2]).bool() // tensor([false,  true])
 */
export function bool(x: Tensor): Tensor {
  return to(x, "bool")
}

/**
 * A copy with storage of its own. Gradients flow through it.
 *
 * @example tensor([1, 2]).clone() // tensor([1., 2.])
 */
export function clone(x: Tensor): Tensor {
  checkTensor("clone", x)
  const out = uninitializedLike(x, x.dtype)
  currentBackend().copy(x, out)
  return needsGradient(x) ? record("clone", out, [x], (dy) => [dy]) : out
}

/**
 * The tensor itself if its elements stand in order in memory, else a copy in which they do.
 *
 * @example tensor([[1, 2], [3, 4]]).mT().contiguous() // tensor([[1., 3.],\n        [2., 4.]])
 */
export function contiguous(x: Tensor): Tensor {
  return x.packed ? x : clone(x)
}

/**
 * Whether the elements stand in order in memory.
 *
 * @example tensor([[1, 2], [3, 4]]).mT().isContiguous() // false
 */
export function isContiguous(x: Tensor): boolean {
  return x.packed
}

/**
 * The same elements, cut off from the computation: a view on the same storage that requires no gradient.
 *
 * @example tensor([1, 2], { requiresGrad: true }).detach().requiresGrad // false
 */
export function detach(x: Tensor): Tensor {
  const out = new Tensor(x.storage, x.offset, x.shape, x.strides, x.count, x.packed)
  return areOriginsKept() && needsGradient(x) ? record("detach", out, [x], () => [null]) : out
}

/**
 * Turns recording for this tensor on (or off) and returns it.
 *
 * @example ones([2]).requiresGrad_() // tensor([1., 1.], requiresGrad=true)
 */
export function requiresGrad_(x: Tensor, on = true): Tensor {
  x.requiresGrad = on
  return x
}
