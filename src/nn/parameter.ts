import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"

/**
 * A tensor that a module learns: it requires a gradient, and a module counts it among its parameters even when it is
 * frozen (`requiresGrad = false`).
 *
 * It is another view on the elements of the tensor it is made of; nothing is copied.
 *
 * @example new nn.Parameter(zeros([2])).requiresGrad // true
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, { requiresGrad = true }: { requiresGrad?: boolean } = {}) {
    if (!(data instanceof Tensor)) throw notATensor("Parameter", data)
    super(data.storage, data.offset, data.shape, data.strides, data.count, data.packed)
    this.requiresGrad = requiresGrad
  }
}
