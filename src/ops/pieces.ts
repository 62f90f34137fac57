import { isGradEnabled } from "../autograd/mode.js"
import { described, needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { type Tensor, viewOf } from "../tensor/tensor.js"
import { narrow, placed } from "./shape.js"

/**
 * A tensor taken apart along a dimension into views of the given sizes, which add up to its own.
 *
 * On the way back the gradients of all pieces are written into one tensor; one by one, each would be a tensor of zeros with
 * its part filled, and all of them added.
 */
export function pieces(x: Tensor, dim: number, sizes: readonly number[]): Tensor[] {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0))
  const cut = (whole: Tensor, i: number) => narrow(whole, dim, starts[i] as number, sizes[i] as number)
  if (!needsGradient(x) || sizes.length < 2) return sizes.map((_, i) => cut(x, i))

  /** The gradient of the whole while the pieces' come in, and which have. */
  let whole: Tensor | null = null
  let seen: boolean[] = []
  const joint = record("view", viewOf(x, x.shape, x.strides), [x], (dy) => {
    if (dy === whole) {
      for (let i = 0; i < sizes.length; i++) if (seen[i] !== true) currentBackend().fill(cut(dy, i), 0)
      whole = null
    }
    return [dy]
  })
  return sizes.map((_, i) => {
    const piece = cut(x.detach(), i)
    const rule = (dy: Tensor) => {
      if (isGradEnabled()) return [placed(dy, x.shape, (zeros) => cut(zeros, i), "split")]
      // One that does not wait at the joint is left from a pass that was broken off.
      const first = whole === null || joint.node?.pending !== whole
      const target = first ? uninitialized(x.shape, dy.dtype) : (whole as Tensor)
      if (first) {
        whole = target
        seen = []
      }
      seen[i] = true
      currentBackend().copy(dy, cut(target, i))
      return [first ? target : null]
    }
    const start = starts[i] as number
    return described(record("slice", piece, [joint], rule), [dim, start, start + (sizes[i] as number), 1])
  })
}
