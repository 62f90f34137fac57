import type { Tensor } from "../tensor/tensor.js"

/** Shortens the gradients of all parameters together to a norm, when they are longer: `g · max / ‖g‖`. */
export function clipGradients(parameters: Iterable<Tensor>, largest: number): void {
  const gradients = [...parameters].flatMap(({ gradient }) => (gradient === null ? [] : [gradient]))
  const squares = gradients.reduce((sum, gradient) => sum + gradient.square().sum().item(), 0)
  const factor = largest / (Math.sqrt(squares) + 1e-6)
  if (factor < 1) for (const gradient of gradients) gradient.mul_(factor)
}
