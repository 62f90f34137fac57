import { describe, expect, test } from "vitest"
import { linspace, manualSeed, nn, rand } from "../../src/index.js"
import { expectNear, golden, type Numbers } from "./support.js"

/** A layer of nn by its name, its first parameters, and its answer to evenly spread numbers. */
interface LayerCase {
  readonly name: string
  readonly arguments: readonly unknown[]
  readonly options: Record<string, unknown>
  readonly state: Record<string, Numbers>
  readonly next: number
  readonly y: Numbers
}

// Sums of up to 45 products, some of which nearly cancel: hence the absolute tolerance.
const near = { relative: 1e-5, absolute: 2e-6 }

describe("layers begin as PyTorch's", () => {
  const { layers } = golden<{ layers: LayerCase[] }>("convolution")

  test.each(layers.map((wanted) => [`${wanted.name} ${JSON.stringify(wanted.options)}`, wanted] as const))(
    "%s",
    (_title, wanted) => {
      const Layer = (nn as unknown as Record<string, new (...values: unknown[]) => nn.Conv2d>)[wanted.name]
      if (Layer === undefined) throw new Error(`nn has no ${wanted.name}`)
      manualSeed(42)
      const layer = new Layer(...wanted.arguments, wanted.options)
      expect(rand([1]).item()).toBe(Math.fround(wanted.next))
      const state = layer.stateDict()
      expect(Object.keys(state)).toEqual(Object.keys(wanted.state))
      for (const [name, value] of Object.entries(state))
        expectNear(value, wanted.state[name] as Numbers, { relative: 6e-8, absolute: 0 })
      const channels = wanted.arguments[0] as number
      const x = linspace(-1, 1, 2 * channels * 30).reshape([
        2,
        channels,
        ...(wanted.name.endsWith("1d") ? [30] : [5, 6]),
      ])
      expectNear(layer(x), wanted.y, near)
    },
  )
})
