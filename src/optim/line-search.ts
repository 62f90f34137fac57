import type { Tensor } from "../tensor/tensor.js"

/** A point on the line: how far it is, and the objective, its gradient and its slope along the line there. */
export interface LinePoint {
  readonly t: number
  readonly value: number
  readonly gradient: Tensor
  readonly slope: number
}

/** Where the cubic through two points with their slopes is lowest, within bounds. */
function cubicMinimum(a: LinePoint, b: LinePoint, low = Math.min(a.t, b.t), high = Math.max(a.t, b.t)): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t)
  const square = d1 * d1 - a.slope * b.slope
  if (!(square >= 0)) return (low + high) / 2
  const [left, right] = a.t <= b.t ? [a, b] : [b, a]
  const d2 = Math.sqrt(square)
  const lowest = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
  return Math.min(Math.max(lowest, low), high)
}

/** What the search is content with: the objective must fall by c1 of what the slope promises, the slope to c2 of itself. */
const c1 = 1e-4
const c2 = 0.9
const longest = 25

/** What a line search has found, and how often it asked for the objective. */
export interface LineSearchResult {
  readonly point: LinePoint
  readonly evaluations: number
}

/**
 * A point along a line where the objective has fallen far enough and its slope has become flat enough (the strong Wolfe
 * conditions): steps outward until such a point lies between two, then narrows them by cubic interpolation.
 *
 * Source: Nocedal and Wright, "Numerical Optimization", 2006, algorithms 3.5 and 3.6.
 *
 * @param at asks for the objective at a distance
 * @param reach the largest element of the direction, for telling when two points are the same
 */
export function strongWolfe(
  at: (t: number) => LinePoint,
  start: LinePoint,
  firstStep: number,
  reach: number,
  tolerance: number,
): LineSearchResult {
  let evaluations = 0
  const ask = (t: number): LinePoint => {
    evaluations++
    return at(t)
  }
  const hasNotFallen = (point: LinePoint) => point.value > start.value + c1 * point.t * start.slope
  const isFlat = (point: LinePoint) => Math.abs(point.slope) <= -c2 * start.slope

  // Outward, until two points have a good one between them.
  let previous = start
  let current = ask(firstStep)
  let rounds = 0
  let bracket: [LinePoint, LinePoint] | null = null
  while (rounds < longest) {
    if (hasNotFallen(current) || (rounds > 1 && current.value >= previous.value)) {
      bracket = [previous, current]
      break
    }
    if (isFlat(current)) return { point: current, evaluations }
    if (current.slope >= 0) {
      bracket = [previous, current]
      break
    }
    const next = cubicMinimum(previous, current, current.t + 0.01 * (current.t - previous.t), current.t * 10)
    previous = current
    current = ask(next)
    rounds++
  }
  let [low, high] = byValue(...(bracket ?? [start, current]))

  // Inward, until one of them is good.
  let hasStalled = false
  while (rounds < longest && Math.abs(high.t - low.t) * reach >= tolerance) {
    const [left, right] = low.t <= high.t ? [low, high] : [high, low]
    let t = cubicMinimum(low, high)
    const edge = 0.1 * (right.t - left.t)
    if (Math.min(right.t - t, t - left.t) < edge) {
      if (hasStalled || t >= right.t || t <= left.t) {
        t = Math.abs(t - right.t) < Math.abs(t - left.t) ? right.t - edge : left.t + edge
        hasStalled = false
      } else hasStalled = true
    } else hasStalled = false

    const point = ask(t)
    rounds++
    if (hasNotFallen(point) || point.value >= low.value) {
      ;[low, high] = byValue(low, point)
    } else {
      if (isFlat(point)) return { point, evaluations }
      if (point.slope * (high.t - low.t) >= 0) high = low
      low = point
    }
  }
  return { point: low, evaluations }
}

/** The lower of two points first; the first of equals. */
function byValue(a: LinePoint, b: LinePoint): [LinePoint, LinePoint] {
  return a.value <= b.value ? [a, b] : [b, a]
}
