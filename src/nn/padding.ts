import { type PaddingMode, pad } from "../ops/pad.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { paddingSizes } from "./messages.js"
import { Module } from "./module.js"

// Layers that put something around their input. Sizes are one number for all sides, or one for each:
// `[left, right]`, `[left, right, top, bottom]`, `[left, right, top, bottom, front, back]`. Negative ones cut off.

/** One number for all sides, or one for each side. */
export type PaddingSizes = number | readonly number[]

abstract class Padding extends Module {
  /** What is put on each side: `[left, right, …]`. */
  readonly padding: readonly number[]

  constructor(padding: PaddingSizes) {
    super()
    const sides = this.countSides()
    const list = typeof padding === "number" ? new Array<number>(sides).fill(padding) : padding
    if (!Array.isArray(list) || list.length !== sides || !list.every((size) => Number.isInteger(size)))
      throw paddingSizes(this.constructor.name, padding, sides)
    this.padding = list
  }

  /** How many dimensions are padded. */
  protected abstract get spatial(): 1 | 2 | 3

  private countSides(): number {
    return 2 * this.spatial
  }

  protected abstract get mode(): PaddingMode

  /** What constant padding holds. */
  protected get fill(): number {
    return 0
  }

  forward(x: Tensor): Tensor {
    const name = this.constructor.name
    if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
    const sizes = ["L", "H, W", "D, H, W"][this.spatial - 1]
    if (x.ndim !== this.spatial + 1 && x.ndim !== this.spatial + 2)
      throw wrongRank(name, x.shape, `[N, C, ${sizes}] or [C, ${sizes}]`)
    return this.mode === "constant"
      ? pad(x, this.padding, { value: this.fill })
      : pad(x, this.padding, { mode: this.mode })
  }

  override extraRepr(): string {
    return this.padding.join(", ")
  }
}

abstract class ConstantPadding extends Padding {
  protected get mode(): PaddingMode {
    return "constant"
  }
}

abstract class ValuePadding extends ConstantPadding {
  constructor(
    padding: PaddingSizes,
    readonly value: number,
  ) {
    super(padding)
  }

  protected override get fill(): number {
    return this.value
  }

  override extraRepr(): string {
    return `${super.extraRepr()}, value: ${this.value}`
  }
}

abstract class Reflection extends Padding {
  protected get mode(): PaddingMode {
    return "reflect"
  }
}

abstract class Replication extends Padding {
  protected get mode(): PaddingMode {
    return "replicate"
  }
}

abstract class Circular extends Padding {
  protected get mode(): PaddingMode {
    return "circular"
  }
}

/**
 * Puts one number around a signal.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike, but larger.
 *
 * @example new nn.ConstantPad1d([1, 2], 9)(tensor([[1, 2]])) // tensor([[9., 1., 2., 9., 9.]])
 */
export class ConstantPad1d extends ValuePadding {
  protected get spatial() {
    return 1 as const
  }
}

/**
 * Puts one number around a image.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ConstantPad2d(1, 9)(zeros([1, 1, 3, 3])).shape // [1, 1, 5, 5]
 */
export class ConstantPad2d extends ValuePadding {
  protected get spatial() {
    return 2 as const
  }
}

/**
 * Puts one number around a volume.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ConstantPad3d(1, 9)(zeros([1, 1, 3, 3, 3])).shape // [1, 1, 5, 5, 5]
 */
export class ConstantPad3d extends ValuePadding {
  protected get spatial() {
    return 3 as const
  }
}

/**
 * Puts zeros around a signal.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike, but larger.
 *
 * @example new nn.ZeroPad1d(1)(tensor([[1, 2]])) // tensor([[0., 1., 2., 0.]])
 */
export class ZeroPad1d extends ConstantPadding {
  protected get spatial() {
    return 1 as const
  }
}

/**
 * Puts zeros around a image.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ZeroPad2d(1)(zeros([1, 1, 3, 3])).shape // [1, 1, 5, 5]
 */
export class ZeroPad2d extends ConstantPadding {
  protected get spatial() {
    return 2 as const
  }
}

/**
 * Puts zeros around a volume.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ZeroPad3d(1)(zeros([1, 1, 3, 3, 3])).shape // [1, 1, 5, 5, 5]
 */
export class ZeroPad3d extends ConstantPadding {
  protected get spatial() {
    return 3 as const
  }
}

/**
 * Puts around a signal its own elements as a mirror at its edge shows them.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike, but larger.
 *
 * @example new nn.ReflectionPad1d(1)(tensor([[1, 2, 3]])) // tensor([[2., 1., 2., 3., 2.]])
 */
export class ReflectionPad1d extends Reflection {
  protected get spatial() {
    return 1 as const
  }
}

/**
 * Puts around a image its own elements as a mirror at its edge shows them.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ReflectionPad2d(1)(zeros([1, 1, 3, 3])).shape // [1, 1, 5, 5]
 */
export class ReflectionPad2d extends Reflection {
  protected get spatial() {
    return 2 as const
  }
}

/**
 * Puts around a volume its own elements as a mirror at its edge shows them.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ReflectionPad3d(1)(zeros([1, 1, 3, 3, 3])).shape // [1, 1, 5, 5, 5]
 */
export class ReflectionPad3d extends Reflection {
  protected get spatial() {
    return 3 as const
  }
}

/**
 * Puts around a signal the elements at its edge.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike, but larger.
 *
 * @example new nn.ReplicationPad1d(1)(tensor([[1, 2, 3]])) // tensor([[1., 1., 2., 3., 3.]])
 */
export class ReplicationPad1d extends Replication {
  protected get spatial() {
    return 1 as const
  }
}

/**
 * Puts around a image the elements at its edge.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ReplicationPad2d(1)(zeros([1, 1, 3, 3])).shape // [1, 1, 5, 5]
 */
export class ReplicationPad2d extends Replication {
  protected get spatial() {
    return 2 as const
  }
}

/**
 * Puts around a volume the elements at its edge.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike, but larger.
 *
 * @example new nn.ReplicationPad3d(1)(zeros([1, 1, 3, 3, 3])).shape // [1, 1, 5, 5, 5]
 */
export class ReplicationPad3d extends Replication {
  protected get spatial() {
    return 3 as const
  }
}

/**
 * Puts around a signal its elements from the other side, as if it went round.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike, but larger.
 *
 * @example new nn.CircularPad1d(1)(tensor([[1, 2, 3]])) // tensor([[3., 1., 2., 3., 1.]])
 */
export class CircularPad1d extends Circular {
  protected get spatial() {
    return 1 as const
  }
}

/**
 * Puts around a image its elements from the other side, as if it went round.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`; the output is alike, but larger.
 *
 * @example new nn.CircularPad2d(1)(zeros([1, 1, 3, 3])).shape // [1, 1, 5, 5]
 */
export class CircularPad2d extends Circular {
  protected get spatial() {
    return 2 as const
  }
}

/**
 * Puts around a volume its elements from the other side, as if it went round.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike, but larger.
 *
 * @example new nn.CircularPad3d(1)(zeros([1, 1, 3, 3, 3])).shape // [1, 1, 5, 5, 5]
 */
export class CircularPad3d extends Circular {
  protected get spatial() {
    return 3 as const
  }
}
