import { checkCounts, type Measurements, readNumbers } from "./inputs.js"

/**
 * The mean of the squared differences.
 *
 * `MSE = 1/N · Σ (y - ŷ)²`
 *
 * @example metrics.meanSquaredError([1, 2, 3], [1, 2, 5]).toFixed(4) // "1.3333"
 */
export function meanSquaredError(yTrue: Measurements, yPred: Measurements): number {
  return mean(differences("meanSquaredError", yTrue, yPred), (d) => d * d)
}

/**
 * The root of the mean squared difference, in the unit of what is measured.
 *
 * `RMSE = √MSE`
 *
 * @example metrics.rootMeanSquaredError([0, 0], [3, 3]) // 3
 */
export function rootMeanSquaredError(yTrue: Measurements, yPred: Measurements): number {
  return Math.sqrt(mean(differences("rootMeanSquaredError", yTrue, yPred), (d) => d * d))
}

/**
 * The mean difference, whatever its sign.
 *
 * `MAE = 1/N · Σ |y - ŷ|`
 *
 * @example metrics.meanAbsoluteError([1, 2, 3], [1, 2, 6]) // 1
 */
export function meanAbsoluteError(yTrue: Measurements, yPred: Measurements): number {
  return mean(differences("meanAbsoluteError", yTrue, yPred), Math.abs)
}

/**
 * The share of the variance that the predictions explain: 1 for perfect ones, 0 for what the mean of yTrue would do, below 0
 * for worse.
 *
 * `R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)²`; NaN when yTrue does not vary.
 *
 * @example metrics.r2([1, 2, 3], [1, 2, 2]) // 0.5
 */
export function r2(yTrue: Measurements, yPred: Measurements): number {
  const errors = differences("r2", yTrue, yPred)
  const truth = readNumbers("r2", "yTrue", yTrue)
  const centre = mean(truth, (y) => y)
  const spread = mean(truth, (y) => (y - centre) ** 2)
  return spread === 0 ? Number.NaN : 1 - mean(errors, (d) => d * d) / spread
}

function differences(call: string, yTrue: Measurements, yPred: Measurements): number[] {
  const [truth, guess] = [readNumbers(call, "yTrue", yTrue), readNumbers(call, "yPred", yPred)]
  checkCounts(call, truth.length, "yPred", guess.length)
  return truth.map((y, i) => y - (guess[i] as number))
}

function mean(values: readonly number[], of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length
}
