import type { Chart } from "../../src/display/chart.js"
import { live } from "../../src/display/plot/live.js"
import { lossCurve } from "../../src/display/plot/loss-curve.js"
import { predictions } from "../../src/display/plot/predictions.js"
import { scatter } from "../../src/display/plot/scatter.js"

/** Numbers that are the same at every run. */
export function noise(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}

const random = noise()
const epochs = Array.from({ length: 40 }, (_, i) => i + 1)
const train = epochs.map((e) => 2.2 * Math.exp(-e / 9) + 0.09 + 0.03 * random())
const val = epochs.map((e) => 2.1 * Math.exp(-e / 8) + 0.24 + 0.004 * Math.max(0, e - 28) + 0.07 * random())

/** Every chart at least once: drawn, compiled with two versions of Vega-Lite, measured, and looked at. */
export const chartSamples: Record<string, () => Chart> = {
  "loss-curve": () =>
    lossCurve({ train, val }, { title: "Loss", subtitle: "FeedForwardNN 10-64-64-1 · Adam lr 1e-3 · batch 32" }),
  "loss-curve-log": () => lossCurve({ train, val }, { log: true, subtitle: "logarithmic" }),
  "loss-curve-one-point": () => lossCurve({ train: [0.7], val: [0.72] }),
  "loss-curve-gap": () => lossCurve({ train: train.map((v, i) => (i > 14 && i < 20 ? Number.NaN : v)) }),
  "loss-curve-crowded": () =>
    lossCurve(
      Object.fromEntries(
        ["a", "b", "c", "d", "e", "f", "g", "h"].map((n, k) => [`run ${n}`, train.map((v) => v + k * 0.004)]),
      ),
      { best: false, title: "Eight runs" },
    ),
  "loss-curve-long": () =>
    lossCurve(
      { loss: Array.from({ length: 20_000 }, (_, i) => Math.exp(-i / 4000) + 0.2 * random() + (i === 9000 ? 2 : 0)) },
      { xLabel: "step" },
    ),
  "live-empty": () => live({ metrics: ["train", "val"] }).chart(),
  predictions: () =>
    predictions(
      Array.from({ length: 80 }, (_, i) => 12 + i * 0.4),
      Array.from({ length: 80 }, (_, i) => 12.5 + i * 0.39 + 6 * (random() - 0.5)),
      { title: "Miles per gallon", unit: "mpg" },
    ),
  scatter: () => {
    const x = Array.from({ length: 300 }, () => random() * 4000 + 1500)
    return scatter(
      x,
      x.map((v) => 50 - v / 120 + 6 * random()),
      { title: "Heavier cars drink more", xLabel: "weight (lbs)", yLabel: "miles per gallon" },
    )
  },
  "scatter-classes": () => {
    const origins = ["USA", "Europe", "Japan"]
    const points = Array.from({ length: 240 }, (_, i) => ({ k: i % 3, x: (i % 3) + 2 * random(), y: 2 - (i % 3) + 2 * random() }))
    return scatter(
      points.map(({ x }) => x),
      points.map(({ y }) => y),
      { color: points.map(({ k }) => origins[k]), colorLabel: "origin", title: "Three groups" },
    )
  },
  "scatter-values-and-nan": () => {
    const x = Array.from({ length: 9000 }, () => random() + random() + random())
    const y = x.map((v, i) => (i % 500 === 0 ? Number.NaN : Math.sin(3 * v) + 0.3 * random()))
    return scatter(x, y, { color: x, colorLabel: "x", title: "Many points" })
  },
}
