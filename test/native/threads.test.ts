import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { requires, root } from "../requirements.js"

/** By how much two threads may seem slower than one before it counts: what a busy machine does to the shortest times. */
const margin = 1.25

interface Measured {
  readonly name: string
  /** The shortest time of a step with one and with two threads, in ms. */
  readonly one: number
  readonly two: number
  readonly losses: readonly number[]
}

function measure(): Measured[] {
  const env = { ...process.env, CELLGRAD_BACKEND: "native" }
  const script = join(root, "test/bench/threads.mjs")
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: "utf8", env })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Measured)
}

const several = availableParallelism() > 1
if (!several) console.log("threads: skipped, because this machine has one core")

requires("compiler")("the training workloads with several threads", () => {
  let first: Measured[] = []
  beforeAll(() => {
    if (several) first = measure()
  }, 60_000)

  test.runIf(several).each(["tiny", "mlp", "cnn", "gpt", "lstm"])("%s: no bit of the loss depends on them", (name) => {
    const losses = first.find((measured) => measured.name === name)?.losses ?? []
    expect(losses[0]).toBeGreaterThan(0)
    expect(losses).toEqual([losses[0], losses[0], losses[0]])
  })

  test.runIf(several)("two are never slower than one", { timeout: 120_000 }, () => {
    const isSlower = ({ one, two }: Measured) => two > margin * one
    // A neighbour that takes a core makes two threads look slow: a workload is slower if it is so every time.
    let slower = first.filter(isSlower)
    for (let again = 0; again < 3 && slower.length > 0; again++) {
      const names = slower.map(({ name }) => name)
      slower = measure().filter((measured) => names.includes(measured.name) && isSlower(measured))
    }
    expect(slower).toEqual([])
  })
})
