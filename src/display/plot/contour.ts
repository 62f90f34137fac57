/** A piece of a contour line: from one point of the grid's edges to another, in grid units. */
export interface Segment {
  x: number
  y: number
  x2: number
  y2: number
}

/**
 * The line along which a function on a grid has the value `level`, by marching squares: for each square of neighbours, the
 * places where the level is crossed on its edges are joined.
 */
export function contour(values: readonly number[], columns: number, rows: number, level: number): Segment[] {
  const segments: Segment[] = []
  const at = (c: number, r: number) => (values[r * columns + c] ?? 0) - level
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [at(c, r), at(c + 1, r), at(c + 1, r + 1), at(c, r + 1)] as const
      const crossings = [
        crossing(corners[0], corners[1], (t) => [c + t, r]),
        crossing(corners[1], corners[2], (t) => [c + 1, r + t]),
        crossing(corners[2], corners[3], (t) => [c + 1 - t, r + 1]),
        crossing(corners[3], corners[0], (t) => [c, r + 1 - t]),
      ].filter((point) => point !== undefined)
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const [from, to] = [crossings[k], crossings[k + 1]]
        if (from && to) segments.push({ x: from[0], y: from[1], x2: to[0], y2: to[1] })
      }
    }
  }
  return segments
}

function crossing(a: number, b: number, place: (share: number) => [number, number]): [number, number] | undefined {
  return a > 0 === b > 0 ? undefined : place(a / (a - b))
}
