import type { ArgReduceOp, ArrayView, ReduceOp } from "./backend.js"
import { elementsToWrite, readElements, reviewed, writeElements } from "./strided.js"

/** What each reduction starts from and how it takes in one more element. */
const reductions: { readonly [P in ReduceOp]: { start: number; step: (so: number, x: number) => number } } = {
  sum: { start: 0, step: (so, x) => so + x },
  prod: { start: 1, step: (so, x) => so * x },
  max: { start: -Infinity, step: (so, x) => Math.max(so, x) },
  min: { start: Infinity, step: (so, x) => Math.min(so, x) },
  any: { start: 0, step: (so, x) => (so !== 0 || x !== 0 ? 1 : 0) },
  all: { start: 1, step: (so, x) => (so !== 0 && x !== 0 ? 1 : 0) },
}

/** Reduces the dimensions in which `out` has size 1 and `x` has not. */
export function reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void {
  const { start, step } = reductions[op]
  const rank = x.shape.length
  const reduced = (d: number) => out.shape[d] === 1 && x.shape[d] !== 1
  const order = Array.from({ length: rank }, (_, d) => d)
  const kept = order.filter((d) => !reduced(d))
  const gone = order.filter(reduced)

  // The same elements with the reduced dimensions last, so that each result has its elements side by side.
  const moved = [...kept, ...gone]
  const elements = readElements(
    reviewed(
      x,
      moved.map((d) => x.shape[d] as number),
      moved.map((d) => x.strides[d] as number),
    ),
  )
  const perResult = gone.reduce((n, d) => n * (x.shape[d] as number), 1)
  const to = elementsToWrite(out)
  for (let i = 0; i < to.length; i++) {
    let so = start
    for (let j = i * perResult; j < (i + 1) * perResult; j++) so = step(so, elements[j] as number)
    to[i] = so
  }
  writeElements(to, out)
}

/** The first index of the extreme along one dimension; the first NaN counts as the extreme. */
export function argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void {
  const better = op === "argmax" ? (a: number, b: number) => a > b : (a: number, b: number) => a < b
  const elements = readElements(x)
  const length = x.shape[dim] as number
  const inner = x.shape.slice(dim + 1).reduce((n, size) => n * size, 1)
  const to = elementsToWrite(out)
  for (let i = 0; i < to.length; i++) {
    const first = Math.floor(i / inner) * length * inner + (i % inner)
    let best = 0
    for (let k = 1; k < length; k++) {
      const champion = elements[first + best * inner] as number
      const candidate = elements[first + k * inner] as number
      if (Number.isNaN(champion)) break
      if (better(candidate, champion) || Number.isNaN(candidate)) best = k
    }
    to[i] = best
  }
  writeElements(to, out)
}
