import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import { isGradEnabled } from "./mode.js"

/**
 * Refuses a write in place to a tensor whose values the tape may need; inside `noGrad` a leaf may be written to. Counts
 * the write, so that a backward pass notices when a tensor it saved has changed.
 */
export function assertWritable(name: string, x: Tensor): void {
  if (x.requiresGrad && isGradEnabled()) throw messages.inPlaceOnRecorded(name, x.node === null)
  x.storage.version++
}
