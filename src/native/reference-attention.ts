import type { ArrayView, AttentionOperands } from "./backend.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

/** The sizes of attention: maps, queries, keys, the size of a query and of a value. */
function sizesOf({ q, k, v }: AttentionOperands) {
  const [outer, inner, queries, size] = q.shape as [number, number, number, number]
  return { maps: outer * inner, queries, keys: k.shape[2] as number, size, valueSize: v.shape[3] as number }
}

/** Gives the scores of one query, -∞ where it must not look. */
function scoresOf(operands: AttentionOperands): (map: number, query: number) => Float64Array {
  const { queries, keys, size } = sizesOf(operands)
  const [q, k] = [readElements(operands.q), readElements(operands.k)]
  const mask = operands.mask === null ? null : readElements(operands.mask)
  return (map, query) => {
    const row = map * queries + query
    const scores = new Float64Array(keys)
    for (let j = 0; j < keys; j++) {
      let sum = 0
      for (let x = 0; x < size; x++) sum += (q[row * size + x] as number) * (k[(map * keys + j) * size + x] as number)
      const added = mask === null ? 0 : (mask[row * keys + j] as number)
      scores[j] = operands.causal && j > query ? -Infinity : sum * operands.scale + added
    }
    return scores
  }
}

/** out = softmax(scale · q kᵀ + mask) v. */
export function attention(operands: AttentionOperands, out: ArrayView, logSums: ArrayView): void {
  const { maps, queries, keys, valueSize } = sizesOf(operands)
  const scores = scoresOf(operands)
  const v = readElements(operands.v)
  const to = elementsToWrite(out)
  const sums = elementsToWrite(logSums)
  for (let map = 0; map < maps; map++) {
    for (let query = 0; query < queries; query++) {
      const row = scores(map, query)
      const most = row.reduce((a, b) => Math.max(a, b), -Infinity)
      const nothing = most === -Infinity
      let sum = 0
      const mixed = new Float64Array(valueSize)
      for (let j = 0; j < keys; j++) {
        const power = nothing ? 0 : Math.exp((row[j] as number) - most)
        sum += power
        for (let x = 0; x < valueSize; x++) {
          mixed[x] = (mixed[x] as number) + power * (v[(map * keys + j) * valueSize + x] as number)
        }
      }
      const place = map * queries + query
      for (let x = 0; x < valueSize; x++) to[place * valueSize + x] = nothing ? 0 : (mixed[x] as number) / sum
      sums[place] = nothing ? Infinity : most + Math.log(sum)
    }
  }
  writeElements(to, out)
  writeElements(sums, logSums)
}

/** dv = Pᵀ dOut; dS = P · (dOut vᵀ - Σ dOut · out); dq = scale · dS k; dk = scale · dSᵀ q. */
export function attentionBackward(
  operands: AttentionOperands,
  out: ArrayView,
  logSums: ArrayView,
  dOut: ArrayView,
  dq: ArrayView,
  dk: ArrayView,
  dv: ArrayView,
): void {
  const { maps, queries, keys, size, valueSize } = sizesOf(operands)
  const scores = scoresOf(operands)
  const [q, k, v] = [readElements(operands.q), readElements(operands.k), readElements(operands.v)]
  const [outputs, sums, gradients] = [readElements(out), readElements(logSums), readElements(dOut)]
  const [toQ, toK, toV] = [dq, dk, dv].map((view) => new Float64Array(view.count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const add = (to: Float64Array, at: number, value: number) => {
    to[at] = (to[at] as number) + value
  }
  for (let map = 0; map < maps; map++) {
    for (let query = 0; query < queries; query++) {
      const place = map * queries + query
      const row = scores(map, query)
      let mean = 0
      for (let x = 0; x < valueSize; x++) {
        const at = place * valueSize + x
        mean += (gradients[at] as number) * (outputs[at] as number)
      }
      for (let j = 0; j < keys; j++) {
        const key = map * keys + j
        const weight = Math.exp((row[j] as number) - (sums[place] as number))
        let towards = 0
        for (let x = 0; x < valueSize; x++) {
          const gradient = gradients[place * valueSize + x] as number
          towards += gradient * (v[key * valueSize + x] as number)
          add(toV, key * valueSize + x, weight * gradient)
        }
        const ds = weight * (towards - mean) * operands.scale
        for (let x = 0; x < size; x++) {
          add(toQ, place * size + x, ds * (k[key * size + x] as number))
          add(toK, key * size + x, ds * (q[place * size + x] as number))
        }
      }
    }
  }
  for (const [from, view] of [
    [toQ, dq],
    [toK, dk],
    [toV, dv],
  ] as const) {
    const to = elementsToWrite(view)
    to.set(from)
    writeElements(to, view)
  }
}
