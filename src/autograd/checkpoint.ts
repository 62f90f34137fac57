import { defaultGenerator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import { grad } from "./engine.js"
import { enableGrad, isGradEnabled } from "./mode.js"
import { type Node, record } from "./node.js"

/**
 * Computes a function without keeping what its backward pass needs; the backward pass computes the function again. It
 * saves memory for time: wrap the blocks of a deep network. The parameters that the function uses get their gradients,
 * and the random numbers it draws are drawn again.
 *
 * @example checkpoint((x) => x.mul(2).exp(), tensor([0], { requiresGrad: true })).sum() // tensor(1., gradFn=sum)
 */
export function checkpoint(run: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  if (!isGradEnabled()) return run(...inputs)
  const random = defaultGenerator.getState()
  // Recorded once to find the parameters; this tape is let go of at once.
  const own = inputs.map(asLeaf)
  const first = run(...own)
  const out = first.detach()
  const parameters = leavesOf(first).filter((leaf) => !own.includes(leaf))
  const used = [...inputs, ...parameters]
  if (!used.some((x) => x.requiresGrad)) return out

  const rule = (dy: Tensor) => {
    const now = defaultGenerator.getState()
    defaultGenerator.setState(random)
    try {
      // While the backward pass is itself recorded, through the inputs as they are; else through copies without a past.
      const createGraph = isGradEnabled()
      const again = createGraph ? inputs : inputs.map(asLeaf)
      const output = enableGrad(() => run(...again))
      const sources = [...again, ...parameters]
      const wanted = sources.filter((x) => x.requiresGrad)
      const gradients = grad(output, wanted, { gradOutputs: [dy], createGraph, allowUnused: true })
      return sources.map((x) => (x.requiresGrad ? (gradients[wanted.indexOf(x)] ?? null) : null))
    } finally {
      defaultGenerator.setState(now)
    }
  }
  return record("checkpoint", out, used, rule)
}

function asLeaf(x: Tensor): Tensor {
  const leaf = x.detach()
  if (x.requiresGrad) leaf.requiresGrad = true
  return leaf
}

/** The leaves that a tensor was computed from. */
function leavesOf(x: Tensor): Tensor[] {
  const leaves = new Set<Tensor>()
  const seen = new Set<Node>()
  const waiting: Tensor[] = [x]
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    const { node } = tensor
    if (node === null) {
      if (tensor.isVariable) leaves.add(tensor)
    } else if (!seen.has(node)) {
      seen.add(node)
      waiting.push(...node.inputs)
    }
  }
  return [...leaves]
}
