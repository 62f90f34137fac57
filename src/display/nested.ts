import * as messages from "./messages.js"
import { isTensorLike, readNumber } from "./numbers.js"

/** Numbers of any rank, row by row. */
export interface Block {
  shape: readonly number[]
  data: readonly number[]
}

/**
 * A tensor, arrays nested to any depth, or arrays of tensors (one for each layer, say) as one block of numbers.
 *
 * Errors: parts of different shape; a rank that is not one of `ranks`; `expected` says in words what the shape should be.
 */
export function readBlock(
  call: string,
  role: string,
  values: unknown,
  ranks: readonly number[],
  expected: string,
): Block {
  const deepest = Math.max(...ranks)
  const data: number[] = []

  function read(value: unknown, path: string, depth: number): readonly number[] {
    if (isTensorLike(value)) {
      const flat = value.toTypedArray()
      for (let i = 0; i < flat.length; i++) data.push(Number(flat[i]))
      return value.shape
    }
    if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) {
      if (depth === 0) throw messages.notNumbers(call, role, value)
      data.push(readNumber(call, path, value))
      return []
    }
    // Arrays may contain themselves, so the depth is held before one goes down.
    if (depth >= deepest) throw messages.nestedTooDeep(call, path, expected)
    const parts = Array.from(value as Iterable<unknown>)
    let shape: readonly number[] = []
    parts.forEach((part, i) => {
      const own = read(part, `${path}[${i}]`, depth + 1)
      if (i === 0) shape = own
      else if (String(own) !== String(shape)) throw messages.partsDiffer(call, path, shape, i, own)
    })
    return [parts.length, ...shape]
  }

  const shape = read(values, role, 0)
  if (!ranks.includes(shape.length) && !shape.includes(0)) throw messages.wrongRank(call, role, shape, expected)
  if (data.length === 0) throw messages.nothingToDraw(call, role)
  return { shape, data }
}
