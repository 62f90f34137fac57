import type { Point, Stroke } from "./digit-strokes.js"

/**
 * Draws strokes on a square picture of one channel, `size` pixels wide: 1 where the pen went, less at its edge, by the
 * distance of each pixel's centre from the curve. Points stand in the unit square.
 */
export function drawStrokes(strokes: readonly Stroke[], penWidth: number, out: Float32Array, size: number): void {
  const radius = (penWidth * size) / 2
  const reach = radius + 1
  for (const stroke of strokes) {
    const curve = smooth(stroke)
    for (let k = 1; k < curve.length; k++) {
      const [x0, y0] = scaled(curve[k - 1] as Point, size)
      const [x1, y1] = scaled(curve[k] as Point, size)
      const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach))
      const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach))
      const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach))
      const right = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach))
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const distance = distanceToSegment(column + 0.5, row + 0.5, x0, y0, x1, y1)
          const ink = Math.min(1, Math.max(0, radius + 0.5 - distance))
          const pixel = row * size + column
          if (ink > (out[pixel] as number)) out[pixel] = ink
        }
      }
    }
  }
}

const stepsBetween = 5

/** A smooth curve through the points (Catmull and Rom's spline), as short straight pieces. */
function smooth(points: Stroke): Point[] {
  const curve: Point[] = [points[0] as Point]
  for (let i = 0; i + 1 < points.length; i++) {
    const [p1, p2] = [points[i] as Point, points[i + 1] as Point]
    const [p0, p3] = [points[i - 1] ?? p1, points[i + 2] ?? p2]
    for (let step = 1; step <= stepsBetween; step++) {
      const t = step / stepsBetween
      const between = (axis: 0 | 1) =>
        0.5 *
        (2 * p1[axis] +
          (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t ** 2 +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t ** 3)
      curve.push([between(0), between(1)])
    }
  }
  return curve
}

function scaled([x, y]: Point, size: number): Point {
  return [x * size, y * size]
}

function distanceToSegment(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length))
  const [ax, ay] = [x - x0 - t * dx, y - y0 - t * dy]
  return Math.sqrt(ax * ax + ay * ay)
}
