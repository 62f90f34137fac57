import { describe, expect, test } from "vitest"
import { cat, F, gradcheck, gradgradcheck, manualSeed, nn, ones, rand, type Tensor, tensor } from "../../src/index.js"
import { expectLayer, type LayerCase, type LayerCaseOptions } from "./layer-case.js"
import { expectNear, golden, golds, type Numbers } from "./support.js"

type Cases = Record<string, [make: () => nn.Module, options?: LayerCaseOptions]>

/** Tests for every golden case, and that no case is left out. */
function holdLayers(file: string, cases: Cases): void {
  const { torch: _, ...gold } = golden<Record<string, LayerCase>>(file) as Record<string, LayerCase | string>
  test.each(Object.keys(cases))("%s", (name) => {
    const [make, options] = cases[name] as Cases[string]
    expectLayer(gold[name] as LayerCase, make, options)
  })
  test("every case of the golden data is tested", () => {
    expect(Object.keys(cases)).toEqual(Object.keys(gold))
  })
}

describe("normalisation is PyTorch's: start, output, gradients, running statistics", () => {
  holdLayers("norm-layers", {
    batchNorm1d: [() => new nn.BatchNorm1d(3)],
    batchNorm1dSignal: [() => new nn.BatchNorm1d(3, { eps: 1e-3, momentum: 0.3 })],
    batchNormCumulative: [() => new nn.BatchNorm1d(3, { momentum: null })],
    batchNormPlain: [() => new nn.BatchNorm1d(3, { affine: false })],
    batchNormUntracked: [() => new nn.BatchNorm1d(3, { trackRunningStats: false })],
    batchNorm2d: [() => new nn.BatchNorm2d(4)],
    batchNorm3d: [() => new nn.BatchNorm3d(2)],
    instanceNorm1d: [() => new nn.InstanceNorm1d(3)],
    instanceNormOne: [() => new nn.InstanceNorm1d(3)],
    instanceNorm2d: [() => new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true })],
    instanceNorm3d: [() => new nn.InstanceNorm3d(2)],
    layerNorm: [() => new nn.LayerNorm(4)],
    layerNormTwo: [() => new nn.LayerNorm([3, 4], { eps: 1e-3 })],
    layerNormNoBias: [() => new nn.LayerNorm(4, { bias: false })],
    layerNormPlain: [() => new nn.LayerNorm(4, { elementwiseAffine: false })],
    rmsNorm: [() => new nn.RMSNorm(4)],
    rmsNormPlain: [() => new nn.RMSNorm([3, 4], { eps: 1e-2, elementwiseAffine: false })],
    groupNorm: [() => new nn.GroupNorm(2, 4)],
    groupNormPlain: [() => new nn.GroupNorm(1, 3, { affine: false })],
    localResponseNorm: [() => new nn.LocalResponseNorm(3, { alpha: 0.5, beta: 0.6, k: 2 })],
    localResponseNormEven: [() => new nn.LocalResponseNorm(2)],
  })
})

