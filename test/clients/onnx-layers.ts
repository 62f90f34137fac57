import { cat, einsum, F, nn, ones, randint, randn, rearrange, stack, type Tensor, zeros } from "../../src/index.js"

/** A model, and the inputs that it is run with. */
export interface Sample {
  model: nn.Module
  /** Inputs of a batch size. */
  inputs: (batch: number) => Tensor[]
  /** The batch sizes that the file is run with; the first is that of the example. Default: 2, 5 and 1. */
  batches?: number[]
  /** Which dimension of the inputs is the batch. Default: 0. */
  batchDim?: number
}

export const row = (batch: number) => [randn([batch, 6])]
export const sequence = (batch: number) => [randn([batch, 6, 8])]
export const image = (batch: number) => [randn([batch, 4, 8, 8])]
const volume = (batch: number) => [randn([batch, 4, 4, 4, 4])]

/** A model that is a function. */
class Model extends nn.Module {
  constructor(
    readonly compute: (x: Tensor) => unknown,
    readonly layers: Record<string, nn.Module> = {},
  ) {
    super()
    Object.assign(this, layers)
  }
  forward(x: Tensor): unknown {
    return this.compute(x)
  }
}

const of = (inputs: Sample["inputs"], model: nn.Module): Sample => ({ model, inputs })
const pair = (layer: nn.Module & ((a: Tensor, b: Tensor) => unknown)) =>
  new Model((x) => layer(x, x.mul(2).add(1)), { layer })

