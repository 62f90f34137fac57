import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { cat, exportOnnx, F, manualSeed, nn, noGrad, randint, randn, Tensor, writeNpz } from "../../src/index.js"
import { python, pythonEnvironment, requires, root } from "../requirements.js"
import { layerSamples, notExported, patternSamples, type Sample } from "./onnx-layers.js"

const image = (batch: number) => [randn([batch, 3, 12, 10])]
const row = (batch: number) => [randn([batch, 6])]

class Residual extends nn.Module {
  fc1 = new nn.Linear(6, 6)
  fc2 = new nn.Linear(6, 6)
  forward(x: Tensor): Tensor {
    return x
      .add(this.fc2(this.fc1(x).tanh()))
      .mul(0.5)
      .sub(x.square().mean(1, { keepdim: true }))
  }
}

class Formulas extends nn.Module {
  forward(x: Tensor): Tensor {
    const positive = x.square().add(0.5)
    const parts = [
      positive.log(),
      positive.sqrt(),
      positive.rsqrt(),
      positive.pow(1.5),
      x.exp(),
      x.sin().add(x.cos()),
      x.clamp(-0.5, 0.5),
      x.abs().neg(),
      x.erf(),
      x.expm1().div(3),
      positive.log1p(),
      x.maximum(x.mul(0.5)),
      x.reciprocal().div(x.reciprocal()),
      x.narrow(1, 1, 4).cumsum(1).transpose(0, 1).mT().flip(1),
    ]
    return cat(parts, 1).softmax(1)
  }
}

class Views extends nn.Module {
  forward(x: Tensor): Tensor {
    const [a, b] = x.unflatten(1, [2, 3]).chunk(2, 1) as [Tensor, Tensor] // [N, 1, 3]
    const outer = a.mT().matmul(b) // [N, 3, 3]
    return outer.permute(2, 0, 1).select(0, 1).unsqueeze(1).expand(-1, 2, -1).flatten(1).amax(1, { keepdim: true })
  }
}

class Heads extends nn.Module {
  body = new nn.Linear(6, 4)
  left = new nn.Linear(4, 2)
  right = new nn.Linear(4, 3)
  forward(x: Tensor): { left: Tensor; right: Tensor } {
    const h = this.body(x).relu()
    return { left: this.left(h), right: F.logSoftmax(this.right(h), 1) }
  }
}

class Classifier extends nn.Module {
  embedding = new nn.Embedding(11, 8)
  position = new nn.Embedding(7, 8)
  encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }), 2)
  head = new nn.Linear(8, 3)
  places = randint(0, 7, [7])
  forward(ids: Tensor): Tensor {
    const x = this.embedding(ids).add(this.position(this.places)) // [B, T, C]
    return this.head(this.encoder(x).mean(1))
  }
}

class Recurrent extends nn.Module {
  head: nn.Linear
  constructor(
    readonly layer: (x: Tensor) => readonly [Tensor, unknown],
    width: number,
  ) {
    super()
    this.head = new nn.Linear(width, 2)
  }
  forward(x: Tensor): Tensor {
    const [output] = this.layer(x)
    return this.head(output.select(1, -1))
  }
}

