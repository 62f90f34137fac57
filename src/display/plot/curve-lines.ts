import { round } from "../numbers.js"
import type { CurveSeries, Drawable } from "./curve-chart.js"
import { picked } from "./pick.js"
import { thin } from "./scale.js"

/** Above this, a series is drawn as the range of its values and their mean. */
export const drawnPoints = 300
const meanPoints = 100
/** A series of fewer values has little noise, and its mean would only lag behind. */
const fewestSmoothed = 50

/**
 * The lines. Smoothed, or longer than what is drawn, a series gets two: its values, faint, and what one reads: their course without
 * the noise.
 */
export function lineLayers(curves: readonly CurveSeries[], drawable: Drawable, smooth: number) {
  const dash = curves.some(({ broken }) => broken)
    ? { strokeDash: { field: "s", type: "nominal", legend: null, scale: dashes(curves) } }
    : {}
  const line = (mark: object, shown: number, faded: number, data: object = {}) => ({
    ...data,
    mark: { type: "line", clip: true, ...mark },
    encoding: { ...dash, opacity: picked(shown, faded) },
  })
  const long = curves.some(({ y }) => y.length > drawnPoints)
  if (smooth === 0 && !long) return [line({}, 1, 0.1)]
  const calm = curves.flatMap((curve) =>
    smooth > 0 && curve.y.length >= fewestSmoothed
      ? smoothed(curve, drawable, smooth)
      : curve.y.length > drawnPoints
        ? means(curve, drawable)
        : raw(curve, drawable),
  )
  return [line({ strokeWidth: 1 }, 0.3, 0.04), line({}, 1, 0.1, { data: { values: calm } })]
}

function dashes(curves: readonly CurveSeries[]) {
  return { domain: curves.map(({ name }) => name), range: curves.map(({ broken }) => (broken ? [3, 3] : [1, 0])) }
}

function raw({ name, x, y }: CurveSeries, drawable: Drawable) {
  return y.map((value, i) => ({ x: x[i], s: name, y: drawable(value) ? round(value) : null }))
}

function means({ name, x, y }: CurveSeries, drawable: Drawable) {
  const stretch = Math.max(1, y.length / meanPoints)
  return Array.from({ length: Math.min(y.length, meanPoints) }, (_, k) => {
    const [from, to] = [Math.floor(k * stretch), Math.floor((k + 1) * stretch)]
    let sum = 0
    let kept = 0
    for (let i = from; i < to; i++) {
      const value = y[i] as number
      if (!drawable(value)) continue
      sum += value
      kept++
    }
    return { x: x[Math.floor((from + to - 1) / 2)], s: name, y: round(sum / kept) }
  })
}

/**
 * The exponential moving average, `m ← β m + (1 − β) y`, divided by `1 − βⁿ` so that it does not start at zero. Gaps are passed over.
 */
function smoothed({ name, x, y }: CurveSeries, drawable: Drawable, beta: number) {
  const calm = new Array<number>(y.length)
  let mean = 0
  let weight = 0
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number
    if (drawable(value)) {
      mean = beta * mean + (1 - beta) * value
      weight = beta * weight + (1 - beta)
    }
    calm[i] = drawable(value) ? mean / weight : Number.NaN
  }
  return thin(calm, drawnPoints).map((i) => ({ x: x[i], s: name, y: round(calm[i] ?? Number.NaN) }))
}
