import type { Node } from "../../autograd/node.js"
import { originOf } from "../../autograd/origins.js"
import { isTensor, type Tensor } from "../../tensor/tensor.js"
import type { Recorded } from "./writing.js"

/** The operations that led to some tensors, in the order in which they ran; those without a gradient among them. */
export function recordedBefore(outputs: readonly Tensor[]): Recorded[] {
  const found = new Map<Node, Recorded>()
  const waiting = [...outputs]
  for (let output = waiting.pop(); output !== undefined; output = waiting.pop()) {
    const node = originOf(output)
    if (node === null || found.has(node)) continue
    const { operation, inputs, detail, sequence } = node
    found.set(node, { operation, inputs, output, detail, sequence })
    waiting.push(...inputs, ...tensorsIn(detail))
  }
  return [...found.values()].sort((a, b) => a.sequence - b.sequence)
}

/** The tensors beside the inputs: a condition, positions, a mask. */
function tensorsIn(detail: unknown): Tensor[] {
  if (isTensor(detail)) return [detail]
  return typeof detail === "object" && detail !== null ? Object.values(detail).filter(isTensor) : []
}
