import { expect, it } from "vitest"
import { CellgradError, type Tensor } from "../../src/index.js"
import * as ops from "../../src/ops/index.js"
import { inputsOf, make, run } from "./sample.js"
import { families, samplesOf } from "./samples.js"

/** What people give in the place of a tensor. */
const strangers: readonly unknown[] = [[1, 2], 3, "3", {}, undefined, null]

/** The first sample of every operation that is a function. */
const firsts = Object.values(families)
  .flatMap(samplesOf)
  .filter((sample) => sample.title.endsWith(" 0") && sample.ours === undefined && inputsOf(sample).length > 0)
  .filter((sample) => sample.operation in ops || sample.operation.startsWith("linalg."))

it.each(firsts)("$operation refuses what is no tensor", (sample) => {
  const [, ...others] = inputsOf(sample).map((input) => make(input, "float32", "dense", false))
  const faults: string[] = []
  for (const stranger of strangers) {
    try {
      run(sample.operation, sample, [stranger as Tensor, ...others])
      faults.push(`${String(stranger)}: no error`)
    } catch (error) {
      if (!(error instanceof CellgradError)) faults.push(`${String(stranger)}: ${error}`)
    }
  }
  expect(faults).toEqual([])
})