const activations = {
  relu: nn.ReLU,
  gelu: nn.GELU,
  silu: nn.SiLU,
  elu: nn.ELU,
  leaky: nn.LeakyReLU,
  softplus: nn.Softplus,
  tanh: nn.Tanh,
  sigmoid: nn.Sigmoid,
}
const sequence = (batch: number) => [randn([batch, 5, 4])]
const samples: Record<string, () => Sample> = {
  ...layerSamples,
  ...patternSamples,
  perceptron: () => ({
    model: new nn.Sequential(
      new nn.Linear(6, 8),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Linear(8, 3),
      new nn.Softmax(1),
    ),
    inputs: row,
  }),
  ...Object.fromEntries(
    Object.entries(activations).map(([name, Layer]) => [
      name,
      () => ({ model: new nn.Sequential(new nn.Linear(6, 4), new Layer()), inputs: row }),
    ]),
  ),
  residual: () => ({ model: new Residual(), inputs: row }),
  formulas: () => ({ model: new Formulas(), inputs: row }),
  views: () => ({ model: new Views(), inputs: row }),
  heads: () => ({ model: new Heads(), inputs: row }),
  cnn: () => ({
    model: new nn.Sequential(
      new nn.Conv2d(3, 4, 3, { padding: 1 }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 4, 3, { stride: 2, padding: 1, groups: 2 }),
      new nn.AvgPool2d(2, { padding: 1 }),
      new nn.Flatten(),
      new nn.Linear(4 * 2 * 2, 5),
    ),
    inputs: image,
  }),
  block: () => ({
    model: new nn.Sequential(
      new nn.Conv2d(3, 4, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
      new nn.Conv2d(4, 2, 3),
      new nn.ReLU(),
    ),
    inputs: image,
  }),
  pools: () => ({
    model: new nn.Sequential(
      new nn.MaxPool2d(3, { stride: 2, ceilMode: true }),
      new nn.AdaptiveAvgPool2d([3, 1]),
      new nn.Flatten(),
    ),
    inputs: image,
  }),
  same: () => ({
    model: new nn.Sequential(new nn.Conv2d(3, 2, 4, { padding: "same" }), new nn.AdaptiveMaxPool2d(1)),
    inputs: image,
  }),
  transposed: () => ({
    model: new nn.Sequential(new nn.ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, outputPadding: 1 })),
    inputs: image,
  }),
  conv1d: () => ({
    model: new nn.Sequential(new nn.Conv1d(4, 6, 3, { dilation: 2 }), new nn.ReLU(), new nn.MaxPool1d(2)),
    inputs: (batch) => [randn([batch, 4, 11])],
  }),
  norms: () => ({
    model: new nn.Sequential(
      new nn.GroupNorm(3, 6),
      new nn.LayerNorm(6),
      new nn.Linear(6, 2),
      new nn.LayerNorm(2, { elementwiseAffine: false }),
    ),
    inputs: row,
  }),
  images: () => ({ model: new nn.Sequential(new nn.InstanceNorm2d(3), new nn.LayerNorm([3, 12, 10])), inputs: image }),
  transformer: () => ({ model: new Classifier(), inputs: (batch) => [randint(0, 11, [batch, 7])] }),
  attention: () => {
    class Causal extends nn.Module {
      forward(x: Tensor): Tensor {
        const q = x.unflatten(2, [2, 2]).transpose(1, 2) // [B, 2, T, 2]
        return F.scaledDotProductAttention(q, q, q, { isCausal: true }).transpose(1, 2).flatten(2)
      }
    }
    return { model: new Causal(), inputs: sequence }
  },
  lstm: () => ({
    model: new Recurrent(new nn.LSTM(4, 3, { numLayers: 2, batchFirst: true, bidirectional: true }), 6),
    inputs: sequence,
  }),
  gru: () => ({ model: new Recurrent(new nn.GRU(4, 3, { batchFirst: true }), 3), inputs: sequence }),
  rnn: () => ({ model: new Recurrent(new nn.RNN(4, 3, { batchFirst: true }), 3), inputs: sequence }),
}

interface Found {
  runs: number[][][]
  inputs: string[]
  outputs: string[]
  shapes: (number | string)[][]
  error?: string
}

requires("exchange")("models in onnxruntime", () => {
  let folder: string
  let found: Record<string, Found>
  const wanted: Record<string, number[][][]> = {}

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cellgrad-onnx-"))
    manualSeed(1)
    for (const [name, make] of Object.entries(samples)) {
      const { model, inputs, batches = [2, 5, 1], batchDim = 0 } = make()
      // Running means and weights that are not those of the start.
      model.train()
      noGrad(() => model(...inputs(4)))
      model.eval()
      exportOnnx(model, inputs(batches[0] as number), join(folder, `${name}.onnx`), { inputNames: ["x"], batchDim })
      wanted[name] = batches.map((batch, run) => {
        const given = inputs(batch)
        writeNpz({ x: given[0] as Tensor }, join(folder, `${name}.${run}.npz`))
        const tensors = (value: unknown): Tensor[] =>
          value instanceof Tensor ? [value] : Object.values(value as object).flatMap(tensors)
        return tensors(noGrad(() => model(...given))).map((x) => Array.from(x.toTypedArray(), Number))
      })
    }
    const script = join(root, "test/clients/run_onnx.py")
    found = JSON.parse(
      execFileSync(python, [script, folder], { encoding: "utf8", env: pythonEnvironment(), maxBuffer: 1 << 26 }),
    )
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(Object.keys(samples))("compute the same: %s", (name) => {
    expect(found[name]?.error).toBeUndefined()
    const runs = found[name]?.runs ?? []
    expect(runs.length).toBe(wanted[name]?.length)
    runs.forEach((outputs, run) => {
      expect(outputs.length).toBe(wanted[name]?.[run]?.length)
      outputs.forEach((values, i) => {
        const ours = wanted[name]?.[run]?.[i] as number[]
        expect(values.length).toBe(ours.length)
        const worst = Math.max(
          ...values.map((value, k) => Math.abs(value - (ours[k] as number)) / (1 + Math.abs(value))),
        )
        expect(worst).toBeLessThan(2e-6)
      })
    })
  })

  test("have the names that they were given", () => {
    expect(found.perceptron).toMatchObject({ inputs: ["x"], outputs: ["output"] })
    expect(found.heads?.outputs).toEqual(["output0", "output1"])
    expect([found.perceptron?.shapes, found.lstm?.shapes]).toEqual([[["batch", 6]], [["batch", 5, 4]]])
    expect(found.LSTM?.shapes).toEqual([[5, "batch", 8]])
  })

  test("are of all layers", () => {
    const isLayer = (value: unknown) => typeof value === "function" && value.prototype instanceof nn.Module
    const layers = Object.keys(nn).filter((name) => isLayer(Reflect.get(nn, name)) && !name.endsWith("Loss"))
    expect(layers.filter((name) => !(name in layerSamples) && !notExported.has(name))).toEqual([])
  })
})
