import { noGrad } from "../autograd/mode.js"
import { zeros } from "../ops/creation.js"
import { cat, stack } from "../ops/join.js"
import { badNumber, notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { notParameters, vectorLength } from "./messages.js"
import { Module } from "./module.js"

export { fuseConvBnEval, fuseLinearBnEval } from "./fusion.js"
export { removeSpectralNorm, type SpectralNormOptions, spectralNorm } from "./spectral-norm.js"
export { removeWeightNorm, type WeightNormOptions, weightNorm } from "./weight-norm.js"

// PyTorch's `torch.nn.utils`: what one does to the parameters of a model as a whole.

/** The tensors among what a user gave as parameters. */
function parameterList(call: string, params: Tensor | Iterable<Tensor>): Tensor[] {
  if (params instanceof Tensor) return [params]
  const value: unknown = params
  if (value instanceof Module || typeof value !== "object" || value === null || !(Symbol.iterator in value))
    throw notParameters(call, value)
  const list = [...params]
  for (const x of list) if (!(x instanceof Tensor)) throw notATensor(call, x, "parameters that are tensors")
  return list
}

/** The gradients that there are, as the library sees them: their memory stays its own. */
function gradientList(params: readonly Tensor[]): Tensor[] {
  return params.flatMap((parameter) => (parameter.gradient === null ? [] : [parameter.gradient]))
}

/** Options of `clipGradNorm_` and `getTotalNorm`. */
export interface TotalNormOptions {
  /** The power of the norm. Default: 2. */
  normType?: number
  /** Whether a norm that is infinite or NaN is an error. Default: false. */
  errorIfNonfinite?: boolean
}

/**
 * The norm of all tensors together, as if they were one long vector.
 *
 * @example nn.utils.getTotalNorm([tensor([3]), tensor([4])]) // tensor(5.)
 */
export function getTotalNorm(
  tensors: Iterable<Tensor>,
  { normType = 2, errorIfNonfinite = false }: TotalNormOptions = {},
): Tensor {
  if (!(normType > 0)) throw badNumber("getTotalNorm", "normType", normType, "above 0")
  const list = parameterList("getTotalNorm", tensors)
  if (list.length === 0) return zeros([])
  const total = noGrad(() => stack(list.map((x) => x.detach().norm(normType))).norm(normType))
  if (errorIfNonfinite && !Number.isFinite(total.item()))
    throw badNumber("getTotalNorm", "the norm", total.item(), "finite; an element is infinite or NaN")
  return total
}

/**
 * Shortens the gradients of all parameters together to a norm of at most `maxNorm`, in place; returns the norm that they
 * had.
 *
 * Formula: `g ← g · min(1, maxNorm / (‖g‖ + 1e-6))`. Between `loss.backward()` and `optimizer.step()`.
 *
 * Errors: a module instead of parameters, a `maxNorm` that is negative.
 *
 * Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
 *
 * @example const w = tensor([3, 4], { requiresGrad: true }); w.square().sum().backward(); nn.utils.clipGradNorm_([w], 5).item(); w.grad // tensor([3.0000, 4.0000])
 */
export function clipGradNorm_(
  params: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: TotalNormOptions = {},
): Tensor {
  if (typeof maxNorm !== "number" || !(maxNorm >= 0))
    throw badNumber("clipGradNorm_", "maxNorm", maxNorm, "a number of at least 0")
  const gradients = gradientList(parameterList("clipGradNorm_", params))
  const total = getTotalNorm(gradients, options)
  scale(gradients, maxNorm, total)
  return total
}

/** Shortens gradients of a known norm to at most `maxNorm`. */
function scale(gradients: readonly Tensor[], maxNorm: number, total: Tensor): void {
  const factor = maxNorm / (total.item() + 1e-6)
  if (!(factor >= 1)) noGrad(() => gradients.forEach((gradient) => void gradient.mul_(factor)))
}

/**
 * Shortens the gradients as `clipGradNorm_` does, where their norm is known already.
 *
 * @example const w = tensor([3, 4], { requiresGrad: true }); w.square().sum().backward(); nn.utils.clipGradsWithNorm_([w], 5, tensor(10)); w.grad // tensor([3.0000, 4.0000])
 */
export function clipGradsWithNorm_(params: Tensor | Iterable<Tensor>, maxNorm: number, totalNorm: Tensor): void {
  if (typeof maxNorm !== "number" || !(maxNorm >= 0))
    throw badNumber("clipGradsWithNorm_", "maxNorm", maxNorm, "a number of at least 0")
  if (!(totalNorm instanceof Tensor)) throw notATensor("clipGradsWithNorm_", totalNorm, "the norm as a tensor")
  scale(gradientList(parameterList("clipGradsWithNorm_", params)), maxNorm, totalNorm)
}

/**
 * Cuts each element of the gradients off at `±clipValue`, in place.
 *
 * @example const w = tensor([3, -4], { requiresGrad: true }); w.square().sum().backward(); nn.utils.clipGradValue_([w], 7); w.grad // tensor([ 6., -7.])
 */
export function clipGradValue_(params: Tensor | Iterable<Tensor>, clipValue: number): void {
  if (typeof clipValue !== "number" || !(clipValue >= 0))
    throw badNumber("clipGradValue_", "clipValue", clipValue, "a number of at least 0")
  const gradients = gradientList(parameterList("clipGradValue_", params))
  noGrad(() => gradients.forEach((gradient) => void gradient.copy_(gradient.clamp(-clipValue, clipValue))))
}

/**
 * All parameters one after the other in one vector.
 *
 * @example nn.utils.parametersToVector([tensor([[1, 2]]), tensor([3])]) // tensor([1., 2., 3.])
 */
export function parametersToVector(params: Iterable<Tensor>): Tensor {
  return cat(parameterList("parametersToVector", params).map((x) => x.reshape([-1])))
}

/**
 * Writes a vector into parameters, one after the other.
 *
 * Errors: a vector that has not as many elements as the parameters together.
 *
 * @example const w = zeros([1, 2]); nn.utils.vectorToParameters(tensor([1, 2]), [w]); w // tensor([[1., 2.]])
 */
export function vectorToParameters(vector: Tensor, params: Iterable<Tensor>): void {
  if (!(vector instanceof Tensor)) throw notATensor("vectorToParameters", vector, "a vector")
  if (vector.ndim !== 1) throw wrongRank("vectorToParameters", vector.shape, "a vector")
  const list = parameterList("vectorToParameters", params)
  const wanted = list.reduce((sum, x) => sum + x.count, 0)
  if (wanted !== vector.count) throw vectorLength(vector.count, wanted)
  let start = 0
  noGrad(() => {
    for (const x of list) {
      x.copy_(vector.narrow(0, start, x.count).reshape(x.shape))
      start += x.count
    }
  })
}

/**
 * How many numbers a model learns.
 *
 * @param options `trainableOnly` leaves out the parameters that are frozen
 * @example nn.utils.countParameters(new nn.Linear(10, 64)) // 704
 */
export function countParameters(
  model: Module | Iterable<Tensor>,
  { trainableOnly = false }: { trainableOnly?: boolean } = {},
): number {
  const params = model instanceof Module ? model.parameters() : parameterList("countParameters", model)
  return params.reduce((sum, x) => sum + (trainableOnly && !x.requiresGrad ? 0 : x.count), 0)
}
