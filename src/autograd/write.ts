import { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import { isGradEnabled } from "./mode.js"
import { type GradientRule, Node } from "./node.js"

/**
 * Refuses a write in place to a tensor whose values the tape needs: a leaf (inside `noGrad` it may be written to), and a
 * view of something recorded. Counts the write, so that a backward pass notices when a tensor it saved has changed.
 */
export function assertWritable(name: string, x: Tensor): void {
  if (x.requiresGrad && isGradEnabled()) {
    if (x.node === null) throw messages.inPlaceOnLeaf(name)
    if (!fillsStorage(x)) throw messages.inPlaceOnView(name)
  }
  x.storage.version++
}

/** Whether a write of `value` into `x` must be recorded. */
export function needsRecord(x: Tensor, value: Tensor | null): boolean {
  return isGradEnabled() && (x.node !== null || value?.requiresGrad === true)
}

/**
 * Writes a write in place on the tape: from here on the tensor counts as computed by it. What used the tensor before
 * still sees the operation before (`nodeAt`).
 *
 * @param rule the gradients of what the tensor was before, and of the value
 */
export function recordWrite(
  name: string,
  x: Tensor,
  value: Tensor | null,
  rule: GradientRule,
  saved: readonly Tensor[] = [],
): void {
  if (!fillsStorage(x)) throw messages.inPlaceOnView(name)
  const before = new Tensor(x.storage, x.offset, x.shape, x.strides, x.count, x.packed)
  before.node = x.node
  const node = new Node(name, value === null ? [before] : [before, value === x ? before : value], rule, saved, [])
  node.previous = x.node
  x.node = node
  if (x.storage.writes === null) x.storage.writes = []
  x.storage.writes.push(node.sequence)
}

/** Whether a tensor is all there is of its storage. */
function fillsStorage(x: Tensor): boolean {
  return x.packed && x.count === x.storage.length
}
