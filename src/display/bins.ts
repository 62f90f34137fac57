import { extent } from "./numbers.js"

/** Equal intervals with the number of values in each. */
export interface Bins {
  readonly start: number
  readonly step: number
  readonly counts: readonly number[]
}

/** Counts the finite values in `wanted` intervals of equal width between the smallest and the largest. */
export function countBins(
  values: ArrayLike<number>,
  wanted: number,
  range: readonly [number, number] | undefined = extent(Array.from(values)),
): Bins {
  const [low, high] = range ?? [0, 1]
  const counts = new Array<number>(wanted).fill(0)
  const step = (high - low) / wanted || 1
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (!(value >= low && value <= high)) continue
    const bin = Math.min(wanted - 1, Math.floor((value - low) / step))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { start: low, step, counts }
}

/**
 * Intervals that end on round numbers. Their number follows Freedman and Diaconis: width 2 · IQR / n^(1/3), so that neither noise
 * nor the shape is lost.
 */
export function niceBins(values: readonly number[], wanted?: number): Bins {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort()
  const low = sorted[0] ?? 0
  const high = sorted.at(-1) ?? 1
  const quartile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const width = (2 * (quartile(0.75) - quartile(0.25))) / Math.cbrt(sorted.length || 1)
  const bins = wanted ?? Math.max(8, Math.min(60, Math.round((high - low) / (width || high - low || 1))))
  if (high === low) return { start: low - 0.5, step: 1, counts: [sorted.length] }
  // A fixed number is kept; else the width is the next 1, 2, 2.5 or 5 of its power of ten.
  const raw = (high - low) / bins
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = wanted === undefined ? power * ([1, 2, 2.5, 5, 10].find((m) => m * power >= raw * 0.99) ?? 10) : raw
  const start = wanted === undefined ? Math.floor(low / step) * step : low
  const length = Math.max(1, wanted ?? Math.ceil((high - start) / step + 1e-9))
  const counts = new Array<number>(length).fill(0)
  for (const value of sorted) {
    const bin = Math.min(length - 1, Math.floor((value - start) / step + 1e-9))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { start, step, counts }
}
