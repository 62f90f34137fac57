import type { AdamOptions, ArrayView, RmspropOptions, SgdOptions } from "./backend.js"
import { kernels, maxTensors, optionSlots, slotsPerTensor } from "./descriptor.js"
import type { NativeCall } from "./native-call.js"

// Optimizer steps, up to maxTensors parameters a call. Each function returns false, having done nothing, if it does not
// take the parameters' dtype.

/** An optimizer's lists hold one dtype throughout. */
function allFloats(params: ArrayView[]): boolean {
  return params[0]?.dtype === "float32"
}

/** Runs a step on up to maxTensors parameters from `first` on; a list of buffers that is not used may be empty. */
function run(call: NativeCall, kernel: number, first: number, params: ArrayView[], ...buffers: ArrayView[][]): void {
  const numbers = call.numbers
  const count = Math.min(params.length - first, maxTensors)
  call.ints[0] = kernel
  call.ints[1] = count
  for (let i = 0; i < count; i++) {
    const slot = optionSlots + i * slotsPerTensor
    const parameter = params[first + i] as ArrayView
    numbers[slot] = parameter.count
    numbers[slot + 1] = call.addressOf4(parameter)
    for (let k = 0; k < buffers.length; k++) {
      const view = buffers[k]?.[first + i]
      numbers[slot + 2 + k] = view === undefined ? 0 : call.addressOf4(view)
    }
  }
  call.run()
}

/** PyTorch's Adam and AdamW. */
export function adamStep(
  call: NativeCall,
  params: ArrayView[],
  grads: ArrayView[],
  m: ArrayView[],
  v: ArrayView[],
  options: AdamOptions,
): boolean {
  if (!allFloats(params)) return false
  const { lr, beta1, beta2, eps, weightDecay, decoupled, step } = options
  const numbers = call.numbers
  for (let first = 0; first < params.length; first += maxTensors) {
    numbers[0] = lr / (1 - beta1 ** step)
    numbers[1] = beta1
    numbers[2] = beta2
    numbers[3] = eps
    numbers[4] = decoupled ? 0 : weightDecay
    numbers[5] = Math.sqrt(1 - beta2 ** step)
    numbers[6] = decoupled ? 1 - lr * weightDecay : 1
    run(call, kernels.adam, first, params, grads, m, v)
  }
  return true
}

/** PyTorch's SGD. */
export function sgdStep(
  call: NativeCall,
  params: ArrayView[],
  grads: ArrayView[],
  momenta: ArrayView[],
  options: SgdOptions,
): boolean {
  if (!allFloats(params)) return false
  const { lr, momentum, dampening, weightDecay, nesterov, first: isFirst } = options
  const numbers = call.numbers
  for (let first = 0; first < params.length; first += maxTensors) {
    numbers[0] = lr
    numbers[1] = momentum
    numbers[2] = 1 - dampening
    numbers[3] = weightDecay
    numbers[4] = nesterov ? 1 : 0
    numbers[5] = isFirst ? 1 : 0
    run(call, kernels.sgd, first, params, grads, momenta)
  }
  return true
}

/** PyTorch's RMSprop. */
export function rmspropStep(
  call: NativeCall,
  params: ArrayView[],
  grads: ArrayView[],
  squares: ArrayView[],
  momenta: ArrayView[],
  means: ArrayView[],
  options: RmspropOptions,
): boolean {
  if (!allFloats(params)) return false
  const { lr, alpha, eps, weightDecay, momentum, centered } = options
  const numbers = call.numbers
  for (let first = 0; first < params.length; first += maxTensors) {
    numbers[0] = lr
    numbers[1] = alpha
    numbers[2] = eps
    numbers[3] = weightDecay
    numbers[4] = momentum
    numbers[5] = centered ? 1 : 0
    run(call, kernels.rmsprop, first, params, grads, squares, momenta, means)
  }
  return true
}
