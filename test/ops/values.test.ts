import { describe, expect, it } from "vitest"
import { type Tensor, tensor } from "../../src/index.js"
import { samples } from "./samples.js"

/** The element of a broadcast tensor at a position of the output. */
function elementAt(x: Tensor, shape: readonly number[], position: number): number {
  return x.detach().expand(shape).contiguous().toTypedArray()[position] as number
}

const withValues = samples.flatMap((sample) =>
  sample.expected === undefined ? [] : [{ ...sample, expected: sample.expected }],
)

describe.each(["float64", "float32"] as const)("values in %s", (dtype) => {
  it.each(withValues)("$name", ({ inputs, run, expected }) => {
    const made = inputs().map((x) => x.detach().to(dtype))
    const out = run(...made)
    expect(out.dtype).toBe(dtype)
    const found = out.contiguous().toTypedArray()
    for (let i = 0; i < out.numel(); i++) {
      const wanted = expected(...made.map((x) => elementAt(x, out.shape, i)))
      const tolerance = dtype === "float64" ? 1e-9 : 2e-6
      expect(
        Math.abs((found[i] as number) - wanted),
        `element ${i}: ${found[i]} instead of ${wanted}`,
      ).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted)))
    }
  })
})

describe("recording changes no value", () => {
  it.each(samples)("$name", ({ inputs, run }) => {
    const recorded = run(...inputs())
    const plain = run(...inputs().map((x) => x.detach()))
    expect(plain.requiresGrad).toBe(false)
    expect(recorded.detach().equal(plain) || tensor(recorded).isnan().any().item() === 1).toBe(true)
  })
})
