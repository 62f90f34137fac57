import { checkTensor } from "../tensor/check.js"
import { badNumber, shapeText } from "../tensor/messages.js"
import { broadcastShapes, normalizeDim } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { where } from "./choose.js"
import { sumTo } from "./reduce.js"
import { type ShapeArguments, shapeFrom } from "./shape.js"

/**
 * Shortens each slice along a dimension whose p-norm is larger than `maxnorm` to that norm.
 *
 * @example tensor([[3, 4], [0.3, 0.4]]).renorm(2, 0, 1) // tensor([[0.6000, 0.8000],\n        [0.3000, 0.4000]])
 */
export function renorm(x: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  checkTensor("renorm", x)
  if (!(p > 0)) throw badNumber("renorm", "p", p, "a number above 0")
  if (!(maxnorm >= 0)) throw badNumber("renorm", "maxnorm", maxnorm, "a number of at least 0")
  const d = normalizeDim("renorm", dim, x.shape)
  const others = x.shape.map((_, k) => k).filter((k) => k !== d)
  const norms = others.length === 0 ? x.abs() : x.norm(p, others, { keepdim: true })
  return x.mul(where(norms.gt(maxnorm), norms.add(1e-7).reciprocal().mul(maxnorm), 1))
}

/**
 * Sums over dimensions until a tensor has a shape that broadcasts to its own.
 *
 * Errors: a shape that does not broadcast to the tensor's.
 *
 * @example ones([2, 3]).sumToSize(1, 3) // tensor([[2., 2., 2.]])
 */
export function sumToSize(x: Tensor, ...sizes: ShapeArguments): Tensor {
  checkTensor("sumToSize", x)
  const shape = shapeFrom(sizes)
  const joined = broadcastShapes("sumToSize", x.shape, shape)
  if (joined.join() !== x.shape.join())
    throw badNumber("sumToSize", "the shape", shapeText(shape), `one that broadcasts to ${shapeText(x.shape)}`)
  return sumTo(x, shape)
}
