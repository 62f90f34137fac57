import { Table } from "../data/table.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { type ConfusionOptions, countPairs } from "./confusion.js"
import { type Class, type Labels, readLabels, readPairs } from "./inputs.js"
import { badOption, badShape } from "./messages.js"

/**
 * The share of samples whose class was predicted.
 *
 * `accuracy = right / N`
 *
 * @param yTrue the true classes `[N]`
 * @param yPred the predicted classes `[N]`, or scores `[N, classes]`, of which the highest counts
 * @example metrics.accuracy([0, 1, 1, 2], [0, 1, 2, 2]) // 0.75
 */
export function accuracy(yTrue: Labels, yPred: Labels): number {
  const [truth, guess] = readPairs("accuracy", yTrue, yPred)
  return truth.filter((label, i) => label === guess[i]).length / truth.length
}

/**
 * The share of samples whose class is among the `k` with the highest scores.
 *
 * @param scores `[N, classes]`
 * @example metrics.topKAccuracy([2, 0], tensor([[0.1, 0.5, 0.4], [0.2, 0.3, 0.5]]), 2) // 0.5
 */
export function topKAccuracy(yTrue: Labels, scores: Tensor, k = 5): number {
  const call = "topKAccuracy"
  if (!isTensor(scores) || scores.ndim !== 2)
    throw badShape(call, "scores", isTensor(scores) ? scores.shape : [], "[N, classes]")
  const truth = readLabels(call, "yTrue", yTrue)
  const [samples, classes] = scores.shape as [number, number]
  if (samples !== truth.length) throw badShape(call, "scores", scores.shape, `[${truth.length}, classes]`)
  if (!Number.isInteger(k) || k < 1 || k > classes)
    throw badOption(call, "k", k, `It is a whole number from 1 to the number of classes, ${classes}.`)
  const values = scores.toTypedArray()
  let right = 0
  truth.forEach((label, i) => {
    const own = values[i * classes + (label as number)] as number
    let above = 0
    for (let c = 0; c < classes; c++) if ((values[i * classes + c] as number) > own) above++
    if (above < k) right++
  })
  return right / samples
}

/**
 * How the figures of several classes become one:
 *
 * - `"binary"`: only the positive class counts, which is 1
 * - `"macro"`: the mean of the classes, each counting as much
 * - `"weighted"`: the mean of the classes, each as much as it has samples
 * - `"micro"`: of all decisions together, which for one class a sample is the accuracy
 * - `"none"`: they stay one figure for each class
 */
export type Average = "binary" | "macro" | "weighted" | "micro" | "none"

/** Options of precision, recall and F1. */
export interface AverageOptions<A extends Average = Average> extends ConfusionOptions {
  /** How the classes become one figure. Default: `"binary"` when all labels are 0 or 1, else `"macro"`. */
  average?: A
  /** The positive class of `"binary"`. Default: 1. */
  positive?: Class
}

/** One figure, or for `"none"` one for each class. */
export type Averaged<A extends Average> = A extends "none" ? number[] : number

/**
 * Of what was taken for a class, the share that is of it.
 *
 * `precision = TP / (TP + FP)`; 0 for a class that was never predicted.
 *
 * @example metrics.precision([1, 0, 1, 0], [1, 1, 0, 0]) // 0.5
 */
export function precision<A extends Average = "macro">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<A> = {},
): Averaged<A> {
  return averaged("precision", yTrue, yPred, options, ({ hit, predicted }) => ratio(hit, predicted))
}

/**
 * Of the samples of a class, the share that was found.
 *
 * `recall = TP / (TP + FN)`; 0 for a class without samples.
 *
 * @example metrics.recall([1, 0, 1, 1], [1, 1, 0, 0]).toFixed(2) // "0.33"
 */
export function recall<A extends Average = "macro">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<A> = {},
): Averaged<A> {
  return averaged("recall", yTrue, yPred, options, ({ hit, actual }) => ratio(hit, actual))
}

