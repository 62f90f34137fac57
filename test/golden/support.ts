import { readFileSync } from "node:fs"
import { expect } from "vitest"
import { type DType, type Tensor, tensor } from "../../src/index.js"

/** The version of PyTorch that the golden data must come from. */
export const torchVersion = "2.13.0"

/** Numbers as they stand in golden data: NaN and the infinities are text there. */
export type Numbers = number | string | readonly Numbers[]

/** One of the files that scripts/golden writes. */
export function golden<T>(name: string): T & { readonly torch: string } {
  const data = JSON.parse(readFileSync(new URL(`data/${name}.json`, import.meta.url), "utf8")) as T & { torch: string }
  expect(data.torch.startsWith(torchVersion), `${name}.json comes from PyTorch ${data.torch}`).toBe(true)
  return data
}

/** All numbers of nested lists, in order. */
export function flat(numbers: Numbers): number[] {
  if (Array.isArray(numbers)) return numbers.flatMap(flat)
  return [typeof numbers === "string" ? Number(numbers.replace("inf", "Infinity")) : Number(numbers)]
}

/** Golden numbers as a tensor. */
export function golds(numbers: Numbers, options: { requiresGrad?: boolean; dtype?: DType } = {}): Tensor {
  return tensor(numbers as number[], options)
}

/**
 * Holds numbers to golden ones: `|found - wanted| <= relative · |wanted| + absolute`, and names the worst.
 */
export function expectNear(found: Tensor | Numbers, wanted: Numbers, { relative = 1e-5, absolute = 1e-7 } = {}): void {
  const ours = typeof found === "object" && "shape" in found ? Array.from(found.toTypedArray()) : flat(found as Numbers)
  const theirs = flat(wanted)
  expect(ours.length).toBe(theirs.length)
  const faults = theirs
    .map((gold, i) => ({ i, found: ours[i] as number, gold }))
    .filter(({ found, gold }) => {
      if (Number.isNaN(gold)) return !Number.isNaN(found)
      return found !== gold && !(Math.abs(found - gold) <= relative * Math.abs(gold) + absolute)
    })
  expect(faults.slice(0, 5)).toEqual([])
}
