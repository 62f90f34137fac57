import { defaultGenerator, Generator } from "../tensor/random.js"
import { ascending, type Column, isMissing } from "./columns.js"

/** The rows in the order of a column, or of several of which the later ones settle ties; missing values come last. */
export function sortedOrder(columns: readonly Column[], numRows: number, descending: boolean): number[] {
  const direction = descending ? -1 : 1
  return Array.from({ length: numRows }, (_, i) => i).sort((i, j) => {
    for (const values of columns) {
      const [a, b] = [values[i], values[j]]
      const difference = isMissing(a) || isMissing(b) ? ascending(a, b) : direction * ascending(a, b)
      if (difference !== 0) return difference
    }
    return 0
  })
}

/** The rows in random order, always the same for the same seed; without one, `manualSeed` decides. */
export function permutation(numRows: number, seed: number | undefined): Int32Array {
  const order = new Int32Array(numRows)
  const generator = seed === undefined ? defaultGenerator : new Generator(seed)
  generator.permutation(order)
  return order
}
