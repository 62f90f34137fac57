import { type Labels, type Measurements, readScored } from "./inputs.js"

/** A point of the ROC curve: with scores of at least `threshold` counted as positive, the shares found rightly and wrongly. */
export interface RocPoint {
  readonly falsePositiveRate: number
  readonly truePositiveRate: number
  readonly threshold: number
}

/**
 * The receiver operating characteristic: of a classifier's scores, the share of positives that is found against the share of
 * negatives that is taken for positive, over all thresholds, from (0, 0) to (1, 1). `plot.roc` draws it.
 *
 * Errors: labels other than 0 and 1; only one class; scores that are NaN.
 *
 * @param yTrue 1 for the positive class, 0 for the other
 * @param scores probabilities or logits of the positive class
 * @example metrics.rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).length // 5
 */
export function rocCurve(yTrue: Labels, scores: Measurements): RocPoint[] {
  return rocPoints(...readScored("rocCurve", yTrue, scores))
}

/**
 * The area under the ROC curve: the chance that a positive sample has a higher score than a negative one (ties count half).
 *
 * @example metrics.rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.75
 */
export function rocAuc(yTrue: Labels, scores: Measurements): number {
  return rocArea(rocPoints(...readScored("rocAuc", yTrue, scores)))
}

/** The curve of labels that are 0 or 1: one point for each different score, since equal scores cannot be told apart. */
export function rocPoints(truth: readonly number[], scores: readonly number[]): RocPoint[] {
  const positives = truth.reduce((sum, label) => sum + label, 0)
  const negatives = truth.length - positives
  return [
    { falsePositiveRate: 0, truePositiveRate: 0, threshold: Number.POSITIVE_INFINITY },
    ...cuts(truth, scores).map(({ found, taken, threshold }) => ({
      falsePositiveRate: (taken - found) / negatives,
      truePositiveRate: found / positives,
      threshold,
    })),
  ]
}

/** The area under a curve, by trapezoids. */
export function rocArea(points: readonly RocPoint[]): number {
  let sum = 0
  for (let i = 1; i < points.length; i++) {
    const [left, right] = [points[i - 1] as RocPoint, points[i] as RocPoint]
    const width = right.falsePositiveRate - left.falsePositiveRate
    sum += (width * (left.truePositiveRate + right.truePositiveRate)) / 2
  }
  return sum
}

/** A point of the precision-recall curve. */
export interface PrecisionRecallPoint {
  readonly precision: number
  readonly recall: number
  readonly threshold: number
}

/**
 * Precision against recall over all thresholds, from the highest score down.
 *
 * Errors: as `rocCurve`.
 *
 * @example metrics.precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).map((p) => p.recall) // [0.5, 0.5, 1, 1]
 */
export function precisionRecallCurve(yTrue: Labels, scores: Measurements): PrecisionRecallPoint[] {
  return precisionRecallPoints(...readScored("precisionRecallCurve", yTrue, scores))
}

/**
 * The mean of the precision over the recall, without interpolation.
 *
 * `AP = Σ (Rₙ - Rₙ₋₁) · Pₙ`
 *
 * @example metrics.averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).toFixed(4) // "0.8333"
 */
export function averagePrecision(yTrue: Labels, scores: Measurements): number {
  let sum = 0
  let before = 0
  for (const { precision, recall } of precisionRecallPoints(...readScored("averagePrecision", yTrue, scores))) {
    sum += (recall - before) * precision
    before = recall
  }
  return sum
}

function precisionRecallPoints(truth: readonly number[], scores: readonly number[]): PrecisionRecallPoint[] {
  const positives = truth.reduce((sum, label) => sum + label, 0)
  return cuts(truth, scores).map(({ found, taken, threshold }) => ({
    precision: found / taken,
    recall: found / positives,
    threshold,
  }))
}

/** For each different score, from the highest down: how many samples have at least this, and how many of them are positive. */
function cuts(
  truth: readonly number[],
  scores: readonly number[],
): { found: number; taken: number; threshold: number }[] {
  const order = scores.map((_, i) => i).sort((a, b) => descending(scores[a] as number, scores[b] as number))
  const points: { found: number; taken: number; threshold: number }[] = []
  let found = 0
  order.forEach((sample, k) => {
    found += truth[sample] as number
    const threshold = scores[sample] as number
    const next = order[k + 1]
    if (next === undefined || scores[next] !== threshold) points.push({ found, taken: k + 1, threshold })
  })
  return points
}

/** Not `b - a`, which is NaN for two infinities. */
function descending(a: number, b: number): number {
  return a === b ? 0 : a > b ? -1 : 1
}
