import type { ColumnSource } from "./columns.js"
import { badArgument, noRows, noSuchColumn } from "./messages.js"
import { rowsByKey } from "./row-keys.js"
import { permutation } from "./row-order.js"

/** How a table is split in two. */
export interface SplitOptions<Names extends string = string> {
  /** The fraction of the rows to test with, rounded up. Default: 0.25. */
  testSize?: number
  /** The same seed gives the same split; without one, `manualSeed` decides. */
  seed?: number | undefined
  /** A column of categories that both parts are to have in the same shares, as far as whole rows allow. */
  stratify?: Names
}

/** The numbers of the rows to train on and of those to test with, each in random order. */
export function splitRows(
  table: ColumnSource,
  { testSize = 0.25, seed, stratify }: SplitOptions,
): [train: Int32Array, test: Int32Array] {
  const call = "trainTestSplit"
  if (!(testSize > 0 && testSize < 1))
    throw badArgument(call, "testSize", testSize, "It is the fraction of rows to test with, between 0 and 1.")
  const testCount = Math.ceil(table.numRows * testSize)
  if (table.numRows - testCount < 1) throw noRows(`${call}: rows to train on`)
  const order = permutation(table.numRows, seed)
  if (stratify === undefined) return [order.subarray(testCount), order.subarray(0, testCount)]
  if (!table.columns.includes(stratify)) throw noSuchColumn(`${call}: stratify`, stratify, table.columns)
  const isTest = new Uint8Array(table.numRows)
  const groups = [...rowsByKey(table, [stratify], { missing: true }).values()]
  const counts = shares(
    groups.map((rows) => rows.length),
    testCount,
  )
  const place = new Int32Array(table.numRows)
  order.forEach((row, i) => {
    place[row] = i
  })
  groups.forEach((rows, g) => {
    const drawn = rows.sort((i, j) => (place[i] as number) - (place[j] as number))
    for (const row of drawn.slice(0, counts[g])) isTest[row] = 1
  })
  return [order.filter((row) => isTest[row] === 0), order.filter((row) => isTest[row] === 1)]
}

/** A count shared out in proportion to sizes; what is left over goes to those that lost most by rounding down. */
function shares(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((a, b) => a + b, 0)
  const exact = sizes.map((size) => (size * count) / total)
  const counts = exact.map(Math.floor)
  const left = count - counts.reduce((a, b) => a + b, 0)
  const byLoss = exact.map((share, i) => ({ i, loss: share - Math.floor(share) })).sort((a, b) => b.loss - a.loss)
  for (const { i } of byLoss.slice(0, left)) counts[i] = (counts[i] as number) + 1
  return counts
}
