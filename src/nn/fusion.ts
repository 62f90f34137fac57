import { defaultGenerator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { BatchNorm1d, BatchNorm2d, type RunningNorm } from "./batch-norm.js"
import { Conv1d, Conv2d } from "./convolution.js"
import { Linear } from "./linear.js"
import { badFusion } from "./messages.js"
import { Parameter } from "./parameter.js"

// Layers that do one after the other what one of them can do alone, once a model is trained.

/** What a normalisation in `eval()` multiplies by and adds. */
function scaleAndShift(norm: RunningNorm): { scale: Tensor; mean: Tensor; bias: Tensor | null } {
  const { runningMean, runningVar, weight, bias, eps } = norm
  const perDeviation = (runningVar as Tensor).add(eps).rsqrt()
  return { scale: weight === null ? perDeviation : weight.mul(perDeviation), mean: runningMean as Tensor, bias }
}

/** Weight and bias of the layer before, with the normalisation in them; each row of the weight makes one feature. */
function fused(weight: Tensor, bias: Tensor | null, norm: RunningNorm): [weight: Parameter, bias: Parameter] {
  const { scale, mean, bias: shift } = scaleAndShift(norm)
  const rows = scale.reshape([-1, ...new Array<number>(weight.ndim - 1).fill(1)])
  const moved = (bias === null ? mean.neg() : bias.sub(mean)).mul(scale)
  return [
    new Parameter(weight.mul(rows).detach(), { requiresGrad: weight.requiresGrad }),
    new Parameter((shift === null ? moved : moved.add(shift)).detach(), {
      requiresGrad: bias?.requiresGrad ?? weight.requiresGrad,
    }),
  ]
}

/** A new layer; what making it drew from the random stream is put back. */
function undrawn<L>(make: () => L): L {
  const state = defaultGenerator.getState()
  const layer = make()
  defaultGenerator.setState(state)
  return layer
}

function check(call: string, layer: { training: boolean }, norm: RunningNorm, features: number): void {
  if (layer.training || norm.training) throw badFusion(call, "both must be in eval(): in training the batch decides")
  if (norm.runningMean === null) throw badFusion(call, "the normalisation must track running statistics")
  if (norm.numFeatures !== features)
    throw badFusion(call, `the layer makes ${features} features, the normalisation takes ${norm.numFeatures}`)
}

/**
 * A convolution that does what a convolution and the batch normalisation after it do in `eval()`, in one pass.
 *
 * Formula: `W′ = W · γ / √(variance + eps)`, `b′ = (b - mean) · γ / √(variance + eps) + β`.
 *
 * Errors: layers that are not in `eval()`, other numbers of channels.
 *
 * @example nn.utils.fuseConvBnEval(new nn.Conv2d(1, 4, 3).eval(), new nn.BatchNorm2d(4).eval())(zeros([1, 1, 5, 5])).shape // [1, 4, 3, 3]
 */
export function fuseConvBnEval<C extends Conv1d | Conv2d>(conv: C, norm: BatchNorm1d | BatchNorm2d): C {
  const isPair =
    (conv instanceof Conv1d && norm instanceof BatchNorm1d) || (conv instanceof Conv2d && norm instanceof BatchNorm2d)
  if (!isPair) throw badFusion("fuseConvBnEval", "it takes a Conv1d and a BatchNorm1d, or a Conv2d and a BatchNorm2d")
  check("fuseConvBnEval", conv, norm, conv.outChannels)
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode } = conv
  const options = { stride, padding, dilation, groups, paddingMode, bias: true }
  const Layer = conv.constructor as new (from: number, to: number, kernel: unknown, options: object) => C
  const copy = undrawn(() => new Layer(inChannels, outChannels, kernelSize, options))
  const [weight, bias] = fused(conv.weight, conv.bias, norm)
  return Object.assign(copy, { weight, bias }).eval() as C
}

/**
 * A linear layer that does what a linear layer and the batch normalisation after it do in `eval()`, in one pass.
 *
 * Formula: `W′ = W · γ / √(variance + eps)`, `b′ = (b - mean) · γ / √(variance + eps) + β`.
 *
 * Errors: layers that are not in `eval()`, other numbers of features.
 *
 * @example nn.utils.fuseLinearBnEval(new nn.Linear(3, 4).eval(), new nn.BatchNorm1d(4).eval())(zeros([1, 3])).shape // [1, 4]
 */
export function fuseLinearBnEval<In extends number, Out extends number>(
  linear: Linear<In, Out>,
  norm: BatchNorm1d,
): Linear<In, Out> {
  if (!(linear instanceof Linear) || !(norm instanceof BatchNorm1d))
    throw badFusion("fuseLinearBnEval", "it takes a Linear and a BatchNorm1d")
  check("fuseLinearBnEval", linear, norm, linear.outFeatures)
  const copy = undrawn(() => new Linear(linear.inFeatures, linear.outFeatures))
  const [weight, bias] = fused(linear.weight, linear.bias, norm)
  return Object.assign(copy, { weight, bias }).eval() as Linear<In, Out>
}
