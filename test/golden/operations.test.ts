import { describe, expect, test } from "vitest"
import { grad, type Tensor, tensor } from "../../src/index.js"
import { inputsOf, layouts, make, outputsOf, pythonCall, run } from "../ops/sample.js"
import { families, type NamedSample, samplesOf } from "../ops/samples.js"
import { expectNear, golden, type Numbers } from "./support.js"

interface Gold {
  readonly outputs: readonly { readonly dtype: string; readonly shape: readonly number[]; readonly values: Numbers }[]
  readonly gradients: readonly (Numbers | null)[]
}
type Golds = Record<string, Record<"float32" | "float64", Gold>>

const dtypes = ["float32", "float64"] as const
const tolerances = {
  float32: { relative: 1e-5, absolute: 1e-7 },
  float64: { relative: 1e-10, absolute: 1e-13 },
}

for (const [family, proofs] of Object.entries(families)) {
  const samples = samplesOf(proofs)
  if (samples.length === 0) continue

  describe(`${family}: values and gradients are PyTorch's`, () => {
    test("the samples are those that PyTorch was given", async () => {
      const written = Object.fromEntries(samples.map((sample) => [sample.title, describeForPython(sample)]))
      const lines = Object.entries(written).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      await expect(`{\n${lines.join(",\n")}\n}\n`).toMatchFileSnapshot(`samples/${family}.json`)
    })

    test.each(samples)("$title", (sample) => {
      const gold = goldsOf(family)[sample.title]
      if (gold === undefined) throw new Error(`No golden data: run scripts/golden for operations-${family}`)
      for (const dtype of dtypes) {
        for (const layout of sample.layouts === false ? layouts.slice(0, 1) : layouts) {
          const inputs = inputsOf(sample)
          const tensors = inputs.map((input) => make(input, dtype, layout, true))
          const outputs = outputsOf(run(sample.operation, sample, tensors))
          const wanted = gold[dtype]
          const tolerance = (x: Tensor) =>
            x.dtype === "float64"
              ? { ...tolerances.float64, ...sample.float64 }
              : { ...tolerances.float32, ...sample.float32 }
          expect(
            outputs.map((output) => [output.dtype, output.shape]),
            dtype,
          ).toEqual(wanted.outputs.map((output) => [ourDType(output.dtype), output.shape]))
          outputs.forEach((output, i) => {
            expectNear(output.detach(), (wanted.outputs[i] as Gold["outputs"][number]).values, tolerance(output))
          })
          const variables = tensors.filter((_, i) => inputs[i]?.variable)
          gradientsOf(outputs, variables).forEach((gradient, i) => {
            const theirs = wanted.gradients[i] ?? null
            // A gradient that PyTorch leaves out is one of zeros.
            if (gradient !== null || theirs !== null) {
              const variable = variables[i] as Tensor
              expectNear(gradient ?? variable.detach().mul(0), theirs ?? zerosOf(variable), tolerance(variable))
            }
          })
        }
      }
    })
  })
}

const read = new Map<string, Golds>()

/** The golden data of a family, read when first needed: its samples can be written before PyTorch has seen them. */
function goldsOf(family: string): Golds {
  const golds = read.get(family) ?? golden<Golds>(`operations-${family}`)
  read.set(family, golds)
  return golds
}

/** A sample as Python reads it. */
function describeForPython(sample: NamedSample) {
  const inputs = inputsOf(sample).map(({ shape, values, dtype, constant }) => ({
    shape,
    values: values.map((value) => (Number.isFinite(value) && !Object.is(value, -0) ? value : spelled(value))),
    dtype,
    constant,
  }))
  return { call: pythonCall(sample.operation, sample), inputs }
}

/** A number that JSON has no word for. */
function spelled(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value)
}

/** Gradients of the crooked sum of the outputs that scripts/golden/support.py takes. */
function gradientsOf(outputs: readonly Tensor[], variables: readonly Tensor[]): (Tensor | null)[] {
  const recorded = outputs.filter((output) => output.requiresGrad)
  if (recorded.length === 0) return variables.map(() => null)
  const gradOutputs = recorded.map(({ shape, dtype, count }) => {
    const steps = Array.from({ length: count }, (_, i) => (count === 1 ? -1 : -1 + (3 * i) / (count - 1)))
    return tensor(steps, { dtype }).reshape(shape)
  })
  return grad(recorded, variables, { gradOutputs, allowUnused: true })
}

function zerosOf(x: Tensor): Numbers {
  return Array.from({ length: x.numel() }, () => 0)
}

/** Our name of a PyTorch dtype: integers are int32. */
function ourDType(torch: string): string {
  return torch === "int64" ? "int32" : torch
}
