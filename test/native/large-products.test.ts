import { describe, expect, test } from "vitest"
import type { ArrayView } from "../../src/native/backend.js"
import { NativeBackend } from "../../src/native/native.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { difference, elementsOf, type Lay, layOut, randomNumbers, twin } from "./views.js"

// Products that are large enough for every way of computing them: on processors with AMX those of tile registers, which
// multiply float32 as sums of bfloat16.

const reference = new ReferenceBackend()
const shapes = [
  [96, 128, 160],
  [257, 130, 99],
  [70, 90, 300],
  [33, 700, 129],
  [700, 33, 129],
  [600, 550, 70],
  [128, 64, 2500],
] as const

describe.skipIf(kernels === null)("large matrix products", () => {
  const native = kernels === null ? reference : kernelBackend(2)
  const random = randomNumbers(91)
  const normal = () => random() + random() + random() + random() - 2

  function product(a: ArrayView, b: ArrayView, threads = 2): ArrayView {
    if (native instanceof NativeBackend && !onWasm) native.threads = threads
    const out = layOut([a.shape[0] as number, b.shape[1] as number], "packed", () => 0)
    native.matmul(a, b, out, false)
    return out
  }

  test.each(shapes)("%i x %i, depth %i: any layout, added to what is there", (m, n, k) => {
    for (const [layA, layB] of [
      ["packed", "packed"],
      ["transposed", "packed"],
      ["packed", "transposed"],
      ["gaps", "offset"],
    ] satisfies [Lay, Lay][]) {
      const [a, b] = [layOut([m, k], layA, normal), layOut([k, n], layB, normal)]
      for (const layOutput of ["packed", "gaps", "transposed"] as const) {
        for (const accumulate of [false, true]) {
          const out = layOut([m, n], layOutput, normal)
          const expected = twin(out)
          reference.matmul(a, b, expected, accumulate)
          native.matmul(a, b, out, accumulate)
          expect(difference(out, expected, 2e-6, 2e-6 * Math.sqrt(k)), `${layA} ${layB} ${layOutput}`).toBe(null)
        }
      }
    }
  })

  test.each(shapes)("%i x %i, depth %i: as near to the true value as float32 sums are", (m, n, k) => {
    // Magnitudes over some 30 powers of two: what a number lost below its first bits would show.
    const value = () => normal() * 2 ** Math.round(30 * (random() - 0.5))
    const [a, b] = [layOut([m, k], "packed", value), layOut([k, n], "packed", value)]
    const [x, y, found] = [elementsOf(a), elementsOf(b), elementsOf(product(a, b))]
    for (let i = 0; i < m; i += 7) {
      for (let j = 0; j < n; j += 5) {
        let [sum, size] = [0, 0]
        for (let l = 0; l < k; l++) {
          const term = (x[i * k + l] as number) * (y[l * n + j] as number)
          sum += term
          size += Math.abs(term)
        }
        // A float32 sum of k products, each rounded once, is within k / 2^24 of it; in practice within the root of k.
        expect(Math.abs((found[i * n + j] as number) - sum) / size).toBeLessThan((2 + Math.sqrt(k)) / 2 ** 24)
      }
    }
  })

  test("infinities, NaN and the largest numbers come out as in the reference", () => {
    const [m, n, k] = [130, 140, 150]
    const specials = [Infinity, -Infinity, Number.NaN, 3.4028234663852886e38, -3.4e38]
    for (const special of specials) {
      for (const inA of [true, false]) {
        const [a, b] = [layOut([m, k], "packed", normal), layOut([k, n], "packed", () => 0.25 + random())]
        const target = inA ? a : b
        target.storage.data[Math.floor(random() * target.count)] = special
        const expected = layOut([m, n], "packed", () => 0)
        reference.matmul(a, b, expected, false)
        // Near the largest number sums differ by rounding before they overflow; there is one such element in each row.
        expect(difference(product(a, b), expected, 4e-6, 4e-6 * Math.sqrt(k)), `${special} in ${inA ? "A" : "B"}`).toBe(
          null,
        )
      }
    }
  })

  test("numbers near the smallest lose no more than the smallest normal number", () => {
    const [m, n, k] = [96, 96, 128]
    const [a, b] = [layOut([m, k], "packed", () => normal() * 2 ** -120), layOut([k, n], "packed", normal)]
    const expected = layOut([m, n], "packed", () => 0)
    reference.matmul(a, b, expected, false)
    expect(difference(product(a, b), expected, 0, k * 2 ** -126)).toBe(null)
  })

  test.skipIf(onWasm)("are the same to the last bit with any number of threads", () => {
    for (const [m, n, k] of shapes) {
      const [a, b] = [layOut([m, k], "transposed", normal), layOut([k, n], "packed", normal)]
      const first = elementsOf(product(a, b, 1))
      for (const threads of [2, 3, 4]) expect(elementsOf(product(a, b, threads)), `${threads} threads`).toEqual(first)
    }
  })

  test("of which some do not split leave the others untouched", () => {
    // A row with an infinity among finite ones: those must be finite, whichever way they are computed.
    const [m, n, k] = [200, 200, 200]
    const [a, b] = [layOut([m, k], "packed", () => 0.5 + random()), layOut([k, n], "packed", () => 0.5 + random())]
    a.storage.data[17 * k + 3] = Number.POSITIVE_INFINITY
    const found = elementsOf(product(a, b))
    found.forEach((x, i) => {
      if (Math.floor(i / n) === 17) expect(x).toBe(Number.POSITIVE_INFINITY)
      else expect(Number.isFinite(x)).toBe(true)
    })
  })
})
