import type { Chart } from "../../src/display/chart.js"
import { diagram } from "../../src/display/diagram.js"
import { activation } from "../../src/display/plot/activation.js"
import { activations } from "../../src/display/plot/activations.js"
import { attention } from "../../src/display/plot/attention.js"
import { attentionEntropy } from "../../src/display/plot/attention-entropy.js"
import { attentionLines } from "../../src/display/plot/attention-lines.js"
import { bar } from "../../src/display/plot/bar.js"
import { confusionMatrix } from "../../src/display/plot/confusion-matrix.js"
import { decisionBoundary } from "../../src/display/plot/decision-boundary.js"
import { embedding } from "../../src/display/plot/embedding.js"
import { gradientFlow } from "../../src/display/plot/gradient-flow.js"
import { heatmap } from "../../src/display/plot/heatmap.js"
import { histogram } from "../../src/display/plot/histogram.js"
import { images } from "../../src/display/plot/images.js"
import { learningRate } from "../../src/display/plot/learning-rate.js"
import { line } from "../../src/display/plot/line.js"
import { live } from "../../src/display/plot/live.js"
import { lossCurve } from "../../src/display/plot/loss-curve.js"
import { lossSurface } from "../../src/display/plot/loss-surface.js"
import { positionalEncoding } from "../../src/display/plot/positional-encoding.js"
import { predictions } from "../../src/display/plot/predictions.js"
import { roc } from "../../src/display/plot/roc.js"
import { scatter } from "../../src/display/plot/scatter.js"
import { gradients, weights } from "../../src/display/plot/weights.js"
import { F, manualSeed, nn, optim } from "../../src/index.js"
import { cat, randn, tensor } from "../../src/ops/index.js"
import type { Tensor } from "../../src/tensor/tensor.js"

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

const angles = Array.from({ length: 120 }, (_, i) => (i * Math.PI) / 40)
const normal = (n: number) =>
  Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
const matrix = (rows: number, columns: number, scale: number) => ({
  shape: [rows, columns],
  toTypedArray: () => Float32Array.from(normal(rows * columns), (v) => v * scale),
})

/** Pictures of rings and discs, as a tensor of shape [n, 28, 28]. */
const blobs = (n: number) => ({
  shape: [n, 28, 28],
  toTypedArray: () =>
    Float32Array.from({ length: n * 784 }, (_, i) => {
      const [k, y, x] = [Math.floor(i / 784), Math.floor((i % 784) / 28) - 14, (i % 28) - 14]
      const r = Math.hypot(x, y)
      return k % 2 ? Math.max(0, 1 - Math.abs(r - 8) / 3) : Math.max(0, 1 - r / (4 + (k % 5)))
    }),
})

/** Two half rings that reach into one another. */
function moons(n: number) {
  const angles = Array.from({ length: n }, () => Math.PI * random())
  const jitter = () => 0.16 * (random() - 0.5)
  const x = angles.map((a, i) => {
    const [px, py] = i % 2 ? [1 - Math.cos(a), 0.4 - Math.sin(a)] : [Math.cos(a), Math.sin(a)]
    return [px + jitter(), py + jitter()]
  })
  return { x, y: x.map((_, i) => i % 2) }
}

const sentence = "The cat sat on the mat because it was very tired after chasing a mouse .".split(" ")

/** Weights as softmax makes them: each head looks back its own distance; with `causal` nothing after the query. */
function attentionWeights(layers: number, heads: number, rows: number, columns: number, causal = true) {
  const data: number[] = []
  for (let map = 0; map < layers * heads; map++) {
    const [back, sharp] = [map % heads, 0.3 + ((map * 7) % 5) * 0.5]
    for (let q = 0; q < rows; q++) {
      const scores = Array.from({ length: columns }, (_, k) =>
        causal && k > q ? 0 : Math.exp(-sharp * Math.abs(q - back - k) + (map % 3 === 2 && k === 0 ? 3 : 0) + random()),
      )
      const sum = scores.reduce((a, b) => a + b, 0)
      for (const score of scores) data.push(score / sum)
    }
  }
  return { shape: [layers, heads, rows, columns], toTypedArray: () => Float32Array.from(data) }
}

/** Linear warm-up, then half a cosine. */
const warmup = (step: number) =>
  (step < 100 ? (step + 1) / 100 : (1 + Math.cos((Math.PI * (step - 100)) / 900)) / 2) * 1e-3

