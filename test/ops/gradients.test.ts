import { describe, expect, it } from "vitest"
import { cat, gradcheck, gradgradcheck, type Tensor } from "../../src/index.js"
import { inputsOf, layouts, make, outputsOf, run } from "./sample.js"
import { families, type NamedSample, samplesOf } from "./samples.js"

const samples = Object.values(families)
  .flatMap(samplesOf)
  .filter((sample) => sample.gradcheck !== false && inputsOf(sample).some((input) => input.variable))

/** The fractions that the call returns. */
function fractions(sample: NamedSample, tensors: readonly Tensor[]): Tensor[] {
  return outputsOf(run(sample.operation, sample, tensors)).filter((output) => output.dtype === "float64")
}

/** The same in one vector, as gradcheck takes it. */
const joined =
  (sample: NamedSample) =>
  (...tensors: Tensor[]) =>
    cat(fractions(sample, tensors).map((output) => output.reshape(-1)))

const differentiable = samples.filter((sample) =>
  fractions(
    sample,
    inputsOf(sample).map((input) => make(input, "float64", "dense", true)),
  ).some((x) => x.requiresGrad),
)

it("finds something to differentiate for all but the operations that have no gradient", () => {
  const names = (list: readonly NamedSample[]) => new Set(list.map((sample) => sample.operation))
  const without = [...names(samples)].filter((name) => !names(differentiable).has(name))
  expect(without.sort()).toMatchSnapshot()
})

describe.each(layouts)("gradients agree with central differences, %s", (layout) => {
  it.each(differentiable.filter((sample) => layout === "dense" || sample.layouts !== false))("$title", (sample) => {
    const leaves = inputsOf(sample).map((input) => make(input, "float64", layout, true))
    expect(gradcheck(joined(sample), leaves)).toBe(true)
  })
})

describe("gradients of gradients agree with central differences", () => {
  it.each(differentiable)("$title", (sample) => {
    const leaves = inputsOf(sample).map((input) => make(input, "float64", "dense", true))
    expect(gradgradcheck(joined(sample), leaves)).toBe(true)
  })
})
