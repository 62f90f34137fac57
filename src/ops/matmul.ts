import { described, needsGradient, record } from "../autograd/node.js"
import type { LinearActivation } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { notATensor, wrongDType, wrongRank } from "../tensor/messages.js"
import { promoteTypes } from "../tensor/promote.js"
import { broadcastShapes, expandedView } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { activationGradient } from "./activation.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"
import { sumTo } from "./reduce.js"

/**
 * The matrix product. Two matrices multiply as usual; a vector counts as a row on the left and as a column on the right,
 * two vectors give their dot product; further dimensions in front are batches and broadcast.
 *
 * Shape: `[..., M, K] @ [..., K, N]` is `[..., M, N]`.
 *
 * @example tensor([[1, 2], [3, 4]]).matmul(tensor([1, 10])) // tensor([21., 43.])
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor("matmul", a)
  if (!(b instanceof Tensor)) throw notATensor("matmul", b, "a tensor")
  if (a.dtype !== b.dtype) {
    const dtype = promoteTypes(a.dtype, b.dtype)
    return matmul(to(a, dtype), to(b, dtype))
  }
  if (a.dtype === "bool") throw wrongDType("matmul", a, "numbers", "convert first: x.float().")
  const rankA = a.shape.length
  const rankB = b.shape.length
  if (rankA === 0 || rankB === 0) throw messages.matmulScalar(a.shape, b.shape)
  if (a.shape[rankA - 1] !== b.shape[Math.max(rankB - 2, 0)]) throw messages.matmulSizes(a.shape, b.shape)
  if (rankA === 1) return matmul(a.unsqueeze(0), b).squeeze(rankB === 1 ? 0 : -2) // [K] counts as [1, K]
  if (rankB === 1) return matmul(a, b.unsqueeze(1)).squeeze(-1) // [K] counts as [K, 1]
  if (rankA > 2 && rankB === 2) return foldedMatmul(a, b)

  const out = matmulForward(a, b)
  if (!needsGradient(a, b)) return out
  const inputs = [a, b]
  return record(
    "matmul",
    out,
    inputs,
    (dy) => [
      a.requiresGrad ? sumTo(matmul(dy, b.mT()), a.shape) : null, // [..., M, K]
      b.requiresGrad ? sumTo(matmul(a.mT(), dy), b.shape) : null, // [..., K, N]
    ],
    inputs,
  )
}

/** A batch of matrices times one matrix is one product of all the rows. */
function foldedMatmul(a: Tensor, b: Tensor): Tensor {
  const rows = a.reshape([-1, a.shape[a.shape.length - 1] as number]) // [batch · M, K]
  return matmul(rows, b).reshape([...a.shape.slice(0, -1), b.shape[1] as number]) // [..., M, N]
}

function matmulForward(a: Tensor, b: Tensor): Tensor {
  const m = a.shape[a.shape.length - 2] as number
  const k = a.shape[a.shape.length - 1] as number
  const n = b.shape[b.shape.length - 1] as number
  if (a.shape.length === 2 && b.shape.length === 2) {
    const out = uninitialized([m, n], a.dtype)
    currentBackend().matmul(a, b, out, false)
    return out
  }
  const batch = batchShape(a.shape, b.shape)
  const out = uninitialized([...batch, m, n], a.dtype)
  currentBackend().matmul(expandedView(a, [...batch, m, k]), expandedView(b, [...batch, k, n]), out, false)
  return out
}

/** The batch dimensions of a product; an error names the whole shapes. */
function batchShape(a: readonly number[], b: readonly number[]): readonly number[] {
  try {
    return broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2))
  } catch {
    throw messages.matmulBatches(a, b)
  }
}

/**
 * The batched matrix product of two three-dimensional tensors.
 *
 * Shape: `[B, M, K] @ [B, K, N]` is `[B, M, N]`.
 *
 * @example ones([2, 1, 3]).bmm(ones([2, 3, 1])).shape // [2, 1, 1]
 */
export function bmm(a: Tensor, b: Tensor): Tensor {
  checkTensor("bmm", a)
  if (a.shape.length !== 3) throw wrongRank("bmm", a.shape, "three dimensions")
  if (b.shape.length !== 3) throw wrongRank("bmm", b.shape, "three dimensions")
  return matmul(a, b)
}

/**
 * The dot product of two vectors.
 *
 * @example tensor([1, 2]).dot(tensor([3, 4])) // tensor(11.)
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkTensor("dot", a)
  if (a.shape.length !== 1) throw wrongRank("dot", a.shape, "two vectors", "for matrices use a.matmul(b).")
  if (b.shape.length !== 1) throw wrongRank("dot", b.shape, "two vectors", "for matrices use a.matmul(b).")
  return matmul(a, b)
}

/**
 * The outer product of two vectors: every element of the one times every element of the other.
 *
 * @example tensor([1, 2]).outer(tensor([3, 4])) // tensor([[3., 4.],\n        [6., 8.]])
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkTensor("outer", a)
  if (a.shape.length !== 1) throw wrongRank("outer", a.shape, "two vectors")
  if (b.shape.length !== 1) throw wrongRank("outer", b.shape, "two vectors")
  return a.unsqueeze(1).mul(b)
}

/**
 * An affine map of the last dimension: `activation(x @ weightᵀ + bias)`, in one pass.
 *
 * Shape: x `[..., in]`, weight `[out, in]`, bias `[out]`; the result is `[..., out]`.
 *
 * @param activation applied to the result: `"none"` (the default), `"relu"`, `"sigmoid"` or `"tanh"`
 * @example linear(tensor([[1, 2]]), tensor([[1, 1], [0, -1]]), tensor([0.5, 0]), "relu") // tensor([[3.5000, 0.0000]])
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  activation: LinearActivation = "none",
): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("linear", x, "a tensor")
  const rank = x.shape.length
  if (weight.shape.length !== 2) throw wrongRank("linear", weight.shape, "a weight of two dimensions, [out, in]")
  if (
    rank === 0 ||
    x.shape[rank - 1] !== weight.shape[1] ||
    (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0]))
  ) {
    throw messages.linearSizes(x.shape, weight.shape, bias === null ? null : bias.shape)
  }
  if (x.dtype !== weight.dtype) {
    throw wrongDType(
      "linear",
      x,
      `an input of the weight's type, ${weight.dtype}`,
      `convert it: x.to("${weight.dtype}").`,
    )
  }
  if (bias !== null && bias.dtype !== weight.dtype) {
    throw wrongDType("linear", bias, `a bias of the weight's type, ${weight.dtype}`)
  }
  if (rank !== 2) {
    const rows = linear(x.reshape([-1, weight.shape[1] as number]), weight, bias, activation) // [rows, out]
    return rows.reshape([...x.shape.slice(0, -1), weight.shape[0] as number])
  }

  const out = uninitialized([x.shape[0] as number, weight.shape[0] as number], x.dtype)
  currentBackend().linear(x, weight, bias, activation, out)
  if (!needsGradient(x, weight, bias)) return out
  const inputs = bias === null ? [x, weight] : [x, weight, bias]
  const rule = (dy: Tensor) => {
    const ds = activation === "none" ? dy : activationGradient(activation, out, out, dy) // of the sum before the activation
    return [
      x.requiresGrad ? matmul(ds, weight) : null, // [M, in]
      weight.requiresGrad ? matmul(ds.mT(), x) : null, // [out, in]
      bias?.requiresGrad === true ? sumTo(ds, bias.shape) : null, // [out]
    ]
  }
  return described(record("linear", out, inputs, rule, activation === "none" ? inputs : [...inputs, out]), activation)
}
