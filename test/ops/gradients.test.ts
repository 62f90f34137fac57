import { describe, expect, it } from "vitest"
import { enableGrad, grad, gradcheck, type Tensor } from "../../src/index.js"
import { samples } from "./samples.js"

describe("gradients agree with central differences", () => {
  it.each(samples.filter((sample) => sample.differentiable !== false))("$name", ({ inputs, run }) => {
    const made = inputs()
    const leaves = made.map((x) => x.detach().requiresGrad_(x.dtype === "float64" && x.requiresGrad))
    expect(gradcheck((...xs) => run(...xs), leaves)).toBe(true)
  })
})

describe("gradients of gradients agree with central differences", () => {
  it.each(samples.filter((sample) => sample.differentiable !== false))("$name", ({ inputs, run }) => {
    const leaves = inputs().map((x) => x.detach().requiresGrad_(x.dtype === "float64" && x.requiresGrad))
    const variables = leaves.filter((x) => x.requiresGrad)
    const sumOfGradients = (...xs: Tensor[]): Tensor => {
      const own = xs.filter((x) => x.requiresGrad)
      const output = run(...xs)
      // Weighted with the output itself, so that linear operations have second derivatives too.
      const gradients = grad(output.square().sum(), own, { createGraph: true, allowUnused: true })
      return gradients.reduce<Tensor>((sum, g) => (g === null ? sum : sum.add(g.sum())), output.sum().mul(0))
    }
    if (variables.every((x) => x.numel() === 0)) return
    const through = sumOfGradientsUnderGrad(sumOfGradients)
    expect(gradcheck(through, leaves, { atol: 1e-4 })).toBe(true)
  })
})

/** gradcheck evaluates under noGrad; the inner gradient needs recording. */
function sumOfGradientsUnderGrad(run: (...xs: Tensor[]) => Tensor) {
  return (...xs: Tensor[]) => enableGrad(() => run(...xs))
}
