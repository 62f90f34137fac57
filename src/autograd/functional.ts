import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { grad } from "./engine.js"
import { enableGrad } from "./mode.js"

/** Options of `jacobian` and `hessian`. */
export interface DerivativeOptions {
  /** Record the derivative itself, so that it has gradients. Default: false. */
  createGraph?: boolean
}

/** An input that gradients can be taken by: itself where they are recorded, else a copy without a past. */
function variable(x: Tensor, createGraph: boolean): Tensor {
  if (createGraph && x.requiresGrad) return x
  const own = x.detach()
  own.requiresGrad = true
  return own
}

function zeros(x: Tensor): Tensor {
  return zeroFilled(x.shape, x)
}

function zeroFilled(shape: readonly number[], { dtype }: Tensor): Tensor {
  const out = uninitialized(shape, dtype)
  out.storage.data.fill(0)
  return out
}

/**
 * All derivatives of a function: how much each element of its result changes with each element of `x`.
 *
 * Shape: the result's, then that of x.
 *
 * @example jacobian((x) => x.square(), tensor([1, 2])) // tensor([[2., 0.],\n        [0., 4.]])
 */
export function jacobian(
  run: (x: Tensor) => Tensor,
  x: Tensor,
  { createGraph = false }: DerivativeOptions = {},
): Tensor {
  return enableGrad(() => {
    const input = variable(x, createGraph)
    const output = run(input)
    const shape = [...output.shape, ...x.shape]
    if (!output.requiresGrad) return zeroFilled(shape, x)
    const flat = output.reshape([-1])
    const rows = Array.from({ length: flat.count }, (_, i) => {
      const [row] = grad(flat.select(0, i), input, { createGraph, retainGraph: true, allowUnused: true })
      return (row ?? zeros(x)).reshape([1, x.count])
    })
    const first = rows[0]
    if (first === undefined) return uninitialized(shape, x.dtype)
    return joinRows(rows, createGraph).reshape(shape)
  })
}

/** Rows below each other, without the operations that stand to the right of this folder. */
function joinRows(rows: readonly Tensor[], recorded: boolean): Tensor {
  const first = rows[0] as Tensor
  const columns = first.count
  if (!recorded) {
    const out = uninitialized([rows.length, columns], first.dtype)
    rows.forEach((row, i) => {
      out.storage.data.set(row.toTypedArray(), i * columns)
    })
    return out
  }
  // Σ eᵢ ⊗ rowᵢ, which is recorded like any sum.
  return rows
    .map((row, i) => {
      const place = uninitialized([rows.length, 1], first.dtype)
      for (let k = 0; k < rows.length; k++) place.storage.data[k] = k === i ? 1 : 0
      return place.mul(row)
    })
    .reduce((sum, part) => sum.add(part))
}

/**
 * All second derivatives of a function whose result is a scalar.
 *
 * Shape: that of x twice.
 *
 * @example hessian((x) => x.pow(3).sum(), tensor([1, 2])) // tensor([[ 6.,  0.],\n        [ 0., 12.]])
 */
export function hessian(run: (x: Tensor) => Tensor, x: Tensor, options: DerivativeOptions = {}): Tensor {
  return jacobian(
    (input) => {
      const [gradient] = grad(run(input), input, { createGraph: true, allowUnused: true })
      return gradient ?? zeros(input)
    },
    x,
    options,
  )
}

/** The value of a function and a product with its derivatives. */
export interface DerivativeProduct {
  readonly output: Tensor
  readonly product: Tensor
}

/**
 * The value of a function, and a vector times its Jacobian: what a backward pass computes from the gradient `v` of the
 * result.
 *
 * @example vjp((x) => x.square(), tensor([1, 2]), tensor([1, 10])).product // tensor([ 2., 40.])
 */
export function vjp(run: (x: Tensor) => Tensor, x: Tensor, v?: Tensor): DerivativeProduct {
  return enableGrad(() => {
    const input = variable(x, false)
    const output = run(input)
    if (!output.requiresGrad) return { output, product: zeros(x) }
    const [product] = grad(output, input, { allowUnused: true, ...(v === undefined ? {} : { gradOutputs: [v] }) })
    return { output: output.detach(), product: product ?? zeros(x) }
  })
}

/**
 * The value of a function, and its Jacobian times a vector: how the result changes when x moves in the direction `v`.
 *
 * @example jvp((x) => x.square(), tensor([1, 2]), tensor([1, 10])).product // tensor([ 2., 40.])
 */
export function jvp(run: (x: Tensor) => Tensor, x: Tensor, v: Tensor): DerivativeProduct {
  return enableGrad(() => {
    const input = variable(x, false)
    const output = run(input)
    if (!output.requiresGrad) return { output, product: zeros(output) }
    // uᵀJ is linear in u; its derivative by u in the direction v is Jv.
    const u = variable(zeros(output), false)
    const [backwards] = grad(output, input, { gradOutputs: [u], createGraph: true, allowUnused: true })
    if (backwards === null || backwards === undefined || !backwards.requiresGrad)
      return { output: output.detach(), product: zeros(output) }
    const [product] = grad(backwards, u, { gradOutputs: [v], allowUnused: true })
    return { output: output.detach(), product: product ?? zeros(output) }
  })
}

/**
 * The value of a function whose result is a scalar, and its Hessian times a vector, without the whole Hessian.
 *
 * @example hvp((x) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 1])).product // tensor([ 6., 12.])
 */
export function hvp(run: (x: Tensor) => Tensor, x: Tensor, v: Tensor): DerivativeProduct {
  return enableGrad(() => {
    const input = variable(x, false)
    const output = run(input)
    const none = { output: output.detach(), product: zeros(x) }
    if (!output.requiresGrad) return none
    const [gradient] = grad(output, input, { createGraph: true, allowUnused: true })
    if (gradient === null || gradient === undefined || !gradient.requiresGrad) return none
    const [product] = grad(gradient, input, { gradOutputs: [v], allowUnused: true })
    return { output: output.detach(), product: product ?? zeros(x) }
  })
}

/**
 * The value of a function whose result is a scalar, and a vector times its Hessian: the same as `hvp`, since Hessians are
 * symmetric.
 *
 * @example vhp((x) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 1])).product // tensor([ 6., 12.])
 */
export function vhp(run: (x: Tensor) => Tensor, x: Tensor, v: Tensor): DerivativeProduct {
  return hvp(run, x, v)
}
