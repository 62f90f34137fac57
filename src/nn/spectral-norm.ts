import { noGrad } from "../autograd/mode.js"
import { randn } from "../ops/random.js"
import { normalizeDim } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { normalize } from "./functional/normalization.js"
import { checkSize } from "./linear.js"
import type { Module } from "./module.js"
import { Parameter } from "./parameter.js"
import { endRenewal, parameterOf, renewBeforeForward } from "./weight-norm.js"

/** Options of `spectralNorm`. */
export interface SpectralNormOptions {
  /** Which parameter. Default: `"weight"`. */
  name?: string
  /** How many steps of the power method each forward pass takes while training. Default: 1. */
  nPowerIterations?: number
  /** Keeps lengths away from 0. Default: 1e-12. */
  eps?: number
  /** The dimension of the outputs. Default: 0. */
  dim?: number
}

/**
 * Divides a weight by its largest singular value, so that the layer stretches nothing. The module then has the parameter
 * `weight_orig` in place of `weight`, and the buffers `weight_u` and `weight_v`. Returns the module.
 *
 * Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018.
 *
 * @example Object.keys(nn.utils.spectralNorm(new nn.Linear(2, 3)).stateDict()) // ["bias", "weight_orig", "weight_u", "weight_v"]
 */
export function spectralNorm<M extends Module>(
  module: M,
  { name = "weight", nPowerIterations = 1, eps = 1e-12, dim = 0 }: SpectralNormOptions = {},
): M {
  checkSize("spectralNorm", "nPowerIterations", nPowerIterations)
  const weight = parameterOf("spectralNorm", module, name)
  const first = normalizeDim("spectralNorm", dim, weight.shape)
  const asMatrix = (w: Tensor) => w.movedim(first, 0).reshape([w.size(first), -1]) // [out, …]
  const unit = (x: Tensor) => normalize(x, { dim: 0, eps })
  const [height, width] = asMatrix(weight.detach()).shape as readonly [number, number]
  const dtype = weight.dtype
  const original = new Parameter(weight.detach())
  const u = unit(randn([height], { dtype }))
  const v = unit(randn([width], { dtype }))
  Reflect.deleteProperty(module, name)
  module.registerParameter(`${name}_orig`, original)
  module.registerBuffer(`${name}_u`, u)
  module.registerBuffer(`${name}_v`, v)
  const [left, right] = [module.getBuffer(`${name}_u`), module.getBuffer(`${name}_v`)]

  let isFirst = true // the weight until the first forward pass is the one that was given
  renewBeforeForward("spectralNorm", module, name, () => {
    if (isFirst) {
      isFirst = false
      return original.detach()
    }
    const matrix = asMatrix(original)
    if (module.training) {
      noGrad(() => {
        for (let i = 0; i < nPowerIterations; i++) {
          right.copy_(unit(matrix.mT().matmul(left)))
          left.copy_(unit(matrix.matmul(right)))
        }
      })
    }
    const largest = left.clone().dot(matrix.matmul(right.clone()))
    return original.div(largest)
  })
  return module
}

/** Ends `spectralNorm`: the weight as it is becomes a parameter again. Returns the module. */
export function removeSpectralNorm<M extends Module>(module: M, name = "weight"): M {
  const original = module.getParameter(`${name}_orig`)
  const [u, v] = [module.getBuffer(`${name}_u`), module.getBuffer(`${name}_v`)]
  const weight = noGrad(() => original.div(u.dot(original.reshape([original.size(0), -1]).matmul(v))))
  endRenewal("spectralNorm", module, name, weight, [`${name}_orig`, `${name}_u`, `${name}_v`])
  return module
}