describe("layers are PyTorch's: start, output, gradients", () => {
  const ids = { wholeNumbers: [0] }
  const classified: LayerCaseOptions = {
    wholeNumbers: [1],
    run: (layer, [x, classes]) => (layer as nn.LinearCrossEntropyLoss)(x as Tensor, classes as Tensor),
  }
  const places: LayerCaseOptions = {
    wholeNumbers: [1],
    run: (layer, [x, indices]) => (layer as nn.MaxUnpool2d)(x as Tensor, indices as Tensor),
  }
  const bag: LayerCaseOptions = {
    wholeNumbers: [0, 1],
    run: (layer, [input, offsets, weights]) => (layer as nn.EmbeddingBag)(input as Tensor, offsets, weights),
  }
  const table = () =>
    golds(golden<Record<string, LayerCase>>("other-layers").embeddingPretrained?.state.weight as Numbers)
  holdLayers("other-layers", {
    linear: [() => new nn.Linear(4, 3)],
    bilinear: [() => new nn.Bilinear(4, 4, 3)],
    bilinearBatch: [() => new nn.Bilinear(8, 8, 2, { bias: false })],
    prelu: [() => new nn.PReLU()],
    preluChannels: [() => new nn.PReLU({ numParameters: 8, init: 0.1 })],
    glu: [() => new nn.GLU()],
    gluChannels: [() => new nn.GLU(1)],
    softmax2d: [() => new nn.Softmax2d()],
    pixelShuffle: [() => new nn.PixelShuffle(2)],
    pixelUnshuffle: [() => new nn.PixelUnshuffle(2)],
    channelShuffle: [() => new nn.ChannelShuffle(4)],
    adaptiveSoftmax: [
      () => new nn.AdaptiveLogSoftmaxWithLoss(4, 20, [3, 8], { divValue: 2, headBias: true }),
      {
        wholeNumbers: [1],
        run: (layer, [x, classes]) => {
          const adaptive = layer as nn.AdaptiveLogSoftmaxWithLoss
          const { output, loss } = adaptive(x as Tensor, classes as Tensor)
          return cat([output, loss.reshape(1), adaptive.logProb(x as Tensor).flatten()])
        },
      },
    ],
    adaptiveSoftmaxHead: [
      () => new nn.AdaptiveLogSoftmaxWithLoss(4, 9, [5], { divValue: 2 }),
      {
        wholeNumbers: [1],
        run: (layer, [x, classes]) => {
          const adaptive = layer as nn.AdaptiveLogSoftmaxWithLoss
          return cat([
            adaptive(x as Tensor, classes as Tensor).loss.reshape(1),
            adaptive.logProb(x as Tensor).flatten(),
          ])
        },
      },
    ],
    linearCrossEntropy: [() => new nn.LinearCrossEntropyLoss(4, 6, { bias: true }), classified],
    linearCrossEntropyAll: [
      () => new nn.LinearCrossEntropyLoss(4, 6, { labelSmoothing: 0.1, ignoreIndex: 2, reduction: "sum" }),
      classified,
    ],
    unfold: [() => new nn.Unfold([2, 3], { padding: 1, stride: [1, 2] })],
    unfoldDilated: [() => new nn.Unfold(2, { dilation: [1, 2] })],
    fold: [() => new nn.Fold([3, 4], 2, { padding: [1, 0] })],
    foldStride: [() => new nn.Fold([4, 5], [2, 3], { stride: 2 })],
    lpPool1d: [() => new nn.LPPool1d(2, 2)],
    lpPool2d: [() => new nn.LPPool2d(3, 2, { stride: 1 })],
    fractionalMaxPool2d: [() => new nn.FractionalMaxPool2d(2, { outputSize: [1, 2] }), { differences: false }], // draws anew
    maxUnpool1d: [() => new nn.MaxUnpool1d(2), places],
    maxUnpool2d: [() => new nn.MaxUnpool2d(2), places],
    upsamplingNearest: [() => new nn.UpsamplingNearest2d({ scaleFactor: 2 })],
    upsamplingBilinear: [() => new nn.UpsamplingBilinear2d({ size: [5, 4] })],
    flatten: [() => new nn.Flatten()],
    unflatten: [() => new nn.Unflatten(1, [2, -1])],
    cosineSimilarity: [() => new nn.CosineSimilarity()],
    cosineSimilarityRows: [() => new nn.CosineSimilarity({ dim: 0 })],
    pairwiseDistance: [() => new nn.PairwiseDistance()],
    pairwiseDistanceOne: [() => new nn.PairwiseDistance({ p: 1, keepdim: true })],
    pairwiseDistanceThree: [() => new nn.PairwiseDistance({ p: 3 })],
    embedding: [() => new nn.Embedding(5, 3), ids],
    embeddingPadding: [() => new nn.Embedding(5, 3, { paddingIdx: -2 }), { ...ids, differences: false }], // no gradient by design
    embeddingMaxNorm: [() => new nn.Embedding(5, 3, { maxNorm: 1 }), { ...ids, differences: false }], // changes its table
    embeddingFrequency: [() => new nn.Embedding(5, 3, { scaleGradByFreq: true }), { ...ids, differences: false }], // scaled by design
    embeddingPretrained: [() => nn.Embedding.fromPretrained(table(), { freeze: false }), ids],
    bagMean: [() => new nn.EmbeddingBag(5, 3), ids],
    bagSum: [() => new nn.EmbeddingBag(5, 3, { mode: "sum" }), bag],
    bagMax: [() => new nn.EmbeddingBag(5, 3, { mode: "max" }), bag],
    bagWeights: [() => new nn.EmbeddingBag(5, 3, { mode: "sum" }), bag],
    bagPadding: [() => new nn.EmbeddingBag(5, 3, { paddingIdx: 3 }), bag],
  })
})

