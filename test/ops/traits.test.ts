import { describe, expect, test } from "vitest"
import { isNonzero, tensor, zeros } from "../../src/index.js"

describe("what a tensor is", () => {
  test.each([
    ["float32", true, true, 4],
    ["float64", true, true, 8],
    ["int32", false, true, 4],
    ["bool", false, false, 1],
  ] as const)("%s", (dtype, floating, signed, bytes) => {
    const x = zeros([2], { dtype })
    expect([x.isFloatingPoint(), x.isSigned(), x.elementSize()]).toEqual([floating, signed, bytes])
  })

  test("one element is 0 or not", () => {
    expect([0, -0, 2, Number.NaN].map((value) => isNonzero(tensor([value])))).toEqual([false, false, true, true])
    expect(isNonzero(tensor(true))).toBe(true)
  })
})
