import { checkTensor } from "../tensor/check.js"
import { badNumber } from "../tensor/messages.js"
import { normalizeDims } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { cat } from "./join.js"
import * as messages from "./messages.js"

/** Options of `gradient`. */
export interface GradientOptions {
  /** How far apart the elements stand: one number, one for each dimension, or for each its coordinates. Default: 1. */
  spacing?: number | readonly (number | Tensor)[]
  /** The dimensions. Default: all. */
  dim?: number | readonly number[]
  /** Whether the edges are drawn with a line (1) or a parabola (2). Default: 1. */
  edgeOrder?: 1 | 2
}

/**
 * The slopes of sampled values along dimensions, by central differences; at the edges by one-sided ones.
 *
 * Shape: one tensor like x for each dimension.
 *
 * Errors: fewer than `edgeOrder + 1` elements along a dimension.
 *
 * Source: Fornberg, "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids", 1988.
 *
 * @example gradient(tensor([1, 4, 9, 16]))[0] // tensor([3., 4., 6., 7.])
 */
export function gradient(x: Tensor, { spacing = 1, dim, edgeOrder = 1 }: GradientOptions = {}): Tensor[] {
  checkTensor("gradient", x)
  if (edgeOrder !== 1 && edgeOrder !== 2) throw badNumber("gradient", "edgeOrder", edgeOrder, "1 or 2")
  const all = Array.from({ length: x.ndim }, (_, d) => d)
  const dims = dim === undefined ? all : normalizeDims("gradient", typeof dim === "number" ? [dim] : dim, x.shape)
  const spacings = typeof spacing === "number" ? dims.map(() => spacing) : spacing
  if (spacings.length !== dims.length) throw messages.gradientSpacing(spacings.length, dims.length)
  return dims.map((d, i) => slope(x, d, stepsOf(x, d, spacings[i] as number | Tensor), edgeOrder))
}

/** The distances between neighbours along a dimension. */
function stepsOf(x: Tensor, d: number, spacing: number | Tensor): number | Tensor {
  if (typeof spacing === "number") return spacing
  checkTensor("gradient", spacing)
  const size = x.size(d)
  if (spacing.ndim !== 1 || spacing.size(0) !== size) throw messages.gradientCoordinates(spacing.shape, size)
  const shape = x.shape.map((_, k) => (k === d ? size - 1 : 1))
  return spacing
    .narrow(0, 1, size - 1)
    .sub(spacing.narrow(0, 0, size - 1))
    .to(x.dtype)
    .reshape(shape)
}

function slope(x: Tensor, d: number, steps: number | Tensor, edgeOrder: 1 | 2): Tensor {
  const size = x.size(d)
  if (size < edgeOrder + 1) throw messages.gradientSize(x.shape, d, edgeOrder + 1)
  const at = (from: number, count: number) => x.narrow(d, from, count)
  const step = (from: number, count: number) => (steps instanceof Tensor ? steps.narrow(d, from, count) : steps)
  const rise = at(1, size - 1)
    .sub(at(0, size - 1))
    .div(steps) // between neighbours
  const between = (from: number, count: number) => rise.narrow(d, from, count)
  // The slope in the middle is that of both sides, each weighted by the other's distance.
  const before = step(0, size - 2)
  const after = step(1, size - 2)
  const inner = weighted(between(0, size - 2), between(1, size - 2), before, after)
  const edge = (first: number, second: number): Tensor => {
    if (edgeOrder === 1) return between(first, 1)
    // The line through the slopes of the two outer pieces, half a piece further on.
    const bend = between(second, 1).sub(between(first, 1))
    const [near, far] = [step(first, 1), step(second, 1)]
    if (near instanceof Tensor) return between(first, 1).sub(bend.mul(near).div(near.add(far as Tensor)))
    return between(first, 1).sub(bend.div(2))
  }
  return cat([edge(0, 1), inner, edge(size - 2, size - 3)], d)
}

function weighted(left: Tensor, right: Tensor, before: number | Tensor, after: number | Tensor): Tensor {
  if (!(before instanceof Tensor)) return left.add(right).div(2)
  const whole = before.add(after as Tensor)
  return left.mul(after).add(right.mul(before)).div(whole)
}
