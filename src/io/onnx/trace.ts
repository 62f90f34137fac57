import type { Node } from "../../autograd/node.js"
import type { Tensor } from "../../tensor/tensor.js"
import type { Recorded } from "./writing.js"

/** The operations that led to some tensors, in the order in which they ran. */
export function recordedBefore(outputs: readonly Tensor[]): Recorded[] {
  const found = new Map<Node, Recorded>()
  const waiting = [...outputs]
  for (let output = waiting.pop(); output !== undefined; output = waiting.pop()) {
    const { node } = output
    if (node === null || found.has(node)) continue
    found.set(node, { operation: node.operation, inputs: node.inputs, output, detail: node.detail })
    waiting.push(...node.inputs)
  }
  return [...found].sort(([a], [b]) => a.sequence - b.sequence).map(([, recorded]) => recorded)
}
