import { describe, expect, it } from "vitest"
import { CellgradError, F, nn, noGrad, ones, randint, tensor, zeros } from "../../src/index.js"

/** What TypeScript would refuse, as it comes from a file of data or from untyped code. */
const wrong = (value: unknown) => value as never
const whole = (values: number[]) => tensor(values, { dtype: "int32" })

/** Bad calls of layers, losses and what belongs to them, as users make them. Each message is held by the snapshot. */
const badSamples: Record<string, () => unknown> = {
  "Linear: no size": () => new nn.Linear(wrong("10"), 3),
  "Linear: features differ": () => new nn.Linear(16, 3)(zeros([4, 15])),
  "Linear: transposed": () => new nn.Linear(16, 3)(zeros([16, 4])),
  "Linear: another type": () => new nn.Linear(16, 3)(zeros([4, 16], { dtype: "float64" })),
  "Linear: an array": () => new nn.Linear(2, 3)(wrong([1, 2])),
  "Bilinear: sizes": () => new nn.Bilinear(3, 4, 2)(zeros([5, 3]), zeros([5, 3])),
  "Bilinear: batches": () => new nn.Bilinear(3, 4, 2)(zeros([5, 3]), zeros([4, 4])),
  "Bilinear: no size": () => new nn.Bilinear(3, 0, 2),
  "Sequential: a list": () => new nn.Sequential(wrong([new nn.ReLU()])),
  "Sequential: a number by name": () => new nn.Sequential({ fc: wrong(3) }),
  "Sequential: in its middle": () => {
    const last: nn.Linear = new nn.Linear(9, 1) // as a plain Linear, or the types would see that it does not fit
    return new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), last)(zeros([2, 4]))
  },
  "ModuleList: called": () => new nn.ModuleList([new nn.ReLU()]).forward(),
  "ModuleList: a function": () => new nn.ModuleList([wrong((x: unknown) => x)]),
  "ModuleDict: a dot in a name": () => new nn.ModuleDict({ "a.b": new nn.ReLU() }),
  "ModuleDict: no such name": () => new nn.ModuleDict({ relu: new nn.ReLU() }).get(wrong("tanh")),
  "ParameterList: a number": () => new nn.ParameterList([wrong(3)]),
  "ParameterDict: no such name": () => new nn.ParameterDict({ a: zeros([1]) }).get(wrong("b")),
  "Parameter: an array": () => new nn.Parameter(wrong([1])),
  "Buffer: a number": () => new nn.Buffer(wrong(1)),
  "Module: to an unknown type": () => new nn.Linear(1, 1).to(wrong("cuda")),
  "Module: no such parameter": () => new nn.Linear(1, 1).getParameter("fc1.weight"),
  "Module: no such module": () => new nn.Sequential(new nn.ReLU()).getSubmodule("1"),
  "Module: a state of arrays": () => new nn.Linear(1, 1).loadStateDict({ weight: wrong([[1]]), bias: wrong([1]) }),
  "Module: a state that does not fit": () =>
    new nn.Linear(2, 1).loadStateDict({ weight: zeros([2, 1]), offset: zeros([1]) }),

  "BatchNorm1d: no size": () => new nn.BatchNorm1d(0),
  "BatchNorm1d: momentum": () => new nn.BatchNorm1d(3, { momentum: 2 }),
  "BatchNorm1d: eps": () => new nn.BatchNorm1d(3, { eps: -1 }),
  "BatchNorm1d: rank": () => new nn.BatchNorm1d(3)(zeros([2, 3, 4, 4])),
  "BatchNorm1d: channels": () => new nn.BatchNorm1d(3)(zeros([2, 4])),
  "BatchNorm1d: one sample": () => new nn.BatchNorm1d(3)(zeros([1, 3])),
  "BatchNorm2d: channels last": () => new nn.BatchNorm2d(3)(zeros([2, 28, 28, 3])),
  "BatchNorm2d: no batch": () => new nn.BatchNorm2d(3)(zeros([3, 28, 28])),
  "BatchNorm2d: whole numbers": () => new nn.BatchNorm2d(1)(randint(0, 255, [2, 1, 2, 2])),
  "batchNorm: weight": () => F.batchNorm(zeros([2, 3]), null, null, { training: true, weight: zeros([2]) }),
  "InstanceNorm1d: rank": () => new nn.InstanceNorm1d(3)(zeros([3])),
  "InstanceNorm2d: one pixel": () => new nn.InstanceNorm2d(3)(zeros([2, 3, 1, 1])),
  "LayerNorm: no size": () => new nn.LayerNorm([4, 0]),
  "LayerNorm: shape": () => new nn.LayerNorm(8)(zeros([3, 4])),
  "layerNorm: weight": () => F.layerNorm(zeros([3, 4]), [4], { weight: zeros([3]) }),
  "RMSNorm: shape": () => new nn.RMSNorm([3, 4])(zeros([4, 3])),
  "GroupNorm: groups": () => new nn.GroupNorm(3, 8),
  "GroupNorm: channels": () => new nn.GroupNorm(2, 8)(zeros([1, 6, 4])),
  "LocalResponseNorm: rank": () => new nn.LocalResponseNorm(2)(zeros([2, 3])),
  "normalize: a number": () => F.normalize(wrong(3)),

  "Dropout: probability": () => new nn.Dropout(50),
  "Dropout: whole numbers": () => new nn.Dropout()(whole([1, 2])),
  "dropout2d: rank": () => F.dropout2d(zeros([3, 3])),
  "AlphaDropout: probability": () => new nn.AlphaDropout(-0.1),
  "Embedding: no size": () => new nn.Embedding(0, 3),
  "Embedding: padding": () => new nn.Embedding(5, 3, { paddingIdx: 5 }),
  "Embedding: too large": () => new nn.Embedding(5, 3)(whole([1, 5])),
  "Embedding: negative": () => new nn.Embedding(5, 3)(whole([-1])),
  "Embedding: fractions": () => new nn.Embedding(5, 3)(tensor([0.5])),
  "Embedding: booleans": () => new nn.Embedding(5, 3)(tensor([true])),
  "Embedding: a vector as table": () => nn.Embedding.fromPretrained(zeros([5])),
  "EmbeddingBag: mode": () => new nn.EmbeddingBag(5, 3, { mode: wrong("min") })(whole([1]), whole([0])),
  "EmbeddingBag: no offsets": () => new nn.EmbeddingBag(5, 3)(whole([1, 2])),
  "EmbeddingBag: offsets": () => new nn.EmbeddingBag(5, 3)(whole([1, 2]), whole([0, 3])),
  "EmbeddingBag: weights": () => new nn.EmbeddingBag(5, 3)(whole([1, 2]), whole([0]), ones([2])),

  "PReLU: no size": () => new nn.PReLU({ numParameters: 0 }),
  "PReLU: channels": () => new nn.PReLU({ numParameters: 3 })(zeros([2, 4])),
  "RReLU: ends": () => new nn.RReLU({ lower: 0.5, upper: 0.1 })(zeros([2])),
  "Hardtanh: ends": () => new nn.Hardtanh({ minVal: 1, maxVal: -1 })(zeros([2])),
  "Softshrink: negative": () => new nn.Softshrink(-1)(zeros([2])),
  "CELU: 0": () => new nn.CELU(0)(zeros([2])),
  "GELU: approximation": () => new nn.GELU({ approximate: wrong("erf") })(zeros([2])),
  "Softplus: beta": () => new nn.Softplus({ beta: 0 })(zeros([2])),
  "Threshold: text": () => new nn.Threshold(wrong("1"), 0)(zeros([2])),
  "GLU: odd": () => new nn.GLU()(zeros([2, 3])),
  "Softmax: no such dimension": () => new nn.Softmax(2)(zeros([2, 3])),
  "Softmax: whole numbers": () => new nn.Softmax()(whole([1, 2])),
  "Softmax2d: rank": () => new nn.Softmax2d()(zeros([2, 3])),
  "gumbelSoftmax: tau": () => F.gumbelSoftmax(zeros([2]), { tau: 0 }),
  "ReLU6: an array": () => new nn.ReLU6()(wrong([1])),

  "AdaptiveLogSoftmaxWithLoss: cutoffs": () => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5, 3]),
  "AdaptiveLogSoftmaxWithLoss: too narrow": () => new nn.AdaptiveLogSoftmaxWithLoss(3, 10, [5]),
  "AdaptiveLogSoftmaxWithLoss: a target for each row": () =>
    new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(zeros([2, 4]), whole([3])),
  "AdaptiveLogSoftmaxWithLoss: classes": () =>
    new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(zeros([2, 4]), whole([3, 10])),
  "AdaptiveLogSoftmaxWithLoss: rank": () => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(zeros([4]), whole([3])),
  "LinearCrossEntropyLoss: features": () => new nn.LinearCrossEntropyLoss(4, 3)(zeros([2, 5]), whole([0, 1])),
  "fuseConvBnEval: training": () => nn.utils.fuseConvBnEval(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2)),
  "fuseConvBnEval: channels": () =>
    nn.utils.fuseConvBnEval(new nn.Conv2d(1, 2, 3).eval(), new nn.BatchNorm2d(3).eval()),
  "fuseConvBnEval: another normalisation": () =>
    nn.utils.fuseConvBnEval(new nn.Conv2d(1, 2, 3).eval(), new nn.BatchNorm1d(2).eval()),
  "fuseLinearBnEval: no running statistics": () =>
    nn.utils.fuseLinearBnEval(new nn.Linear(1, 2).eval(), new nn.BatchNorm1d(2, { trackRunningStats: false }).eval()),
  "Unflatten: sizes": () => new nn.Unflatten(1, [2, 5])(zeros([3, 12])),
  "ZeroPad2d: sizes": () => new nn.ZeroPad2d([1, 2]),
  "ReflectionPad1d: rank": () => new nn.ReflectionPad1d(1)(zeros([3])),
  "ReflectionPad1d: more than there is": () => new nn.ReflectionPad1d(3)(zeros([1, 3])),
  "PixelShuffle: channels": () => new nn.PixelShuffle(2)(zeros([1, 6, 3, 3])),
  "PixelUnshuffle: height": () => new nn.PixelUnshuffle(2)(zeros([1, 1, 3, 4])),
  "ChannelShuffle: groups": () => new nn.ChannelShuffle(3)(zeros([1, 4, 2])),
  "CosineSimilarity: sizes": () => new nn.CosineSimilarity()(zeros([2, 3]), zeros([2, 4])),
  "PairwiseDistance: p": () => new nn.PairwiseDistance({ p: 0 })(zeros([2, 3]), zeros([2, 3])),
  "Perceptron: features": () => new nn.Perceptron(2)(zeros([4, 3])),
  "Perceptron: as many targets": () => new nn.Perceptron(2).fit(zeros([4, 2]), zeros([3])),
  "Perceptron: signs": () => new nn.Perceptron(2).fit(zeros([1, 2]), tensor([-1])),

  "MultiheadAttention: heads": () => new nn.MultiheadAttention(10, 3),
  "MultiheadAttention: sizes of keys": () =>
    new nn.MultiheadAttention(8, 2, { kdim: 5 })(zeros([4, 1, 8]), zeros([3, 1, 8]), zeros([3, 1, 8])),
  "MultiheadAttention: two masks": () => {
    const x = zeros([4, 1, 8])
    return new nn.MultiheadAttention(8, 2)(x, x, x, { isCausal: true, attnMask: zeros([4, 4]) })
  },
  "TransformerEncoderLayer: activation": () => new nn.TransformerEncoderLayer(8, 2, { activation: wrong("tanh") }),
  "TransformerEncoder: no layer": () => new nn.TransformerEncoder(wrong(new nn.ReLU()), 2),
  "TransformerDecoder: an encoder layer": () =>
    new nn.TransformerDecoder(wrong(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 4 })), 2),
  "TransformerDecoder: memory": () =>
    new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 4 })(zeros([4, 1, 8]), zeros([3, 2, 8])),
  "Transformer: sizes": () =>
    new nn.Transformer({ dModel: 8, nHead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 4 })(
      zeros([5, 2, 8]),
      zeros([4, 2, 7]),
    ),
  "PositionalEncoding: too long": () => new nn.PositionalEncoding(8, { maxLen: 10 })(zeros([11, 1, 8])),
  "LearnedPositionalEncoding: size": () => new nn.LearnedPositionalEncoding(8)(zeros([4, 1, 7])),
  "RotaryEmbedding: odd": () => new nn.RotaryEmbedding(5),
  "RotaryEmbedding: size": () => new nn.RotaryEmbedding(6)(zeros([4, 8])),

  "MSELoss: column and row": () => new nn.MSELoss()(zeros([4, 1]), zeros([4])),
  "MSELoss: reduction": () => new nn.MSELoss({ reduction: wrong("avg") })(zeros([4]), zeros([4])),
  "L1Loss: a number": () => new nn.L1Loss()(zeros([4]), wrong(0)),
  "HuberLoss: delta": () => new nn.HuberLoss({ delta: 0 })(zeros([4]), zeros([4])),
  "SmoothL1Loss: beta": () => new nn.SmoothL1Loss({ beta: -1 })(zeros([4]), zeros([4])),
  "BCELoss: scores": () => new nn.BCELoss()(tensor([2.5]), tensor([1])),
  "BCELoss: weight": () => new nn.BCELoss({ weight: ones([3]) })(zeros([4]), zeros([4])),
  "BCEWithLogitsLoss: class numbers": () => new nn.BCEWithLogitsLoss()(zeros([4, 3]), whole([0, 1, 2, 1])),
  "BCEWithLogitsLoss: posWeight": () =>
    new nn.BCEWithLogitsLoss({ posWeight: ones([2]) })(zeros([4, 3]), zeros([4, 3])),
  "CrossEntropyLoss: fractions": () => new nn.CrossEntropyLoss()(zeros([2, 3]), tensor([0.5, 1])),
  "CrossEntropyLoss: one-hot": () =>
    new nn.CrossEntropyLoss()(
      zeros([2, 3]),
      tensor([
        [1, 0, 0],
        [0, 1, 0],
      ]).int(),
    ),
  "CrossEntropyLoss: a column": () => new nn.CrossEntropyLoss()(zeros([2, 3]), whole([0, 1]).unsqueeze(1)),
  "CrossEntropyLoss: classes last": () => new nn.CrossEntropyLoss()(zeros([2, 5, 3]), zeros([2, 5]).int()),
  "CrossEntropyLoss: counted from 1": () => new nn.CrossEntropyLoss()(zeros([2, 3]), whole([1, 3])),
  "CrossEntropyLoss: whole scores": () => new nn.CrossEntropyLoss()(zeros([2, 3]).int(), whole([0, 1])),
  "CrossEntropyLoss: weight": () => new nn.CrossEntropyLoss({ weight: ones([2]) })(zeros([2, 3]), whole([0, 1])),
  "CrossEntropyLoss: smoothing": () => new nn.CrossEntropyLoss({ labelSmoothing: 2 })(zeros([2, 3]), whole([0, 1])),
  "NLLLoss: negative": () => new nn.NLLLoss()(zeros([2, 3]), whole([0, -1])),
  "KLDivLoss: reduction": () => new nn.KLDivLoss({ reduction: wrong("batch") })(zeros([2]), zeros([2])),
  "KLDivLoss: shapes": () => new nn.KLDivLoss()(zeros([2, 3]), zeros([2])),
  "HingeEmbeddingLoss: 0 and 1": () => new nn.HingeEmbeddingLoss()(zeros([2]), tensor([0, 1])),
  "MarginRankingLoss: shapes": () => new nn.MarginRankingLoss()(zeros([2]), zeros([2]), ones([3])),
  "MultiMarginLoss: p": () => new nn.MultiMarginLoss({ p: wrong(3) })(zeros([2, 3]), whole([0, 1])),
  "MultiMarginLoss: targets": () => new nn.MultiMarginLoss()(zeros([2, 3]), whole([0, 1, 2])),
  "MultiMarginLoss: counted from 1": () => new nn.MultiMarginLoss()(zeros([2, 3]), whole([1, 3])),
  "MultiMarginLoss: weight": () => new nn.MultiMarginLoss({ weight: ones([2]) })(zeros([2, 3]), whole([0, 1])),
  "MultiLabelMarginLoss: shape": () => new nn.MultiLabelMarginLoss()(zeros([2, 3]), whole([0, 1])),
  "MultiLabelSoftMarginLoss: weight": () =>
    new nn.MultiLabelSoftMarginLoss({ weight: ones([2]) })(zeros([2, 3]), zeros([2, 3])),
  "CosineEmbeddingLoss: 0 and 1": () => new nn.CosineEmbeddingLoss()(ones([2, 3]), ones([2, 3]), tensor([0, 1])),
  "CosineEmbeddingLoss: rank": () => new nn.CosineEmbeddingLoss()(ones([2, 3, 1]), ones([2, 3, 1]), ones([2])),
  "TripletMarginLoss: margin": () =>
    new nn.TripletMarginLoss({ margin: 0 })(zeros([2, 3]), zeros([2, 3]), zeros([2, 3])),
  "TripletMarginLoss: shapes": () => new nn.TripletMarginLoss()(zeros([2, 3]), zeros([2, 3]), zeros([2, 4])),
  "GaussianNLLLoss: negative": () => new nn.GaussianNLLLoss()(zeros([2]), zeros([2]), tensor([1, -1])),
  "GaussianNLLLoss: shape": () => new nn.GaussianNLLLoss()(zeros([2, 3]), zeros([2, 3]), ones([3])),
  "PoissonNLLLoss: shapes": () => new nn.PoissonNLLLoss()(zeros([2]), zeros([3])),
  "CTCLoss: lengths": () => new nn.CTCLoss()(zeros([5, 2, 3]), whole([1, 2]).unsqueeze(0).repeat(2, 1), [5], [1, 2]),
  "CTCLoss: batch first": () =>
    new nn.CTCLoss()(zeros([2, 5, 3]), zeros([5, 1]).int().add(1), [5, 5, 5, 5, 5], [1, 1, 1, 1, 1]),
  "CTCLoss: labels": () => new nn.CTCLoss()(zeros([5, 1, 3]), whole([3]).unsqueeze(0), [5], [1]),
  "CTCLoss: targets": () => new nn.CTCLoss()(zeros([5, 1, 3]), whole([1]).unsqueeze(0), [5], [2]),
  "CTCLoss: blank": () => new nn.CTCLoss({ blank: 3 })(zeros([5, 1, 3]), whole([1]).unsqueeze(0), [5], [1]),

  "init: fan of a vector": () => nn.init.kaimingUniform_(zeros([3])),
  "init: mode": () => nn.init.kaimingNormal_(zeros([3, 3]), { mode: wrong("fan_in") }),
  "init: nonlinearity": () => nn.init.calculateGain(wrong("gelu")),
  "init: whole numbers": () => nn.init.normal_(zeros([3]).int()),
  "init: an array": () => nn.init.uniform_(wrong([1])),
  "init: truncated backwards": () => nn.init.truncNormal_(zeros([3]), { a: 1, b: -1 }),
  "init: orthogonal vector": () => nn.init.orthogonal_(zeros([3])),
  "init: eye of a vector": () => nn.init.eye_(zeros([3])),
  "init: dirac of a matrix": () => nn.init.dirac_(zeros([3, 3])),
  "init: dirac groups": () => nn.init.dirac_(zeros([3, 3, 3]), 2),
  "init: sparsity": () => nn.init.sparse_(zeros([3, 3]), { sparsity: 2 }),
  "clipGradNorm_: a module": () => nn.utils.clipGradNorm_(wrong(new nn.Linear(1, 1)), 1),
  "clipGradNorm_: negative": () => nn.utils.clipGradNorm_([], -1),
  "clipGradNorm_: infinite": () => {
    const w = tensor([0], { requiresGrad: true })
    w.sqrt().sum().backward()
    return nn.utils.clipGradNorm_([w], 1, { errorIfNonfinite: true })
  },
  "clipGradValue_: text": () => nn.utils.clipGradValue_([], wrong("1")),
  "vectorToParameters: length": () => nn.utils.vectorToParameters(zeros([3]), [zeros([2]), zeros([2])]),
  "weightNorm: no such parameter": () => nn.utils.weightNorm(new nn.Linear(1, 1), { name: "kernel" }),
  "removeWeightNorm: none": () => nn.utils.removeWeightNorm(new nn.Linear(1, 1)),
  "spectralNorm: iterations": () => nn.utils.spectralNorm(new nn.Linear(1, 1), { nPowerIterations: 0 }),
  "a hook's error names the module": () => {
    const layer = new nn.Linear(2, 1)
    layer.registerForwardPreHook(() => zeros([3, 3]))
    return noGrad(() => layer(zeros([1, 2])))
  },
}

describe("messages of bad calls", () => {
  it.each(Object.entries(badSamples))("%s", (_, call) => {
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CellgradError)
    expect(`${(error as CellgradError).name}: ${(error as CellgradError).message}`).toMatchSnapshot()
  })
})
