/** The name that a mistyped one most likely means, or undefined when none is near. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const target = simplified(wanted)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(target.length / 3)) + 1
  for (const name of names) {
    const candidate = simplified(name)
    const distance = candidate.startsWith(target) || target.startsWith(candidate) ? 1 : editDistance(target, candidate)
    if (candidate !== "" && distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Capitals, spaces and underscores are what one gets wrong most. */
function simplified(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "")
}

/** The number of letters to insert, drop, change or swap with the next to get from one word to the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (before[j - 2] as number) + 1 : change
      current.push(Math.min(change, swap, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    before = previous
    previous = current
  }
  return previous[b.length] as number
}