/** A sample of each layer that can be exported, under the layer's name. */
export const layerSamples: Record<string, () => Sample> = {
  // Activations
  Identity: () => of(row, new nn.Identity()),
  Sigmoid: () => of(row, new nn.Sigmoid()),
  LogSigmoid: () => of(row, new nn.LogSigmoid()),
  Tanh: () => of(row, new nn.Tanh()),
  Tanhshrink: () => of(row, new nn.Tanhshrink()),
  Softsign: () => of(row, new nn.Softsign()),
  SiLU: () => of(row, new nn.SiLU()),
  Mish: () => of(row, new nn.Mish()),
  GELU: () => of(row, new nn.Sequential(new nn.GELU(), new nn.GELU({ approximate: "tanh" }))),
  Softplus: () => of(row, new nn.Softplus({ beta: 2, threshold: 1 })),
  GLU: () => of(row, new nn.GLU()),
  Softmax: () => of(sequence, new nn.Softmax(1)),
  Softmin: () => of(row, new nn.Softmin(1)),
  LogSoftmax: () => of(sequence, new nn.LogSoftmax(1)),
  Softmax2d: () => of(image, new nn.Softmax2d()),
  ReLU: () => of(row, new nn.ReLU()),
  ReLU6: () => of(row, new nn.ReLU6()),
  LeakyReLU: () => of(row, new nn.LeakyReLU(0.2)),
  PReLU: () => of(image, new nn.PReLU({ numParameters: 4 })),
  RReLU: () => of(row, new nn.RReLU()),
  ELU: () => of(row, new nn.ELU()),
  SELU: () => of(row, new nn.SELU()),
  CELU: () => of(row, new nn.CELU(2)),
  Threshold: () => of(row, new nn.Threshold(0.1, 20)),
  Hardtanh: () => of(row, new nn.Hardtanh()),
  Hardsigmoid: () => of(row, new nn.Hardsigmoid()),
  Hardswish: () => of((batch) => [randn([batch, 6]).mul(3)], new nn.Hardswish()),
  Hardshrink: () => of(row, new nn.Hardshrink()),
  Softshrink: () => of(row, new nn.Softshrink()),
  // Normalisation and dropout
  BatchNorm1d: () => of(sequence, new nn.BatchNorm1d(6)),
  BatchNorm2d: () => of(image, new nn.BatchNorm2d(4)),
  BatchNorm3d: () => of(volume, new nn.BatchNorm3d(4)),
  InstanceNorm1d: () => of(sequence, new nn.InstanceNorm1d(6, { affine: true })),
  InstanceNorm2d: () => of(image, new nn.InstanceNorm2d(4)),
  InstanceNorm3d: () => of(volume, new nn.InstanceNorm3d(4)),
  LayerNorm: () => of(row, new nn.LayerNorm(6, { bias: false })),
  RMSNorm: () => of(row, new nn.RMSNorm(6)),
  GroupNorm: () => of(image, new nn.GroupNorm(2, 4)),
  LocalResponseNorm: () => of(image, new nn.LocalResponseNorm(2)),
  Dropout: () => of(row, new nn.Sequential(new nn.Dropout(0.4), new nn.Linear(6, 2))),
  Dropout1d: () => of(sequence, new nn.Sequential(new nn.Dropout1d(0.4), new nn.Linear(8, 2))),
  Dropout2d: () => of(image, new nn.Sequential(new nn.Dropout2d(0.4), new nn.Conv2d(4, 2, 1))),
  Dropout3d: () => of(volume, new nn.Sequential(new nn.Dropout3d(0.4), new nn.Linear(4, 2))),
  AlphaDropout: () => of(row, new nn.Sequential(new nn.AlphaDropout(0.4), new nn.Linear(6, 2))),
  FeatureAlphaDropout: () => of(row, new nn.Sequential(new nn.FeatureAlphaDropout(0.4), new nn.Linear(6, 2))),
  // Products, convolutions, tables
  Linear: () => of(sequence, new nn.Linear(8, 3, { bias: false })),
  Bilinear: () => of(row, pair(new nn.Bilinear(6, 6, 3))),
  Conv1d: () => of(sequence, new nn.Conv1d(6, 4, 3, { padding: 1, paddingMode: "circular" })),
  Conv2d: () => of(image, new nn.Conv2d(4, 4, 3, { padding: 1, paddingMode: "reflect" })),
  ConvTranspose1d: () => of(sequence, new nn.ConvTranspose1d(6, 4, 3, { stride: 2 })),
  ConvTranspose2d: () => of(image, new nn.ConvTranspose2d(4, 2, 3, { stride: 2, bias: false })),
  Embedding: () => of((batch) => [randint(0, 5, [batch, 4])], new nn.Embedding(5, 3, { paddingIdx: 1 })),
  EmbeddingBag: () => ({
    model: new nn.EmbeddingBag(5, 3),
    inputs: (batch) => [randint(0, 5, [batch, 4])],
    batches: [2], // it gathers bag after bag, so only as many as the example has
  }),
  CosineSimilarity: () => of(row, pair(new nn.CosineSimilarity())),
  PairwiseDistance: () => of(row, pair(new nn.PairwiseDistance())),
  Perceptron: () => of(row, new nn.Perceptron(6)),
  // Shapes
  ConstantPad1d: () => of(sequence, new nn.ConstantPad1d(1, 2)),
  ConstantPad2d: () => of(image, new nn.ConstantPad2d([1, 0, 2, 1], -1)),
  ConstantPad3d: () => of(volume, new nn.ConstantPad3d(1, 3)),
  ZeroPad1d: () => of(sequence, new nn.ZeroPad1d(1)),
  ZeroPad2d: () => of(image, new nn.ZeroPad2d([1, 2, 0, 1])),
  ZeroPad3d: () => of(volume, new nn.ZeroPad3d(1)),
  ReflectionPad1d: () => of(sequence, new nn.ReflectionPad1d(2)),
  ReflectionPad2d: () => of(image, new nn.ReflectionPad2d(2)),
  ReflectionPad3d: () => of(volume, new nn.ReflectionPad3d(1)),
  ReplicationPad1d: () => of(sequence, new nn.ReplicationPad1d(2)),
  ReplicationPad2d: () => of(image, new nn.ReplicationPad2d(2)),
  ReplicationPad3d: () => of(volume, new nn.ReplicationPad3d(1)),
  CircularPad1d: () => of(sequence, new nn.CircularPad1d(2)),
  CircularPad2d: () => of(image, new nn.CircularPad2d(2)),
  CircularPad3d: () => of(volume, new nn.CircularPad3d(1)),
  Flatten: () => of(image, new nn.Flatten()),
  Unflatten: () => of(row, new nn.Unflatten(1, [2, 3])),
  Unfold: () => of(image, new nn.Unfold(3, { padding: 1 })),
  UpsamplingNearest2d: () => of(image, new nn.UpsamplingNearest2d({ scaleFactor: 2 })),
  UpsamplingBilinear2d: () => of(image, new nn.UpsamplingBilinear2d({ scaleFactor: 2 })),
  PixelShuffle: () => of(image, new nn.PixelShuffle(2)),
  PixelUnshuffle: () => of(image, new nn.PixelUnshuffle(2)),
  ChannelShuffle: () => of(image, new nn.ChannelShuffle(2)),
  Upsample: () =>
    of(
      image,
      new nn.Sequential(
        new nn.Upsample({ scaleFactor: 2 }),
        new nn.Upsample({ size: [5, 7], mode: "bilinear", alignCorners: true }),
      ),
    ),
  // Pooling
  MaxPool1d: () => of(sequence, new nn.MaxPool1d(2)),
  MaxPool2d: () => of(image, new nn.MaxPool2d(3, { stride: 2, padding: 1 })),
  AvgPool1d: () => of(sequence, new nn.AvgPool1d(2)),
  AvgPool2d: () => of(image, new nn.AvgPool2d(2, { divisorOverride: 3 })),
  LPPool1d: () => of(sequence, new nn.LPPool1d(2, 2)),
  LPPool2d: () => of(image, new nn.LPPool2d(2, [2, 3])),
  AdaptiveAvgPool1d: () => of(sequence, new nn.AdaptiveAvgPool1d(3)),
  AdaptiveAvgPool2d: () => of(image, new nn.AdaptiveAvgPool2d([3, 5])),
  AdaptiveMaxPool1d: () => of(sequence, new nn.AdaptiveMaxPool1d(3)),
  AdaptiveMaxPool2d: () => of(image, new nn.AdaptiveMaxPool2d([3, 5])),
  // Attention
  PositionalEncoding: () => of(sequence, new nn.PositionalEncoding(8, { batchFirst: true })),
  LearnedPositionalEncoding: () => of(sequence, new nn.LearnedPositionalEncoding(8, { maxLen: 10, batchFirst: true })),
  RotaryEmbedding: () => of((batch) => [randn([batch, 2, 6, 8])], new nn.RotaryEmbedding(8)),
  MultiheadAttention: () => {
    const layer = new nn.MultiheadAttention(8, 2, { batchFirst: true })
    return of(sequence, new Model((x) => layer(x, x, x, { needWeights: true }), { layer }))
  },
  TransformerEncoderLayer: () =>
    of(sequence, new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, normFirst: true })),
  TransformerEncoder: () => ({
    model: new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), 2),
    inputs: (batch) => [randn([5, batch, 8])],
    batchDim: 1,
  }),
  TransformerDecoderLayer: () =>
    of(sequence, pair(new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }))),
  TransformerDecoder: () =>
    of(
      sequence,
      pair(
        new nn.TransformerDecoder(new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }), 2),
      ),
    ),
  Transformer: () => {
    const sizes = { numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16 }
    return of(sequence, pair(new nn.Transformer({ dModel: 8, nHead: 2, batchFirst: true, ...sizes })))
  },
  // Recurrent layers
  RNNCell: () => of(row, new nn.RNNCell(6, 3)),
  GRUCell: () => of(row, new nn.GRUCell(6, 3)),
  LSTMCell: () => of(row, new nn.LSTMCell(6, 3)),
  RNN: () => of(sequence, new nn.RNN(8, 3, { batchFirst: true, nonlinearity: "relu" })),
  GRU: () => of(sequence, new nn.GRU(8, 3, { batchFirst: true, numLayers: 2, bias: false })),
  LSTM: () => ({
    model: new nn.LSTM(8, 3, { bidirectional: true, numLayers: 2 }),
    inputs: (batch) => [randn([5, batch, 8])],
    batchDim: 1,
  }),
  // Containers
  Sequential: () => of(row, new nn.Sequential(new nn.Linear(6, 3), new nn.ReLU())),
}

