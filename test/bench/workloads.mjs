// The training workloads, and the loop that every JavaScript runner of the benchmark speaks: a line with a workload's name
// comes in, a line of JSON with its steps a second goes out. torch_workloads.py speaks the same.
import { createInterface } from "node:readline"

/**
 * What is trained, with Adam at a learning rate of 1e-3: fully connected networks with ReLU between the layers by their
 * sizes, and the models of models.mjs by name.
 */
export const workloads = {
  tiny: { sizes: [10, 64, 64, 1], batch: 32, loss: "mse" },
  mlp: { sizes: [784, 256, 128, 10], batch: 64, loss: "crossEntropy" },
  cnn: { model: "cnn", batch: 64 },
  gpt: { model: "gpt", batch: 16, size: 128, heads: 4, layers: 4, context: 64, vocabulary: 65 },
  lstm: { model: "lstm", batch: 32, steps: 64, inputs: 128, hidden: 128, classes: 10 },
}

/** Steps a second, over at least `seconds`, after a warm-up. A step may be synchronous or return a promise. */
async function rate(step, seconds = 1) {
  const warmUntil = performance.now() + 300
  for (let count = 0; count < 3 || performance.now() < warmUntil; count++) await maybe(step())
  const begin = performance.now()
  let steps = 0
  let elapsed = 0
  while (elapsed < seconds * 1000) {
    const result = step()
    if (result instanceof Promise) await result
    steps++
    elapsed = performance.now() - begin
  }
  return steps / (elapsed / 1000)
}

const maybe = (result) => (result instanceof Promise ? result : undefined)

/**
 * Answers workload names on stdin; `makeStep(workload)` returns the function that does one training step, or null for what
 * the library cannot train.
 */
export async function serve(library, makeStep) {
  console.log(JSON.stringify({ library }))
  const steps = new Map()
  for await (const name of createInterface({ input: process.stdin })) {
    const [base, batch] = name.split("@") // "mlp@128" is the workload with batches of 128
    if (workloads[base] === undefined) throw new Error(`no workload is called ${base}`)
    const workload = batch === undefined ? workloads[base] : { ...workloads[base], batch: Number(batch) }
    if (!steps.has(name)) steps.set(name, await makeStep(workload))
    const step = steps.get(name)
    console.log(
      JSON.stringify({
        library,
        workload: name,
        stepsPerSecond: step === null ? null : await rate(step, batch === undefined ? 1 : 0.2),
      }),
    )
  }
}
