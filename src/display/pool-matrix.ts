/** A matrix of which an element is read by its position. */
export interface ReadableMatrix {
  rows: number
  columns: number
  at(index: number): number
}

/**
 * A matrix made small enough to draw: blocks of neighbours become their mean. A NaN stays visible: it makes its whole block
 * NaN.
 */
export function poolMatrix({ rows, columns, at }: ReadableMatrix, limit: number) {
  const [down, across] = [Math.ceil(rows / limit), Math.ceil(columns / limit)]
  if (down === 1 && across === 1) {
    return { rows, columns, data: Array.from({ length: rows * columns }, (_, i) => at(i)) }
  }
  const small = { rows: Math.ceil(rows / down), columns: Math.ceil(columns / across) }
  const data = Array.from({ length: small.rows * small.columns }, (_, i) => {
    const [top, left] = [Math.floor(i / small.columns) * down, (i % small.columns) * across]
    let sum = 0
    let n = 0
    for (let r = top; r < Math.min(rows, top + down); r++) {
      for (let c = left; c < Math.min(columns, left + across); c++) {
        sum += at(r * columns + c)
        n++
      }
    }
    return sum / n
  })
  return { ...small, data }
}
