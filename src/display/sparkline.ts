const blocks = "▁▂▃▄▅▆▇█"

/** The course of some numbers as a row of `width` blocks: `█▅▃▂▁`. Gaps are spaces. */
export function sparkline(values: readonly number[], width = 24): string {
  const columns = Math.min(width, values.length)
  const means = Array.from({ length: columns }, (_, k) => {
    const from = Math.floor((k * values.length) / columns)
    const to = Math.floor(((k + 1) * values.length) / columns)
    const kept = values.slice(from, to).filter(Number.isFinite)
    return kept.reduce((sum, value) => sum + value, 0) / kept.length
  })
  return bars(means, false)
}

/** Heights as blocks; with `fromZero` the lowest block stands for zero instead of for the smallest height. */
export function bars(heights: readonly number[], fromZero = true): string {
  const kept = heights.filter(Number.isFinite)
  const low = fromZero ? 0 : Math.min(...kept)
  const high = Math.max(...kept)
  return heights
    .map((height) => {
      if (!Number.isFinite(height)) return " "
      const share = high > low ? (height - low) / (high - low) : 0
      return blocks[Math.round(share * (blocks.length - 1))] ?? " "
    })
    .join("")
}
