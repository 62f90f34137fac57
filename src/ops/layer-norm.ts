import { isGradEnabled } from "../autograd/mode.js"
import { described, needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { recycle } from "../native/pool.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { sumTo } from "./reduce.js"

/**
 * Brings each row of the last dimension to mean 0 and variance 1, then scales and shifts: `layerNorm` over one dimension,
 * in one kernel each way. The shapes are known to fit; weight and bias are of the input's dtype.
 */
export function normalizeRows(x: Tensor, weight: Tensor | null, bias: Tensor | null, eps: number): Tensor {
  const rows = x.contiguous()
  const out = uninitializedLike(rows, x.dtype)
  const means = uninitialized(x.shape.slice(0, -1), x.dtype)
  const inverses = uninitialized(x.shape.slice(0, -1), x.dtype)
  const [w, b] = [weight, bias].map((vector) => vector?.contiguous() ?? null) as [Tensor | null, Tensor | null]
  currentBackend().layerNorm(rows, w, b, eps, out, means, inverses)
  if (!needsGradient(rows, w, b)) {
    recycle(means.storage)
    recycle(inverses.storage)
    return out
  }
  const inputs = [rows, w, b].filter((input) => input !== null)
  const rule = (dy: Tensor) => {
    const [dx, dWeight, dBias] = isGradEnabled()
      ? composedGradients(rows, w, eps, dy)
      : fusedGradients(rows, w, b, means, inverses, dy)
    return [dx, ...(w === null ? [] : [dWeight]), ...(b === null ? [] : [dBias])]
  }
  const detail = { eps, hasWeight: w !== null }
  return described(record("layerNorm", out, inputs, rule, inputs, [means.storage, inverses.storage]), detail)
}

type Gradients = [x: Tensor, weight: Tensor | null, bias: Tensor | null]

function fusedGradients(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  means: Tensor,
  inverses: Tensor,
  dy: Tensor,
): Gradients {
  const dx = uninitializedLike(x, x.dtype)
  const wanted = weight?.requiresGrad === true || bias?.requiresGrad === true
  const parameters = wanted ? uninitialized([2, x.size(-1)], x.dtype) : null
  currentBackend().layerNormBackward(x, weight, means, inverses, dy.contiguous(), dx, parameters)
  return [dx, parameters?.select(0, 0) ?? null, parameters?.select(0, 1) ?? null]
}

/** The gradients in tensor operations, so that they can be recorded in turn. */
function composedGradients(x: Tensor, weight: Tensor | null, eps: number, dy: Tensor): Gradients {
  const keep = { keepdim: true }
  const centred = x.sub(x.mean(-1, keep))
  const inverse = centred.square().mean(-1, keep).add(eps).rsqrt()
  const standard = centred.mul(inverse)
  const g = weight === null ? dy : dy.mul(weight)
  const dx = g
    .sub(g.mean(-1, keep))
    .sub(standard.mul(g.mul(standard).mean(-1, keep)))
    .mul(inverse)
  const vector = [x.size(-1)]
  return [dx, sumTo(dy.mul(standard), vector), sumTo(dy, vector)]
}
