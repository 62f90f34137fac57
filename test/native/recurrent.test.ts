import { describe, expect, test } from "vitest"
import type { ArrayView, Backend, RecurrentMode, RecurrentSteps } from "../../src/native/backend.js"
import { NativeBackend } from "../../src/native/native.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { difference, layOut, randomNumbers, twin } from "./views.js"

const reference = new ReferenceBackend()
const modes: RecurrentMode[] = ["lstm", "gru", "tanh", "relu"]

/** What both ways of a layer read and write, as one call leaves it. */
function run(backend: Backend, mode: RecurrentMode, size: number, steps: RecurrentSteps, seed: number): ArrayView[] {
  const random = randomNumbers(seed)
  const around = (scale: number) => () => (random() * 2 - 1) * scale
  const rows = steps.batchSizes.reduce((sum, count) => sum + count, 0)
  const samples = steps.batchSizes[0] ?? 0
  const width = size * (mode === "lstm" ? 4 : mode === "gru" ? 3 : 1)
  const view = (shape: number[], scale = 1) => layOut(shape, "offset", around(scale))
  const weight = view([width, size], 1 / Math.sqrt(size))
  const bias = mode === "gru" ? view([width]) : null
  const gates = view([rows, width])
  const [hidden, y, previous] = [view([samples, size]), view([rows, size]), view([rows, size])]
  const cell = mode === "lstm" ? view([samples, size]) : null
  const memory = mode === "lstm" || mode === "gru" ? view([rows, size]) : null
  backend.recurrent(mode, gates, weight, bias, steps, hidden, cell, y, previous, memory)
  const forward = [gates, hidden, cell, y, previous, memory].map((out) => (out === null ? null : twin(out)))
  const [dy, dHidden, dGates] = [view([rows, size]), view([samples, size]), view([rows, width])]
  const dCell = mode === "lstm" ? view([samples, size]) : null
  const dRecurrent = mode === "gru" ? view([rows, width]) : null
  backend.recurrentBackward(mode, gates, weight, steps, previous, memory, dy, dHidden, dCell, dGates, dRecurrent)
  return [...forward, dHidden, dCell, dGates, dRecurrent].filter((out) => out !== null)
}

describe.skipIf(kernels === null).each(onWasm ? [1] : [1, 3])(
  "recurrent kernels against the reference, %i threads",
  (threads) => {
    const native = kernels === null ? reference : kernelBackend(threads)
    const sequences: [size: number, batchSizes: number[]][] = [
      [1, [1]],
      [3, [2, 2, 2]],
      [17, [5, 5, 3, 3, 1]],
      [33, [40, 39, 8, 8, 8, 1]],
      [130, [100, 100]],
      [300, [3, 2]],
      [4, []],
    ]

    test.each(modes.flatMap((mode) => sequences.map((sequence) => [mode, ...sequence] as const)))(
      "%s of %i, %j",
      (mode, size, batchSizes) => {
        for (const reverse of [false, true]) {
          if (native instanceof NativeBackend) native.threads = threads
          const found = run(native, mode, size, { batchSizes, reverse }, 5)
          const expected = run(reference, mode, size, { batchSizes, reverse }, 5)
          // Rounding goes on from step to step.
          found.forEach((out, i) => {
            expect(difference(out, expected[i] as ArrayView, 1e-5, 3e-6)).toBeNull()
          })
        }
      },
    )

    test("is the same with any number of threads", () => {
      if (!(native instanceof NativeBackend)) return expect(kernels).toBeNull()
      const results = [1, 2, 4].map((count) => {
        native.threads = count
        return run(native, "lstm", 37, { batchSizes: [33, 33, 30], reverse: false }, 9)
      })
      for (const outs of results.slice(1)) {
        outs.forEach((out, i) => {
          expect(difference(out, (results[0] as ArrayView[])[i] as ArrayView, 0, 0)).toBeNull()
        })
      }
    })
  },
)
