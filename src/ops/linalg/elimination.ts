import { needsGradient, record } from "../../autograd/node.js"
import { uninitialized } from "../../tensor/allocate.js"
import { checkTensor } from "../../tensor/check.js"
import type { Tensor } from "../../tensor/tensor.js"
import { eye } from "../creation.js"
import { matmul } from "../matmul.js"
import * as messages from "../messages.js"
import { luOf } from "./algorithms.js"
import { checkMatrices, checkSquare, gathered, matricesOf } from "./batch.js"
import { solveTriangular } from "./solve.js"

// Gauss's elimination with its parts: what `solve`, `inv` and `det` compute on the way.

/** A = P·L·U: a permutation, a lower triangle with ones on its diagonal, an upper triangle. */
export interface LUParts {
  readonly P: Tensor
  readonly L: Tensor
  readonly U: Tensor
}

/** A matrix after the elimination: U on and above the diagonal, L below it, and with which row each was exchanged, from 1. */
export interface LUFactor {
  readonly LU: Tensor
  readonly pivots: Tensor
}

/**
 * The elimination of a matrix, or of each in a batch, in one: what `luSolve` and `luUnpack` take.
 *
 * Shape: `[..., M, N]` gives LU `[..., M, N]` and int32 pivots `[..., K]` with K the smaller of M and N.
 *
 * Errors: a gradient of a matrix that is not square is not defined here.
 *
 * @example linalg.luFactor(tensor([[1, 2], [4, 4]])).pivots // tensor([2, 2], dtype=int32)
 */
export function luFactor(a: Tensor): LUFactor {
  checkMatrices("linalg.luFactor", a)
  const [m, n] = a.shape.slice(-2) as [number, number]
  const k = Math.min(m, n)
  const parts = matricesOf(a).map(luOf)
  const pivots = uninitialized([...a.shape.slice(0, -2), k], "int32")
  parts.forEach((part, i) => {
    for (let j = 0; j < k; j++) pivots.storage.data[i * k + j] = (part.pivots[j] as number) + 1
  })
  const LU = gathered(
    a,
    [m, n],
    parts.map(({ lu }) => lu),
  )
  if (!needsGradient(a)) return { LU, pivots }
  if (m !== n) throw messages.noGradient("linalg.luFactor", a.shape, "the elimination of a square matrix")
  return { LU: record("luFactor", LU, [a], (dy) => [luGradient(a, dy.tril(-1), dy.triu())], [a]), pivots }
}

/** `dA = P L⁻ᵀ (tril(Lᵀ dL, -1) + triu(dU Uᵀ)) U⁻ᵀ`. */
function luGradient(a: Tensor, dL: Tensor, dU: Tensor): Tensor {
  const { P, L, U } = lu(a)
  const inner = matmul(L.mT(), dL).tril(-1).add(matmul(dU, U.mT()).triu())
  const left = solveTriangular(L.mT(), inner, { upper: true, unitriangular: true })
  return matmul(P, solveTriangular(U, left.mT(), { upper: true }).mT())
}

/**
 * The parts of `luFactor` apart: `A = P @ L @ U`.
 *
 * Shape: LU `[..., M, N]` and pivots `[..., K]` give P `[..., M, M]`, L `[..., M, K]`, U `[..., K, N]`.
 *
 * @example const { LU, pivots } = linalg.luFactor(tensor([[1, 2], [4, 4]])); linalg.luUnpack(LU, pivots).U // tensor([[4., 4.],\n        [0., 1.]])
 */
export function luUnpack(LU: Tensor, pivots: Tensor): LUParts {
  checkMatrices("linalg.luUnpack", LU)
  checkPivots("linalg.luUnpack", LU, pivots)
  const [m, n] = LU.shape.slice(-2) as [number, number]
  const k = Math.min(m, n)
  const ones = eye(m, k, { dtype: LU.dtype })
  const orders = ordersOf(pivots, m)
  const permutations = orders.map((order) => {
    const data = new Float64Array(m * m)
    order.forEach((row, i) => {
      data[row * m + i] = 1
    })
    return data
  })
  return {
    P: gathered(LU.detach(), [m, m], permutations),
    L: LU.narrow(-1, 0, k).tril(-1).add(ones),
    U: LU.narrow(-2, 0, k).triu(),
  }
}

/** In which order the rows stand after all exchanges, for each matrix. */
function ordersOf(pivots: Tensor, m: number): number[][] {
  const k = pivots.shape[pivots.shape.length - 1] as number
  const flat = Array.from(pivots.contiguous().toTypedArray())
  const count = k === 0 ? 1 : flat.length / k
  return Array.from({ length: count }, (_, b) => {
    const order = Array.from({ length: m }, (_, i) => i)
    for (let i = 0; i < k; i++) {
      const j = (flat[b * k + i] as number) - 1
      ;[order[i], order[j]] = [order[j] as number, order[i] as number]
    }
    return order
  })
}

function checkPivots(name: string, LU: Tensor, pivots: Tensor): void {
  checkTensor(name, pivots)
  const k = Math.min(...(LU.shape.slice(-2) as [number, number]))
  const wanted = [...LU.shape.slice(0, -2), k]
  const m = LU.shape[LU.shape.length - 2] as number
  const fits = pivots.dtype === "int32" && pivots.shape.join() === wanted.join()
  const inside = () => pivots.count === 0 || (pivots.min().item() >= 1 && pivots.max().item() <= m)
  if (!fits || !inside()) throw messages.badPivots(name, LU.shape, pivots.shape, wanted)
}

/**
 * A matrix, or each in a batch, as `P @ L @ U`.
 *
 * Shape: `[..., M, N]` gives P `[..., M, M]`, L `[..., M, K]`, U `[..., K, N]` with K the smaller of M and N.
 *
 * Errors: a gradient of a matrix that is not square is not defined here.
 *
 * @example linalg.lu(tensor([[1, 2], [4, 4]])).L // tensor([[1.0000, 0.0000],\n        [0.2500, 1.0000]])
 */
export function lu(a: Tensor): LUParts {
  const { LU, pivots } = luFactor(a)
  return luUnpack(LU, pivots)
}

/**
 * The X for which `A @ X = b`, of a matrix that was eliminated already.
 *
 * Shape: LU `[..., N, N]`, pivots `[..., N]`, b `[..., N, K]`; X has the shape of b.
 *
 * @example const { LU, pivots } = linalg.luFactor(tensor([[2, 0], [0, 4]])); linalg.luSolve(LU, pivots, tensor([[2], [4]])).flatten() // tensor([1., 1.])
 */
export function luSolve(LU: Tensor, pivots: Tensor, b: Tensor): Tensor {
  checkSquare("linalg.luSolve", LU)
  checkTensor("linalg.luSolve", b)
  const { P, L, U } = luUnpack(LU, pivots)
  const below = solveTriangular(L, matmul(P.mT(), b), { upper: false, unitriangular: true })
  return solveTriangular(U, below, { upper: true })
}