/**
 * The harmonic mean of precision and recall.
 *
 * `F1 = 2 · precision · recall / (precision + recall) = 2 TP / (2 TP + FP + FN)`
 *
 * @example metrics.f1([1, 0, 1, 0], [1, 1, 0, 0]) // 0.5
 */
export function f1<A extends Average = "macro">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<A> = {},
): Averaged<A> {
  return averaged("f1", yTrue, yPred, options, ({ hit, predicted, actual }) => ratio(2 * hit, predicted + actual))
}

/**
 * Precision, recall, F1 and the number of samples of each class, as a table.
 *
 * @example metrics.classificationReport([0, 1, 1], [0, 1, 0]).column("recall") // [1, 0.5]
 */
export function classificationReport(
  yTrue: Labels,
  yPred: Labels,
  options: ConfusionOptions = {},
): Table<{ class: Class; precision: number; recall: number; f1: number; support: number }> {
  const call = "classificationReport"
  const tallies = tally(countPairs(call, ...readPairs(call, yTrue, yPred), options.classes))
  return Table.from(
    tallies.map(({ name, hit, predicted, actual }) => ({
      class: name,
      precision: ratio(hit, predicted),
      recall: ratio(hit, actual),
      f1: ratio(2 * hit, predicted + actual),
      support: actual,
    })),
  )
}

/** A class: how many samples were rightly taken for it, how many were taken for it, and how many are of it. */
interface Tally {
  readonly name: Class
  readonly hit: number
  readonly predicted: number
  readonly actual: number
}

function tally({ classes, counts }: ReturnType<typeof countPairs>): Tally[] {
  return classes.map((name, i) => ({
    name,
    hit: counts[i]?.[i] ?? 0,
    predicted: counts.reduce((sum, row) => sum + (row[i] ?? 0), 0),
    actual: counts[i]?.reduce((sum, count) => sum + count, 0) ?? 0,
  }))
}

function averaged<A extends Average>(
  call: string,
  yTrue: Labels,
  yPred: Labels,
  { average, positive = 1, classes }: AverageOptions<A>,
  figure: (tally: Tally) => number,
): Averaged<A> {
  const tallies = tally(countPairs(call, ...readPairs(call, yTrue, yPred), classes))
  const binary = tallies.every(({ name }) => name === 0 || name === 1)
  const occurring = tallies.filter(({ predicted, actual }) => predicted + actual > 0)
  const result = (): number | number[] => {
    switch (average ?? (binary ? "binary" : "macro")) {
      case "none":
        return tallies.map(figure)
      case "binary": {
        if (occurring.length > 2)
          throw badOption(
            call,
            "average",
            "binary",
            `There are ${occurring.length} classes; take "macro", "weighted" or "micro".`,
          )
        const found = tallies.find(({ name }) => name === positive)
        if (found === undefined && !binary)
          throw badOption(
            call,
            "positive",
            positive,
            `The classes are ${tallies.map(({ name }) => JSON.stringify(name)).join(", ")}.`,
          )
        return found === undefined ? 0 : figure(found)
      }
      case "micro": {
        const sum = (field: "hit" | "predicted" | "actual") => tallies.reduce((total, entry) => total + entry[field], 0)
        return figure({ name: "all", hit: sum("hit"), predicted: sum("predicted"), actual: sum("actual") })
      }
      case "macro":
        return occurring.reduce((sum, entry) => sum + figure(entry), 0) / occurring.length
      case "weighted": {
        const total = tallies.reduce((sum, { actual }) => sum + actual, 0)
        return tallies.reduce((sum, entry) => sum + entry.actual * figure(entry), 0) / total
      }
      default:
        throw badOption(call, "average", average, 'It is "binary", "macro", "weighted", "micro" or "none".')
    }
  }
  return result() as Averaged<A>
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
