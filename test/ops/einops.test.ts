import { expect, it } from "vitest"
import { rearrange, reduce, zeros } from "../../src/index.js"

it("patterns take sizes for their own names only, which the editor checks", () => {
  expect(rearrange(zeros([12, 2]), "(h w) c -> c h w", { h: 3 }).shape).toEqual([2, 3, 4])
  expect(reduce(zeros([4, 6]), "(h p) w -> p w", "max", { p: 2 }).shape).toEqual([2, 6])
  // @ts-expect-error: the pattern has no axis x
  expect(() => rearrange(zeros([12, 2]), "(h w) c -> c h w", { x: 3 })).toThrow(/cannot be told/)
})
