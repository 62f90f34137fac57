import { isTensor, type Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"

/** The classes of samples: whole numbers, booleans or texts, in a tensor, an array or a column of a table. */
export type Labels = Tensor | ArrayLike<unknown> | Iterable<unknown>

/** A measured or predicted number for each sample. */
export type Measurements = Tensor | ArrayLike<number> | Iterable<number>

/** A class as we compare it. */
export type Class = number | string

function elements(values: Labels): unknown[] {
  return isTensor(values) ? Array.from(values.toTypedArray()) : Array.from(values as ArrayLike<unknown>)
}

/** The class of each sample. Scores `[N, C]` stand for the class of the highest. */
export function readLabels(call: string, role: string, values: Labels): Class[] {
  if (isTensor(values) && values.ndim === 2 && (values.shape[1] as number) > 1)
    return readLabels(call, role, values.detach().argmax(1))
  if (isTensor(values) && values.ndim > 2)
    throw messages.badShape(call, role, values.shape, "[N], or scores [N, classes]")
  return elements(values).map((value, index) => {
    if (typeof value === "boolean") return Number(value)
    if (typeof value === "string") return value
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value
    throw messages.notAClass(call, role, value, index)
  })
}

/** The classes of the true and the predicted labels of as many samples. */
export function readPairs(call: string, yTrue: Labels, yPred: Labels): [truth: Class[], guess: Class[]] {
  const [truth, guess] = [readLabels(call, "yTrue", yTrue), readLabels(call, "yPred", yPred)]
  checkCounts(call, truth.length, "yPred", guess.length)
  return [truth, guess]
}

/** The numbers of the samples. */
export function readNumbers(call: string, role: string, values: Measurements): number[] {
  return elements(values).map((value, index) => {
    if (typeof value !== "number" || Number.isNaN(value)) throw messages.notANumber(call, role, value, index)
    return value
  })
}

/** Labels as 0 and 1, and a score for each. */
export function readScored(call: string, yTrue: Labels, scores: Measurements): [truth: number[], scores: number[]] {
  const truth = elements(yTrue).map((value, index) => {
    const label = typeof value === "boolean" ? Number(value) : value
    if (label !== 0 && label !== 1) throw messages.notBinary(call, value, index)
    return label
  })
  const numbers = readNumbers(call, "scores", scores)
  checkCounts(call, truth.length, "scores", numbers.length)
  const first = truth[0] as number
  if (truth.every((label) => label === first)) throw messages.oneClassOnly(call, first)
  return [truth, numbers]
}

export function checkCounts(call: string, truth: number, name: string, found: number): void {
  if (truth === 0) throw messages.noSamples(call)
  if (found !== truth) throw messages.countsDiffer(call, truth, name, found)
}
