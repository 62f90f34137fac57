import { isGradEnabled } from "../autograd/mode.js"
import { described, needsGradient, record } from "../autograd/node.js"
import type { AttentionOperands } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { recycle } from "../native/pool.js"
import { uninitialized } from "../tensor/allocate.js"
import { expandedView } from "../tensor/shape.js"
import { sameShape, type Tensor } from "../tensor/tensor.js"
import { ones } from "./creation.js"
import { permute } from "./shape.js"

/** The largest size of a head that the kernel takes at full speed. */
const largestHead = 256

/**
 * Whether `fusedAttention` takes these: queries, keys and values of one dtype with the same batch dimensions, two of them
 * at most, and a mask without a gradient.
 */
export function canFuseAttention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): boolean {
  const batch = q.shape.slice(0, -2)
  return (
    q.ndim <= 4 &&
    (q.dtype === "float32" || q.dtype === "float64") &&
    [k, v].every((x) => x.ndim === q.ndim && x.dtype === q.dtype && sameShape(x.shape.slice(0, -2), batch)) &&
    (mask === null || (!mask.requiresGrad && mask.ndim <= q.ndim)) &&
    q.size(-1) > 0 &&
    k.size(-2) > 0 &&
    Math.max(q.size(-1), v.size(-1)) <= largestHead
  )
}

/**
 * `softmax(Q Kᵀ / √d + mask) V` in one kernel that never writes the map; the mask is of fractions and broadcasts to the
 * scores. Only for what `canFuseAttention` takes.
 */
export function fusedAttention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, causal: boolean): Tensor {
  const missing = 4 - q.ndim
  const four = (x: Tensor) => (missing === 2 ? x.unsqueeze(0).unsqueeze(0) : missing === 1 ? x.unsqueeze(0) : x)
  const [queries, keys, values] = [q, k, v].map((x) => rowsOf(four(x))) as [Tensor, Tensor, Tensor] // [A, B, L, d]
  const added = mask === null ? null : expandedView(mask, [...queries.shape.slice(0, 3), keys.size(2)])
  const out = attend(queries, keys, values, added, causal) // [A, B, L, e]
  return missing === 2 ? out.squeeze(0).squeeze(0) : missing === 1 ? out.squeeze(0) : out
}

/** The same elements, those of a row side by side. */
function rowsOf(x: Tensor): Tensor {
  return x.strides[3] === 1 || x.size(3) <= 1 ? x : x.contiguous()
}

/** Room for a result whose batch and length stand in memory as those of `like` do, so that heads go back without a copy. */
function roomLike(like: Tensor, shape: readonly number[]): Tensor {
  const [a, b, l, e] = shape as [number, number, number, number]
  const headsInside = (like.strides[1] as number) < (like.strides[2] as number)
  return headsInside ? permute(uninitialized([a, l, b, e], like.dtype), 0, 2, 1, 3) : uninitialized(shape, like.dtype)
}

function attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, causal: boolean): Tensor {
  const out = roomLike(q, [...q.shape.slice(0, 3), v.size(3)])
  const logSums = uninitialized(q.shape.slice(0, 3), q.dtype)
  const operands: AttentionOperands = { q, k, v, mask, causal, scale: 1 / Math.sqrt(q.size(3)) }
  currentBackend().attention(operands, out, logSums)
  if (!needsGradient(q, k, v)) {
    recycle(logSums.storage)
    return out
  }
  const rule = (dy: Tensor) => {
    if (isGradEnabled()) return composedGradients(q, k, v, mask, causal, operands.scale, dy)
    const dOut = rowsOf(dy)
    const gradients = [q, k, v].map((x) => roomLike(x, x.shape)) as [Tensor, Tensor, Tensor]
    currentBackend().attentionBackward(operands, out, logSums, dOut, ...gradients)
    return gradients
  }
  return described(record("attention", out, [q, k, v], rule, [q, k, v, out], [logSums.storage]), operands)
}

/** The gradients in tensor operations, with the map, so that they can be recorded in turn. */
function composedGradients(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | null,
  causal: boolean,
  scale: number,
  dy: Tensor,
): Tensor[] {
  const weights = attentionMap(q, k, mask, causal, scale) // [A, B, L, S]
  const towards = dy.matmul(v.mT())
  const mean = towards.mul(weights).sum(-1, { keepdim: true })
  const dScores = weights.mul(towards.sub(mean)).mul(scale)
  return [dScores.matmul(k), dScores.mT().matmul(q), weights.mT().matmul(dy)]
}

/** The map of attention: `softmax(scale · Q Kᵀ + mask)`, with 0 in the rows that may look at nothing. */
function attentionMap(q: Tensor, k: Tensor, mask: Tensor | null, causal: boolean, scale: number): Tensor {
  let scores = q.mul(scale).matmul(k.mT())
  if (mask !== null) scores = scores.add(mask)
  if (causal)
    scores = scores.maskedFill(
      ones([q.size(2), k.size(2)])
        .tril()
        .eq(0),
      Number.NEGATIVE_INFINITY,
    )
  const nothing = scores.detach().eq(Number.NEGATIVE_INFINITY).all(-1, { keepdim: true }) // [A, B, L, 1]
  return scores.maskedFill(nothing, 0).softmax(-1).maskedFill(nothing, 0)
}