/** Samples of two classes with scores that tell them apart, the better the larger `skill`. */
const scored = (n: number, skill: number) => {
  const truth = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 0))
  const noise = normal(n)
  return { truth, scores: truth.map((value, i) => skill * value + (noise[i] ?? 0)) }
}

/** A small network after some steps on the moons, with the gradients of the last one. */
function trained() {
  manualSeed(7)
  const { x, y } = moons(120)
  const [inputs, targets] = [tensor(x), tensor(y).reshape([120, 1])]
  const model = new nn.Sequential(
    new nn.Linear(2, 32),
    new nn.ReLU(),
    new nn.Linear(32, 32),
    new nn.ReLU(),
    new nn.Linear(32, 16),
    new nn.Tanh(),
    new nn.Linear(16, 1),
    new nn.Sigmoid(),
  )
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 })
  const loss = () => F.mseLoss(model(inputs), targets)
  for (let step = 0; step < 30; step++) {
    optimizer.zeroGrad()
    loss().backward()
    if (step < 29) optimizer.step()
  }
  return { model, inputs, loss }
}

/** Words in groups that lie together. */
function words(perGroup: number) {
  const groups = ["animal", "place", "number", "verb"]
  const x = groups.flatMap((_, g) =>
    Array.from({ length: perGroup }, () => normal(12).map((v, i) => v * 0.8 + (i % groups.length === g ? 3 : 0))),
  )
  const color = groups.flatMap((group) => new Array<string>(perGroup).fill(group))
  return { x, color, labels: color.map((group, i) => `${group} ${i % perGroup}`) }
}

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
  "loss-curve-smooth": () => {
    const steps = Array.from(
      { length: 240 },
      (_, i) => 1.8 * Math.exp(-i / 70) + 0.15 + 0.5 * (random() - 0.5) * Math.exp(-i / 150),
    )
    return lossCurve({ loss: steps }, { smooth: 0.9, xLabel: "step", subtitle: "smoothed over about 10 steps" })
  },
  "loss-curve-runs": () => {
    const run = (speed: number, floor: number) => ({
      train: epochs.map((e) => 2.2 * Math.exp(-e / speed) + floor + 0.02 * random()),
      val: epochs.map((e) => 2.1 * Math.exp(-e / speed) + floor + 0.16 + 0.05 * random()),
    })
    return lossCurve(
      { Adam: run(5, 0.1), RMSprop: run(7, 0.14), "SGD + momentum": run(12, 0.12), SGD: run(22, 0.15) },
      { title: "Loss by optimizer", subtitle: "MLP 10-64-64-1 · lr 1e-3 · batch 32" },
    )
  },
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
    const points = Array.from({ length: 240 }, (_, i) => ({
      k: i % 3,
      x: (i % 3) + 2 * random(),
      y: 2 - (i % 3) + 2 * random(),
    }))
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
  line: () =>
    line(
      { sin: angles.map(Math.sin), cos: angles.map(Math.cos) },
      { x: angles, title: "Sine and cosine", xLabel: "angle" },
    ),
  histogram: () => histogram(normal(5000), { title: "Residuals", xLabel: "mpg" }),
  "histogram-one-value": () => histogram([3, 3, 3, Number.NaN], { title: "All the same" }),
  "histogram-rows": () => histogram({ Horsepower: normal(392), Acceleration: normal(392).map((v) => v * 0.3 + 2) }),
  weights: () =>
    weights({
      "fc1.weight": matrix(64, 10, 0.2),
      "fc2.weight": matrix(64, 64, 0.08),
      "fc3.weight": matrix(1, 64, 0.1),
    }),
  bar: () =>
    bar(
      { "Adam, lr 1e-3": 0.912, "RMSprop, lr 1e-3": 0.897, "SGD, lr 1e-2": 0.871, "SGD with momentum": 0.904 },
      { title: "Accuracy by optimizer" },
    ),
  "bar-negative": () =>
    bar(["bias", "weight", "age"], [-1.5, 2.25, -0.3], { title: "Coefficients", label: "effect on mpg" }),
  heatmap: () =>
    heatmap(
      [
        [1, 0.86, -0.78],
        [0.86, 1, -0.83],
        [-0.78, -0.83, 1],
      ],
      { title: "Correlation", rows: ["weight", "power", "mpg"], columns: ["weight", "power", "mpg"] },
    ),
  "heatmap-attention": () =>
    heatmap(
      Array.from({ length: 20 }, (_, r) =>
        Array.from({ length: 20 }, (_, c) => (c > r ? 0 : Math.exp(-(r - c) / 2) / 2)),
      ),
      { title: "Attention, head 0", subtitle: "causal", xLabel: "key", yLabel: "query" },
    ),
  "heatmap-large": () => heatmap(matrix(64, 128, 1), { title: "fc2.weight", xLabel: "input", yLabel: "unit" }),
  activation: () => activation("gelu"),
  "activation-several": () => activation(["relu", "sigmoid", "tanh", "gelu", "silu", (x: number) => Math.sin(x)]),
  attention: () =>
    attention(attentionWeights(1, 4, 16, 16), {
      tokens: sentence,
      title: "Self-attention, layer 1",
      subtitle: "causal, 4 heads of 16 dimensions",
    }),
  "attention-one": () =>
    attention(
      [
        [1, 0, 0],
        [0.3, 0.7, 0],
        [0.2, 0.2, 0.6],
      ],
      { tokens: ["I", "am", "here"] },
    ),
  "attention-cross": () =>
    attention(attentionWeights(1, 2, 5, 8, false), {
      tokens: ["je", "suis", "un", "étudiant", "<eos>"],
      keyTokens: ["I", "am", "a", "student", "at", "the", "university", "<eos>"],
      title: "Cross-attention",
    }),
  "attention-layers": () => attention(attentionWeights(3, 4, 12, 12), { tokens: sentence.slice(0, 12) }),
  "attention-layer": () => attention(attentionWeights(3, 8, 12, 12), { tokens: sentence.slice(0, 12), layer: 2 }),
  "attention-gpt": () =>
    attention(attentionWeights(12, 12, 16, 16), { tokens: sentence, title: "GPT-2, 12 × 12 heads" }),
  "attention-long-tokens": () =>
    attention(attentionWeights(1, 2, 3, 3), { tokens: ["a".repeat(200), "\n", "<|endoftext|>"] }),
  "attention-long": () => attention(attentionWeights(1, 8, 128, 128), { title: "Long context" }),
  "attention-head": () =>
    attention(attentionWeights(3, 4, 16, 16), { tokens: sentence, layer: 1, head: 2, subtitle: "causal" }),
  "attention-lines": () =>
    attentionLines(attentionWeights(1, 4, 16, 16), { tokens: sentence, title: "Self-attention, layer 1" }),
  "attention-lines-one": () =>
    attentionLines(attentionWeights(2, 4, 16, 16), { tokens: sentence, layer: 1, head: 3, subtitle: "causal" }),
  "attention-lines-cross": () =>
    attentionLines(attentionWeights(1, 2, 5, 8, false), {
      tokens: ["je", "suis", "un", "étudiant", "<eos>"],
      keyTokens: ["I", "am", "a", "student", "at", "the", "university", "<eos>"],
    }),
  "attention-entropy": () =>
    attentionEntropy(attentionWeights(4, 6, 16, 16), { subtitle: "GPT-like, 4 layers of 6 heads" }),
  "attention-entropy-one": () => attentionEntropy(attentionWeights(1, 4, 16, 16)),
  gradients: () => gradients(trained().model),
  "gradient-flow": () => gradientFlow(trained().model, { subtitle: "MLP 2-32-32-16-1, step 30" }),
  "gradient-flow-all": () => {
    const { model } = trained()
    model.parameters()[2]?.grad?.fill_(0)
    return gradientFlow(model, { vectors: true })
  },
  activations: () => {
    const { model, inputs } = trained()
    return activations(model, inputs, { subtitle: "MLP 2-32-32-16-1" })
  },
  "activations-large": () => {
    manualSeed(1)
    const layer = new nn.TransformerEncoderLayer(16, 2, { dimFeedforward: 32, batchFirst: true })
    return activations(layer, randn([4, 10, 16]))
  },
  "loss-surface": () => {
    const { model, loss } = trained()
    return lossSurface(model, loss, { subtitle: "MLP 2-32-32-16-1 on two moons" })
  },
  "loss-surface-log": () => {
    manualSeed(3)
    const layer = new nn.Linear(2, 1)
    const [x, y] = [
      tensor([
        [1, 0],
        [0, 3],
        [1, 1],
      ]),
      tensor([[2], [-3], [1]]),
    ]
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 })
    for (let step = 0; step < 200; step++) {
      optimizer.zeroGrad()
      F.mseLoss(layer(x), y).backward()
      optimizer.step()
    }
    return lossSurface(layer, () => F.mseLoss(layer(x), y), { span: 2, log: true })
  },
  embedding: () => embedding(words(12).x, { ...words(12), title: "Word embeddings", colorLabel: "kind" }),
  "embedding-tsne": () => {
    const { x, color } = words(75)
    return embedding(x, { color, method: "tsne", title: "Hidden states", colorLabel: "kind" })
  },
  "embedding-values": () => {
    const x = Array.from({ length: 300 }, () => normal(5))
    return embedding(x, { color: x.map((row) => row[0] ?? 0), colorLabel: "first" })
  },
  "diagram-neurons": () => {
    manualSeed(4)
    const small = new nn.Sequential(new nn.Linear(2, 6), new nn.Tanh(), new nn.Linear(6, 4), new nn.Linear(4, 2))
    return diagram(small, { inputs: ["x₁", "x₂"], outputs: ["A", "B"], subtitle: "before training" })
  },
  "diagram-blocks": () => {
    manualSeed(1)
    class Classifier extends nn.Module {
      tokens = new nn.Embedding(100, 32)
      positions = new nn.PositionalEncoding(32)
      encoder = new nn.TransformerEncoder(
        new nn.TransformerEncoderLayer(32, 4, { dimFeedforward: 64, batchFirst: true }),
        3,
      )
      head = new nn.Linear(32, 5)
      forward(x: Tensor): Tensor {
        return this.head(this.encoder(this.positions(this.tokens(x))).mean(1))
      }
    }
    const model = new Classifier()
    model(tensor([[1, 2, 3]], { dtype: "int32" }))
    return diagram(model)
  },
  "diagram-large": () => diagram(new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10))),
  roc: () => {
    const { truth, scores } = scored(400, 1.8)
    return roc(truth, scores, { subtitle: "logistic regression" })
  },
  "roc-several": () => {
    const [good, fair, guess] = [scored(3000, 2.5), scored(3000, 1), scored(3000, 0)]
    return roc(good.truth, { "MLP 2-16-1": good.scores, linear: fair.scores, guess: guess.scores })
  },
  "positional-encoding": () => positionalEncoding(128, { length: 64, subtitle: "sinusoids, d 128" }),
  "positional-encoding-small": () => positionalEncoding(16, { length: 20 }),
  "positional-encoding-large": () => positionalEncoding(512, { length: 512 }),
  "positional-encoding-learned": () => positionalEncoding(matrix(96, 96, 0.02), { title: "Learned positions" }),
  "learning-rate": () => learningRate(warmup, { steps: 1000, subtitle: "warm-up 100, cosine" }),
  "learning-rate-several": () =>
    learningRate(
      { cosine: warmup, step: (step) => 1e-3 * 0.3 ** Math.floor(step / 250), constant: () => 2e-4 },
      { steps: 1000, log: true },
    ),
  "confusion-matrix": () => {
    const truth = Array.from({ length: 3000 }, () => Math.floor(random() * 10))
    return confusionMatrix(
      truth,
      truth.map((t) => (random() < 0.93 ? t : Math.floor(random() * 10))),
    )
  },
  "confusion-matrix-names": () =>
    confusionMatrix(["cat", "dog", "cat", "bird", "dog", "cat"], ["cat", "dog", "dog", "bird", "dog", "cat"]),
  images: () =>
    images(blobs(20), {
      title: "Test samples",
      labels: Array.from({ length: 20 }, (_, i) => i % 10),
      predicted: Array.from({ length: 20 }, (_, i) => (i === 7 ? 1 : i % 10)),
    }),
  "decision-boundary": () => {
    const { x, y } = moons(160)
    const above = (t: Tensor) =>
      t
        .narrow(1, 1, 1)
        .sub(t.narrow(1, 0, 1).mul(2.2).cos().mul(0.6))
        .mul(-4)
    return decisionBoundary(above, x, y, { classes: ["A", "B"], subtitle: "MLP 2-16-16-1" })
  },
  "decision-boundary-three": () => {
    const x = Array.from({ length: 150 }, (_, i) => [(i % 3) * 2 + 2 * random(), (i % 3 === 1 ? 2 : 0) + 2 * random()])
    const centers = [
      [1, 1],
      [3, 3],
      [5, 1],
    ]
    const scores = (t: Tensor) =>
      cat(
        centers.map((c) => t.sub(tensor(c)).square().sum(1, { keepdim: true }).mul(-1)),
        1,
      )
    return decisionBoundary(
      scores,
      x,
      x.map((_, i) => i % 3),
    )
  },
}
