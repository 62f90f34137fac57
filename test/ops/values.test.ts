import { describe, expect, it } from "vitest"
import type { Tensor } from "../../src/index.js"
import { inputsOf, make, outputsOf, run } from "./sample.js"
import { families, type NamedSample, samples, samplesOf } from "./samples.js"

const all = Object.values(families).flatMap(samplesOf)

describe("recording changes no value", () => {
  const compute = (sample: NamedSample, requiresGrad: boolean): Tensor[] => {
    const tensors = inputsOf(sample).map((input) => make(input, "float32", "dense", requiresGrad))
    return outputsOf(run(sample.operation, sample, tensors)).map((output) => output.detach())
  }

  it.each(all.filter((sample) => sample.operation !== "requiresGrad_"))("$title", (sample) => {
    const plain = compute(sample, false)
    const recorded = compute(sample, true)
    expect(plain.every((output) => !output.requiresGrad)).toBe(true)
    expect(recorded.map((output) => Array.from(output.toTypedArray()))).toEqual(
      plain.map((output) => Array.from(output.toTypedArray())),
    )
  })
})

describe("inputs stay as they are", () => {
  it.each(all)("$title", (sample) => {
    const tensors = inputsOf(sample).map((input) =>
      make(input, "float32", sample.layouts === false ? "dense" : "strided", false),
    )
    const before = tensors.map((x) => Array.from(x.toTypedArray()))
    run(sample.operation, sample, tensors)
    expect(tensors.map((x) => Array.from(x.toTypedArray()))).toEqual(before)
  })
})

it("has samples for every operation that is not tested elsewhere", () => {
  const empty = Object.entries(samples).filter(([, proof]) => Array.isArray(proof) && proof.length === 0)
  expect(empty).toEqual([])
})