/** What else models are made of. */
export const patternSamples: Record<string, () => Sample> = {
  "a block of a convolutional network": () =>
    of(
      image,
      new nn.Sequential(
        new nn.Conv2d(4, 8, 3, { padding: 1, bias: false }),
        new nn.BatchNorm2d(8),
        new nn.ReLU(),
        new nn.Conv2d(8, 8, 3, { padding: 1 }),
        new nn.GELU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(128, 3),
      ),
    ),
  "a residual block": () => {
    const [conv, norm] = [new nn.Conv2d(4, 4, 3, { padding: 1 }), new nn.BatchNorm2d(4)]
    return of(image, new Model((x) => norm(conv(x)).add(x).relu().mean([2, 3]), { conv, norm }))
  },
  "split in equal parts, and by sizes": () =>
    of(
      row,
      new Model((x) => {
        const [a, b] = x.split(3, 1) as [Tensor, Tensor]
        const [c, d] = x.split([2, 4], 1) as [Tensor, Tensor]
        return cat([d, c, a.mul(b.sigmoid())], 1)
      }),
    ),
  "the last state of an LSTM": () => {
    const [lstm, head] = [new nn.LSTM(8, 3, { batchFirst: true }), new nn.Linear(3, 2)]
    return of(sequence, new Model((x) => head(lstm(x)[1][0].at(-1)), { lstm, head }))
  },
  "an LSTM from states that are zeros of the batch's size": () => {
    const lstm = new nn.LSTM(8, 3, { batchFirst: true })
    const start = (x: Tensor) => zeros([1, x.size(0), 3])
    return of(sequence, new Model((x) => lstm(x, [start(x), start(x)])[0], { lstm }))
  },
  "a GRU from states that are computed": () => {
    const [gru, first] = [new nn.GRU(8, 3, { batchFirst: true }), new nn.Linear(8, 3)]
    return of(sequence, new Model((x) => gru(x, first(x.mean(1)).unsqueeze(0))[0], { gru, first }))
  },
  "a token before each sequence": () => {
    const token = new nn.LayerNorm(8)
    return of(sequence, new Model((x) => cat([token.bias?.expand(x.size(0), 1, 8) as Tensor, x], 1), { token }))
  },
  "attention with a mask by hand": () =>
    of(
      sequence,
      new Model((x) => {
        const scores = x.matmul(x.mT()).div(Math.sqrt(8))
        const hidden = ones([6, 6]).tril().eq(0)
        return scores.maskedFill(hidden, Number.NEGATIVE_INFINITY).softmax(-1).matmul(x)
      }),
    ),
  "masks and conditions of the input's values": () =>
    of(
      row,
      new Model((x) => [
        x.maskedFill(x.gt(0.1).logicalAnd(x.lt(1)), 5),
        x.detach().le(0).logicalOr(x.ne(x.abs())).logicalNot().to("float32").mul(x),
        x.eq(x.amax(1, { keepdim: true })).to("float32"),
      ]),
    ),
  "classes and their probabilities": () =>
    of(row, new Model((x) => ({ classes: x.argmax(1), least: x.argmin(1, { keepdim: true }), p: x.softmax(1) }))),
  "the largest of each line, and what stands at positions": () =>
    of(
      sequence,
      new Model((x) => [
        x.max(1).values,
        x.min(2, { keepdim: true }).values,
        x.gather(1, x.argmax(1, { keepdim: true })),
      ]),
    ),
  "norms, deviations, logarithms of sums": () =>
    of(
      sequence,
      new Model((x) => [
        F.normalize(x, { dim: -1 }),
        x.sub(x.mean(-1, { keepdim: true })).div(x.std(-1, { keepdim: true })),
        x.logsumexp(1),
        x.norm(3, 1),
      ]),
    ),
  "einsum, rearrange and stack": () =>
    of(
      image,
      new Model((x) => {
        const patches = rearrange(x, "b c (h p) (w q) -> b (h w) (p q c)", { p: 2, q: 2 })
        return stack([einsum("b t c, b s c -> b t s", patches, patches)], 1)
      }),
    ),
}

/** Modules that compute nothing of their own. */
export const notExported = new Set([
  ...["ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Module"],
  // What they write to is made for one batch size; the error says which operation has no form in ONNX.
  ...["Fold", "MaxUnpool1d", "MaxUnpool2d", "FractionalMaxPool2d", "AdaptiveLogSoftmaxWithLoss"],
])
