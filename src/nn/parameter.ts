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
    if (!(data instanceof Tensor)) throw notATensor("Parameter", data, "a tensor")
    super(data.storage, data.offset, data.shape, data.strides, data.count, data.packed)
    this.requiresGrad = requiresGrad
  }
}

/**
 * A tensor that belongs to a module but is not learned, such as a running mean or a mask. Any tensor in a field that
 * requires no gradient is a buffer too; this class is for those that must not be saved with the model.
 *
 * It is another view on the elements of the tensor it is made of; nothing is copied.
 *
 * @example new nn.Buffer(zeros([2]), { persistent: false }).persistent // false
 */
export class Buffer extends Tensor {
  /** Whether `stateDict()` has it. */
  readonly persistent: boolean

  constructor(data: Tensor, { persistent = true }: { persistent?: boolean } = {}) {
    if (!(data instanceof Tensor)) throw notATensor("Buffer", data, "a tensor")
    super(data.storage, data.offset, data.shape, data.strides, data.count, data.packed)
    this.persistent = persistent
  }
}
