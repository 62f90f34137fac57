import { describe, expect, it } from "vitest"
import { CellgradError, detectAnomaly, noGrad, tensor } from "../../src/index.js"

const failure = (run: () => unknown): CellgradError => {
  try {
    run()
  } catch (error) {
    if (error instanceof CellgradError) return error
    throw error
  }
  throw new Error("nothing was thrown")
}

describe("anomaly mode", () => {
  it("stops at the operation that makes a NaN", () => {
    const x = tensor([1, -1], { requiresGrad: true })
    const error = failure(() => detectAnomaly(() => x.mul(2).log().sum()))
    expect(error.message).toMatchInlineSnapshot(`
      "detectAnomaly: log gave NaN, in a tensor of shape [2]
      None of its inputs was NaN: it was born here.
      hint: the logarithm of 0 is -Infinity, of less NaN; keep away from it: x.clamp(1e-8).log()."
    `)
  })

  it("names the line whose gradient makes a NaN", () => {
    const x = tensor([0, 4], { requiresGrad: true })
    const root = () => x.sqrt() // the line
    const error = failure(() =>
      detectAnomaly(() =>
        root()
          .mul(tensor([0, 1]))
          .sum()
          .backward(),
      ),
    )
    expect(error.message).toContain("the gradient of sqrt is NaN, for input 0 of shape [2]")
    const [first] = (error.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at "))
    expect(first).toMatch(/at root .*anomaly\.test\.ts:/)
  })

  it("lets NaN pass that was there before", () => {
    const x = tensor([NaN, 1], { requiresGrad: true })
    const y = detectAnomaly(() => {
      const out = x.mul(2).sum()
      out.backward()
      return out
    })
    expect(y.item()).toBeNaN()
    expect(x.grad?.tolist()).toEqual([2, 2])
  })

  it("changes nothing otherwise, and ends with the function", () => {
    const x = tensor([4], { requiresGrad: true })
    expect(detectAnomaly(() => x.sqrt().item())).toBe(2)
    expect(() => detectAnomaly(() => tensor([-1], { requiresGrad: true }).log())).toThrow(/born here/)
    expect(tensor([-1], { requiresGrad: true }).log().item()).toBeNaN()
    expect(noGrad(() => detectAnomaly(() => tensor([-1]).log())).item()).toBeNaN()
  })
})