describe("padding is PyTorch's", () => {
  const [one, two, three] = [
    [2, 1],
    [1, 2, 0, 1],
    [1, 0, 1, 1, 0, 1],
  ] as const
  holdLayers("padding-layers", {
    ConstantPad1d: [() => new nn.ConstantPad1d(one, 1.5)],
    ConstantPad2d: [() => new nn.ConstantPad2d(two, 1.5)],
    ConstantPad3d: [() => new nn.ConstantPad3d(three, 1.5)],
    ZeroPad1d: [() => new nn.ZeroPad1d(one)],
    ZeroPad2d: [() => new nn.ZeroPad2d(two)],
    ZeroPad3d: [() => new nn.ZeroPad3d(three)],
    ReflectionPad1d: [() => new nn.ReflectionPad1d(one)],
    ReflectionPad2d: [() => new nn.ReflectionPad2d(two)],
    ReflectionPad3d: [() => new nn.ReflectionPad3d(three)],
    ReplicationPad1d: [() => new nn.ReplicationPad1d(one)],
    ReplicationPad2d: [() => new nn.ReplicationPad2d(two)],
    ReplicationPad3d: [() => new nn.ReplicationPad3d(three)],
    CircularPad1d: [() => new nn.CircularPad1d(one)],
    CircularPad2d: [() => new nn.CircularPad2d(two)],
    CircularPad3d: [() => new nn.CircularPad3d(three)],
  })
})

describe("activations and their slopes are PyTorch's", () => {
  const gold = golden<{ x: Numbers; dy: Numbers; functions: Record<string, { y: Numbers; dx: Numbers }> }>(
    "activation-modules",
  )
  /** Each as a function and, where there is one, as a module. */
  const functions: Record<string, [run: (x: Tensor) => Tensor, module?: nn.Module]> = {
    relu6: [F.relu6, new nn.ReLU6()],
    threshold: [(x) => F.threshold(x, 1, 20), new nn.Threshold(1, 20)],
    hardtanh: [F.hardtanh, new nn.Hardtanh()],
    hardtanhWide: [(x) => F.hardtanh(x, { minVal: -2.5, maxVal: 5 }), new nn.Hardtanh({ minVal: -2.5, maxVal: 5 })],
    hardsigmoid: [F.hardsigmoid, new nn.Hardsigmoid()],
    hardswish: [F.hardswish, new nn.Hardswish()],
    hardshrink: [F.hardshrink, new nn.Hardshrink()],
    softshrink: [F.softshrink, new nn.Softshrink()],
    softshrinkWide: [(x) => F.softshrink(x, 1.5), new nn.Softshrink(1.5)],
    tanhshrink: [F.tanhshrink, new nn.Tanhshrink()],
    rreluEval: [(x) => F.rrelu(x, { lower: 0.1, upper: 0.3 }), new nn.RReLU({ lower: 0.1, upper: 0.3 }).eval()],
    selu: [F.selu, new nn.SELU()],
    celu: [F.celu, new nn.CELU()],
    celuWide: [(x) => F.celu(x, 2.5), new nn.CELU(2.5)],
    mish: [F.mish, new nn.Mish()],
    softsign: [F.softsign, new nn.Softsign()],
    softplusSharp: [(x) => F.softplus(x, { beta: 3, threshold: 10 }), new nn.Softplus({ beta: 3, threshold: 10 })],
    logSigmoid: [F.logSigmoid, new nn.LogSigmoid()],
    softmin: [(x) => F.softmin(x, 0), new nn.Softmin(0)],
    elu: [(x) => F.elu(x), new nn.ELU()],
    leakyRelu: [(x) => F.leakyRelu(x), new nn.LeakyReLU()],
    geluTanh: [(x) => F.gelu(x, { approximate: "tanh" }), new nn.GELU({ approximate: "tanh" })],
  }

  test.each(Object.keys(gold.functions))("%s", (name) => {
    const [run, module] = functions[name] as (typeof functions)[string]
    const wanted = gold.functions[name] as { y: Numbers; dx: Numbers }
    for (const dtype of ["float32", "float64"] as const) {
      const near = dtype === "float32" ? { absolute: 5e-7 } : { relative: 1e-12, absolute: 1e-14 }
      const x = golds(gold.x, { dtype, requiresGrad: true })
      const y = run(x)
      y.backward(golds(gold.dy, { dtype }))
      expectNear(y.detach(), wanted.y, near)
      // PyTorch holds the 1/6 of hardsigmoid's slope in float32, whatever the type.
      expectNear(x.grad as Tensor, wanted.dx, name === "hardsigmoid" ? { ...near, relative: 5e-8 } : near)
      if (module !== undefined) expect(module(x).detach().equal(y.detach())).toBe(true)
    }
    const between = golds([-7.7, -2.1, -0.7, -0.2, 0.3, 0.8, 2.2, 6.5], { dtype: "float64", requiresGrad: true })
    expect(gradcheck(run, [between])).toBe(true)
    expect(gradgradcheck(run, [between])).toBe(true)
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(functions)).toEqual(Object.keys(gold.functions))
  })
})

