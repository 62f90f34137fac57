import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/dropout.js"
import { outOfRange } from "./messages.js"
import { ShapeKeeping } from "./shape-keeping.js"

// Dropout as modules: each is one function of functional/dropout.ts, while the module is being trained.

abstract class AnyDropout extends ShapeKeeping {
  constructor(readonly p = 0.5) {
    super()
    if (!(p >= 0 && p <= 1)) throw outOfRange(this.constructor.name, "p", p, "must lie between 0 and 1")
  }

  abstract override forward(x: Tensor): Tensor

  override extraRepr(): string {
    return `p: ${this.p}`
  }
}

/**
 * Drops a random part of its input while training, so that no unit can rely on another; lets all through in `eval()`.
 *
 * Source: Srivastava et al., "Dropout", 2014.
 *
 * @example new nn.Dropout(0.5).eval()(ones([2])) // tensor([1., 1.])
 */
export class Dropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.dropout(x, this.p, { training: this.training })
  }
}

/**
 * Drops whole channels of signals while training.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike.
 *
 * @example new nn.Dropout1d().eval()(ones([1, 1, 2])) // tensor([[[1., 1.]]])
 */
export class Dropout1d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.dropout1d(x, this.p, { training: this.training })
  }
}

/**
 * Drops whole channels of images while training.
 *
 * Shape: input `[N, C, H, W]`; the output is alike.
 *
 * @example new nn.Dropout2d().eval()(ones([1, 1, 1, 2])) // tensor([[[[1., 1.]]]])
 */
export class Dropout2d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.dropout2d(x, this.p, { training: this.training })
  }
}

/**
 * Drops whole channels of volumes while training.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike.
 *
 * @example new nn.Dropout3d().eval()(ones([1, 1, 1, 1, 2])) // tensor([[[[[1., 1.]]]]])
 */
export class Dropout3d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.dropout3d(x, this.p, { training: this.training })
  }
}

/**
 * Dropout for networks with SELU: it keeps mean and variance.
 *
 * Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example new nn.AlphaDropout().eval()(ones([2])) // tensor([1., 1.])
 */
export class AlphaDropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.alphaDropout(x, this.p, { training: this.training })
  }
}

/**
 * `AlphaDropout` of whole channels.
 *
 * Shape: input `[N, C, …]`; the output is alike.
 *
 * @example new nn.FeatureAlphaDropout().eval()(ones([1, 1, 2])) // tensor([[[1., 1.]]])
 */
export class FeatureAlphaDropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return F.featureAlphaDropout(x, this.p, { training: this.training })
  }
}
