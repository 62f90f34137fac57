import { describe, expect, test } from "vitest"
import type { ArrayView, AttentionOperands, Backend } from "../../src/native/backend.js"
import { makeView } from "../../src/native/layout.js"
import { NativeBackend } from "../../src/native/native.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { difference, layOut, randomNumbers, twin } from "./views.js"

const reference = new ReferenceBackend()

/** Sizes of attention: batch, heads, queries, keys, size of a query and of a value. */
type Sizes = [number, number, number, number, number, number]

describe.skipIf(kernels === null).each(onWasm ? [1] : [1, 3])(
  "kernels of attention and layer normalisation against the reference, %i threads",
  (threads) => {
    const native = kernels === null ? reference : kernelBackend(threads)
    const random = randomNumbers(21)
    const around = () => random() * 2 - 1
    const view = (shape: readonly number[]) => layOut(shape, "offset", around)

    /** Heads that stand inside the rows of a sequence, as they do when one product has made all of them. */
    function heads([a, b, l, d]: readonly [number, number, number, number]): ArrayView {
      const rows = view([a, l, 3 * b * d])
      return makeView(rows.storage, [a, b, l, d], [l * 3 * b * d, d, 3 * b * d, 1], rows.offset + d)
    }

    const masks = {
      none: () => null,
      full: ([a, b, l, s]: Sizes) => view([a, b, l, s]),
      "of keys": ([a, b, l, s]: Sizes) => {
        const padding = view([a, s])
        padding.storage.data.fill(Number.NEGATIVE_INFINITY, padding.offset, padding.offset + Math.ceil(s / 3))
        return makeView(padding.storage, [a, b, l, s], [s, 0, 0, 1], padding.offset)
      },
      "of queries": ([a, b, l, s]: Sizes) => {
        const column = view([l])
        column.storage.data[column.offset] = Number.NEGATIVE_INFINITY // the first may look at nothing
        return makeView(column.storage, [a, b, l, s], [0, 0, 1, 0], column.offset)
      },
    }

    const sizes: Sizes[] = [
      [1, 1, 1, 1, 1, 1],
      [2, 3, 5, 7, 4, 6],
      [2, 2, 64, 64, 32, 32],
      [1, 2, 70, 33, 17, 19],
      [1, 1, 3, 1100, 8, 5],
      [1, 1, 600, 600, 5, 3],
      [0, 2, 4, 4, 3, 3],
    ]
    const cases = sizes.flatMap((size) =>
      Object.keys(masks).flatMap((mask) =>
        (mask === "none" ? [false, true] : [false]).map(
          (causal) => [size, mask as keyof typeof masks, causal] as const,
        ),
      ),
    )

    function both(run: (backend: Backend, outs: ArrayView[]) => void, outs: ArrayView[], absolute: number): void {
      if (native instanceof NativeBackend) native.threads = threads
      const expected = outs.map(twin)
      run(reference, expected)
      run(native, outs)
      outs.forEach((out, i) => {
        expect(difference(out, expected[i] as ArrayView, 1e-5, absolute)).toBeNull()
      })
    }

    test.each(cases)("attention %j, mask %s, causal %j", (size, mask, causal) => {
      const [a, b, l, s, d, e] = size
      const [q, k, v] = [heads([a, b, l, d]), view([a, b, s, d]), heads([a, b, s, e])]
      const operands: AttentionOperands = { q, k, v, mask: masks[mask](size), causal, scale: 1 / Math.sqrt(d) }
      const [out, logSums] = [heads([a, b, l, e]), view([a, b, l])]
      both((backend, [y, sums]) => backend.attention(operands, y as ArrayView, sums as ArrayView), [out, logSums], 2e-6)
      const dOut = heads([a, b, l, e])
      both(
        (backend, [dq, dk, dv]) =>
          backend.attentionBackward(operands, out, logSums, dOut, dq as ArrayView, dk as ArrayView, dv as ArrayView),
        [heads([a, b, l, d]), view([a, b, s, d]), heads([a, b, s, e])],
        5e-6,
      )
    })

    test.each([
      [1, 1],
      [3, 5],
      [40, 128],
      [200, 129],
      [2, 3000],
      [0, 8],
    ])("layer normalisation of %i rows of %i", (rows, length) => {
      const [x, weight, bias, dy] = [view([rows, length]), view([length]), view([length]), view([rows, length])]
      const [means, inverses] = [view([rows]), view([rows])]
      for (const [w, b] of [
        [weight, bias],
        [weight, null],
        [null, null],
      ] as const) {
        both(
          (backend, [out, m, r]) => backend.layerNorm(x, w, b, 1e-5, out as ArrayView, m as ArrayView, r as ArrayView),
          [view([rows, length]), means, inverses],
          2e-6,
        )
        both(
          (backend, [dx, parameters]) =>
            backend.layerNormBackward(x, w, means, inverses, dy, dx as ArrayView, parameters as ArrayView),
          [view([rows, length]), view([2, length])],
          2e-5,
        )
        both(
          (backend, [dx]) => backend.layerNormBackward(x, w, means, inverses, dy, dx as ArrayView, null),
          [view([rows, length])],
          2e-5,
        )
      }
    })
  },
)

describe.skipIf(kernels === null)("GELU with its slope against the reference", () => {
  test.each([1, 17, 5000, 40_000])("%i elements", (count) => {
    const native = kernelBackend(2)
    const random = randomNumbers(3)
    const x = layOut([count], "offset", () => (random() - 0.5) * 12)
    const outs = [0, 1].map(() => layOut([count], "offset", () => 0)) as [ArrayView, ArrayView]
    const wanted = outs.map(twin) as [ArrayView, ArrayView]
    native.geluWithSlope(x, ...outs)
    reference.geluWithSlope(x, ...wanted)
    expect(difference(outs[0], wanted[0], 1e-6, 1e-9)).toBeNull()
    // The slope crosses 0, where its two parts cancel.
    expect(difference(outs[1], wanted[1], 1e-6, 3e-7)).toBeNull()
  })
})
