import { tensor } from "../ops/creation.js"
import type { Tensor } from "../tensor/tensor.js"
import { type Class, type Labels, readPairs } from "./inputs.js"
import { badOption } from "./messages.js"

/** How often each true class was taken for each class. */
export interface ConfusionCounts {
  readonly classes: readonly Class[]
  /** `counts[i][j]`: samples of class i that were taken for class j. */
  readonly counts: readonly (readonly number[])[]
  readonly total: number
}

/**
 * Counts the pairs of true and predicted classes. The classes are those given, else for numbers all from 0 to the largest,
 * for texts those that occur, sorted.
 */
export function countPairs(
  call: string,
  truth: readonly Class[],
  guess: readonly Class[],
  given?: readonly Class[],
): ConfusionCounts {
  const classes = given ?? classesOf([truth, guess])
  const index = new Map(classes.map((name, i) => [name, i]))
  const counts = classes.map(() => new Array<number>(classes.length).fill(0))
  truth.forEach((name, i) => {
    const row = counts[index.get(name) ?? -1]
    const column = index.get(guess[i] as Class)
    if (row === undefined || column === undefined)
      throw badOption(
        call,
        "classes",
        classes,
        `The classes must contain ${JSON.stringify(row ? guess[i] : name)}, which occurs.`,
      )
    row[column] = (row[column] as number) + 1
  })
  return { classes, counts, total: truth.length }
}

function classesOf(labels: readonly (readonly Class[])[]): Class[] {
  let largest = -1
  const texts = new Set<Class>()
  for (const list of labels) {
    for (const label of list) {
      if (typeof label === "string") texts.add(label)
      else if (label > largest) largest = label
    }
  }
  if (texts.size === 0) return Array.from({ length: largest + 1 }, (_, i) => i)
  const numbers = labels.flatMap((list) => list.filter((label) => typeof label === "number"))
  return [...new Set<Class>([...numbers, ...texts])].sort((a, b) => (String(a) < String(b) ? -1 : 1))
}

/** Options of what counts true and predicted classes. */
export interface ConfusionOptions {
  /** The classes, in the order of rows and columns. */
  classes?: readonly Class[]
}

/**
 * How often samples of class i were taken for class j. `plot.confusionMatrix` draws it.
 *
 * Shape: int32 `[classes, classes]`; rows are the true classes, columns the predicted ones.
 *
 * Errors: as many predictions as samples are needed; values that are no classes.
 *
 * @param yTrue the true classes `[N]`
 * @param yPred the predicted classes `[N]`, or scores `[N, classes]`
 * @example metrics.confusionMatrix([0, 1, 1, 2], [0, 1, 2, 2]) // tensor([[1, 0, 0],\n        [0, 1, 1],\n        [0, 0, 1]], dtype=int32)
 */
export function confusionMatrix(yTrue: Labels, yPred: Labels, { classes }: ConfusionOptions = {}): Tensor {
  const call = "confusionMatrix"
  const { counts } = countPairs(call, ...readPairs(call, yTrue, yPred), classes)
  return tensor(counts, { dtype: "int32" })
}
