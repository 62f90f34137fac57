// What looking costs: a training loop with a live chart, and with a progress bar, against the same loop without, in a real kernel;
// and how long each kind of chart takes to draw.

import { KernelClient } from "../../dist/kernel/client.js"
import { kernelArgv } from "../../dist/kernel/package.js"

/** A block is long enough for a chart to be updated in it, and short enough that its neighbours ran on the same machine. */
const blockMs = 300
const blocksPerRepeat = 5

const setup = `
manualSeed(0)
function makeStep(sizes: number[], batch: number) {
  const layers = sizes.slice(1).flatMap((size, i) => [new nn.Linear(sizes[i]!, size), new nn.ReLU()])
  const model = new nn.Sequential(...layers.slice(0, -1))
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const [x, y] = [randn([batch, sizes[0]!]), randn([batch, sizes.at(-1)!])]
  return () => {
    optimizer.zeroGrad()
    const loss = F.mseLoss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
}
const steps = { tiny: makeStep([10, 64, 64, 1], 32), mlp: makeStep([784, 256, 128, 10], 64) }

function rate(step: () => Tensor, each: (loss: number) => void): number {
  const begin = performance.now()
  let count = 0
  while (performance.now() - begin < ${blockMs}) {
    each(step().item())
    count++
  }
  return count / ((performance.now() - begin) / 1000)
}

/** The share of a loop's time that its watching takes, by the clock around each call: less noise, but the clock counts too. */
function shareOf(step: () => Tensor, watched: (loss: number) => void): number {
  const begin = performance.now()
  let spent = 0
  while (performance.now() - begin < 10 * ${blockMs}) {
    const loss = step().item()
    const before = performance.now()
    watched(loss)
    spent += performance.now() - before
  }
  return spent / (performance.now() - begin)
}

/** Plain and watched blocks in the order plain, watched, watched, plain, …; steps a second of each pair. */
function compare(step: () => Tensor, watched: (loss: number) => void, pairs: number): [number, number][] {
  let kept = 0
  const plain = (loss: number) => void (kept = loss)
  rate(step, plain)
  rate(step, watched)
  return Array.from({ length: pairs }, (_, i) => {
    if (i % 2 === 0) {
      const before = rate(step, plain)
      return [before, rate(step, watched)]
    }
    const first = rate(step, watched)
    return [rate(step, plain), first]
  })
}
`

/** What a loop does beside its step; the plain loop reads the loss too. */
const loops = {
  live: 'const curve = plot.live({ xLabel: "step" }); const watched = (loss: number) => curve.log({ loss })',
  progress:
    "const bar = progress(1e9); const ticks = bar[Symbol.iterator](); const watched = (loss: number) => { ticks.next(); bar.set({ loss }) }",
}

/** Steps a second without and with each of the loops, in pairs that ran right after each other; and the share by the clock. */
export async function measureLooking(repeats, workload) {
  const client = await KernelClient.launch({ argv: kernelArgv() })
  try {
    await succeed(client, setup)
    const found = {}
    for (const [name, loop] of Object.entries(loops)) {
      const pairs = `compare(steps.${workload}, watched, ${repeats * blocksPerRepeat})`
      const text = await succeed(
        client,
        `{\n${loop}\nconsole.log("found " + JSON.stringify({ pairs: ${pairs}, share: shareOf(steps.${workload}, watched) }))\n}`,
      )
      found[name] = JSON.parse(/found (.*)/.exec(text)?.[1] ?? "{}")
    }
    return found
  } finally {
    await client.shutdown()
  }
}

async function succeed(client, code) {
  const execution = client.execute(code)
  let text = ""
  for await (const event of execution) {
    if (event.type === "stream") text += event.content.text
    if (event.type === "error") throw new Error(event.content.traceback.join("\n"))
  }
  await execution.reply
  return text
}

/** Milliseconds to compile and draw each chart, to SVG and to PNG, the fastest of `repeats`. */
export async function measureCharts(repeats) {
  const { Chart, manualSeed, nn, plot, randn } = await import("../../dist/src/index.js")
  manualSeed(0)
  const epochs = Array.from({ length: 40 }, (_, i) => i + 1)
  const loss = (speed) => epochs.map((e) => 2 * Math.exp(-e / speed) + 0.1)
  const attention = randn([1, 4, 16, 16]).softmax(-1)
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 1))
  const x = randn([200, 2])
  const charts = {
    "loss curve": plot.lossCurve({ train: loss(8), val: loss(10) }),
    scatter: plot.scatter(x.select(1, 0), x.select(1, 1)),
    "confusion matrix": plot.confusionMatrix(
      epochs.map((e) => e % 10),
      epochs.map((e) => (e * 3) % 10),
    ),
    "attention, 4 heads": plot.attention(attention),
    "attention lines": plot.attentionLines(attention.select(0, 0)),
    weights: plot.weights(model),
    "decision boundary": plot.decisionBoundary(
      model,
      x,
      epochs.slice(0, 40).flatMap((e) => [e % 2, 0, 1, 0, 1]),
    ),
    embedding: plot.embedding(randn([200, 16])),
  }
  const fastest = (work) => {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < repeats; i++) {
      const begin = performance.now()
      work()
      best = Math.min(best, performance.now() - begin)
    }
    return best
  }
  return Object.entries(charts).map(([name, chart]) => {
    // A chart keeps what it drew, so each time a new one is made.
    const fresh = () => new Chart(chart.spec, chart.text)
    const svg = fastest(() => fresh().toSVG())
    const both = fastest(() => fresh().toPNG())
    return { name, kilobytes: JSON.stringify(chart.spec).length / 1024, svg, png: both - svg }
  })
}
