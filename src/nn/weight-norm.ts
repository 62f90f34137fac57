import { noGrad } from "../autograd/mode.js"
import { normalizeDim } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { noSuchMember, notNormalised } from "./messages.js"
import type { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** A module whose weight is made anew before each forward pass, and what ends that. */
const renewals = new WeakMap<Module, Map<string, () => void>>()

/** The parameter of a name in a module. */
export function parameterOf(call: string, module: Module, name: string): Parameter {
  const value: unknown = Reflect.get(module, name)
  if (!(value instanceof Parameter))
    throw noSuchMember(
      call,
      name,
      module.namedParameters().map(([path]) => path),
    )
  return value
}

/**
 * Lets a weight be computed from other parameters before each forward pass. It stands in its field as before, but is no
 * parameter and no buffer any more.
 */
export function renewBeforeForward(call: string, module: Module, name: string, compute: () => Tensor): void {
  const key = `${call} ${name}`
  const put = () => {
    Object.defineProperty(module, name, { value: compute(), enumerable: false, configurable: true, writable: true })
  }
  const remove = module.registerForwardPreHook(put)
  const all = renewals.get(module) ?? new Map<string, () => void>()
  renewals.set(module, all.set(key, remove))
  put()
}

/** Ends `renewBeforeForward`: the weight as it is becomes a parameter again. */
export function endRenewal(
  call: string,
  module: Module,
  name: string,
  weight: Tensor,
  others: readonly string[],
): void {
  const remove = renewals.get(module)?.get(`${call} ${name}`)
  if (remove === undefined) throw notNormalised(call, name)
  remove()
  renewals.get(module)?.delete(`${call} ${name}`)
  for (const other of [name, ...others]) Reflect.deleteProperty(module, other)
  module.registerParameter(name, new Parameter(weight.detach().clone()))
}

/** Options of `weightNorm`. */
export interface WeightNormOptions {
  /** Which parameter. Default: `"weight"`. */
  name?: string
  /** The dimension along which each slice has a length of its own; null for one length of all. Default: 0. */
  dim?: number | null
}

/** The length of each slice along a dimension, which stay with size 1. */
function lengths(v: Tensor, dim: number | null): Tensor {
  if (dim === null) return v.norm()
  const others = v.shape.map((_, d) => d).filter((d) => d !== dim)
  return v.norm(2, others, { keepdim: true })
}

/**
 * Parts a weight into its lengths and its directions, which are learned apart: `w = g · v / ‖v‖`. The module then has the
 * parameters `weight_g` and `weight_v` in place of `weight`. Returns the module.
 *
 * Source: Salimans and Kingma, "Weight Normalization", 2016.
 *
 * @example nn.utils.weightNorm(new nn.Linear(2, 3)).namedParameters().map(([name]) => name) // ["bias", "weight_g", "weight_v"]
 */
export function weightNorm<M extends Module>(module: M, { name = "weight", dim = 0 }: WeightNormOptions = {}): M {
  const weight = parameterOf("weightNorm", module, name)
  const along = dim === null ? null : normalizeDim("weightNorm", dim, weight.shape)
  const v = new Parameter(weight.detach())
  const g = new Parameter(noGrad(() => lengths(v, along)))
  Reflect.deleteProperty(module, name)
  module.registerParameter(`${name}_g`, g)
  module.registerParameter(`${name}_v`, v)
  renewBeforeForward("weightNorm", module, name, () => v.mul(g.div(lengths(v, along))))
  return module
}

/** Ends `weightNorm`: the weight as it is becomes a parameter again. Returns the module. */
export function removeWeightNorm<M extends Module>(module: M, name = "weight"): M {
  const weight: unknown = Reflect.get(module, name)
  endRenewal("weightNorm", module, name, weight as Tensor, [`${name}_g`, `${name}_v`])
  return module
}