describe("what is drawn while training is PyTorch's, bit for bit", () => {
  type Drawn = { shape: number[]; y: Numbers; next: number }
  const gold = golden<Record<string, Drawn> & { rrelu: Drawn & { x: Numbers }; gumbel: Numbers; gumbelHard: Numbers }>(
    "dropout",
  )
  const layers: Record<string, nn.Module> = {
    dropout: new nn.Dropout(0.3),
    dropoutLong: new nn.Dropout(0.5),
    dropoutDouble: new nn.Dropout(0.3),
    dropoutAll: new nn.Dropout(1),
    dropoutNone: new nn.Dropout(0),
    dropout1d: new nn.Dropout1d(0.4),
    dropout1dOne: new nn.Dropout1d(0.4),
    dropout2d: new nn.Dropout2d(0.4),
    dropout3d: new nn.Dropout3d(0.4),
    dropout3dOne: new nn.Dropout3d(0.4),
    alphaDropout: new nn.AlphaDropout(0.3),
    featureAlphaDropout: new nn.FeatureAlphaDropout(0.3),
  }

  test.each(Object.keys(layers))("%s", (name) => {
    const wanted = gold[name] as Drawn
    manualSeed(42)
    const layer = layers[name] as (x: Tensor) => Tensor
    const y = layer(ones(wanted.shape, { dtype: name === "dropoutDouble" ? "float64" : "float32" }))
    expect(rand([1]).item()).toBe(Math.fround(wanted.next))
    // The mask is exact; what is left is scaled in float32 in another order for the alpha dropouts.
    expectNear(y, wanted.y, { relative: 2e-7, absolute: name.includes("lpha") ? 2e-7 : 0 })
  })

  test("rrelu", () => {
    const x = golds(gold.rrelu.x)
    manualSeed(42)
    const y = new nn.RReLU()(x)
    expect(rand([1]).item()).toBe(Math.fround(gold.rrelu.next))
    expectNear(y, gold.rrelu.y, { relative: 6e-9, absolute: 0 }) // nine digits of each
  })

  test("gumbelSoftmax", () => {
    manualSeed(42)
    expectNear(
      F.gumbelSoftmax(
        tensor([
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ]),
        { tau: 0.5 },
      ),
      gold.gumbel,
    )
    manualSeed(42)
    const hard = F.gumbelSoftmax(
      tensor([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
      { hard: true },
    )
    expectNear(hard, gold.gumbelHard)
  })
})
