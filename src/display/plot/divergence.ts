import type { CurveSeries } from "./curve-chart.js"

/** Of a training whose loss became NaN or infinite and stayed so: since when. Undefined for one that goes on. */
export function divergence(curves: readonly CurveSeries[], unit: string): string | undefined {
  if (unit !== "epoch" && unit !== "step") return undefined
  for (const { name, x, y } of curves) {
    const last = y.findLastIndex(Number.isFinite)
    if (last < 0 || last === y.length - 1) continue
    return `${name} is ${Number.isNaN(y.at(-1)) ? "NaN" : "infinite"} from ${unit} ${x[last + 1]} on: the learning rate may be too large`
  }
  return undefined
}
