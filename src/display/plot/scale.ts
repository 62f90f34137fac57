/** A domain that ends on round numbers, as vega's `nice` makes it; computed here so that labels can be placed. */
export function niceDomain([low, high]: readonly [number, number], ticks = 6): [number, number] {
  if (low === high) {
    const margin = low === 0 ? 1 : Math.abs(low) * 0.1
    return niceDomain([low - margin, high + margin], ticks)
  }
  const step = tickStep(high - low, ticks)
  return [clean(Math.floor(low / step) * step), clean(Math.ceil(high / step) * step)]
}

/** The distance of ticks: 1, 2 or 5 times a power of ten. */
function tickStep(span: number, ticks: number): number {
  const raw = span / ticks
  const power = 10 ** Math.floor(Math.log10(raw))
  const error = raw / power
  return power * (error >= 7.07 ? 10 : error >= 3.16 ? 5 : error >= 1.41 ? 2 : 1)
}

/** Removes the noise of binary fractions: 0.30000000000000004 becomes 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(12))
}

/**
 * Moves labels apart that stand beside one another, in pixels: each keeps at least `gap` from the next, as near to its own
 * place as the others let it, inside [0, height].
 */
export function spreadLabels(places: readonly number[], gap: number, height: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))
  const placed = [...places]
  let floor = Number.NEGATIVE_INFINITY
  for (const i of order) {
    placed[i] = Math.max(placed[i] ?? 0, floor)
    floor = (placed[i] ?? 0) + gap
  }
  // The last may have been pushed out at the bottom: push back up.
  let ceiling = height
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i] ?? 0, ceiling)
    ceiling = (placed[i] ?? 0) - gap
  }
  return placed
}

/**
 * At most about `limit` of the points, with the lowest and the highest of each stretch kept, so that no spike is lost.
 * Returns indices in order.
 */
export function thin(values: readonly number[], limit: number): number[] {
  if (values.length <= limit) return values.map((_, i) => i)
  const kept = new Set<number>([0, values.length - 1])
  const stretch = values.length / Math.max(1, Math.floor(limit / 2))
  for (let start = 0; start < values.length; start += stretch) {
    const first = Math.floor(start)
    const end = Math.min(values.length, Math.floor(start + stretch))
    let low = first
    let high = first
    for (let i = first; i < end; i++) {
      const value = values[i] as number
      if (!(value >= (values[low] as number))) low = i
      if (!(value <= (values[high] as number))) high = i
    }
    kept.add(low).add(high)
  }
  return [...kept].sort((a, b) => a - b)
}
