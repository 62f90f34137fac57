"""Layers: how they start, what they give, and the gradients of everything that goes in.

Each layer starts in float32 after manual_seed(42); its state and the next random number say whether it drew what PyTorch
draws. Then it is converted to float64, which tells what the exact numbers are: ours in float64 are held to them closely,
ours in float32 within float32's precision.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from support import gradients


def numbers(*shape):
    """Normal numbers that float32 can hold, so that both types start from the same."""
    return torch.randn(*shape)


def case(make, *inputs, buffers=False, evaluate=False, call=None, **options):
    torch.manual_seed(42)
    layer = make()
    after = float(torch.rand(1))
    state = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.double()
    leaves = [x.double().requires_grad_() if x.is_floating_point() else x for x in inputs]
    variables = [x for x in leaves if x.requires_grad]
    y = call(layer, *leaves) if call else layer(*leaves, **options)
    parameters = dict(layer.named_parameters())
    found = gradients([*variables, *parameters.values()], y)
    result = {
        "inputs": list(inputs),
        "state": state,
        "next": after,
        "y": y,
        "gradients": {
            **{str(i): g for i, g in zip((i for i, x in enumerate(leaves) if x.requires_grad), found)},
            **dict(zip(parameters, found[len(variables) :])),
        },
    }
    if buffers:
        result["buffers"] = {name: value.clone() for name, value in layer.named_buffers()}
    if evaluate:
        layer.eval()
        result["eval"] = layer(*leaves)
    return result


def activation_modules():
    """Every activation on points at and around its kinks: value and slope, in float64."""
    x = torch.tensor([-20.0, -6, -3, -2.5, -1, -0.5, -0.3, -1e-4, 0, 1e-4, 0.2, 0.5, 1, 1.5, 3, 5, 6, 7, 25]).double()
    dy = torch.linspace(0.5, 2, x.numel()).double()
    functions = {
        "relu6": F.relu6,
        "threshold": lambda t: F.threshold(t, 1, 20),
        "hardtanh": F.hardtanh,
        "hardtanhWide": lambda t: F.hardtanh(t, -2.5, 5),
        "hardsigmoid": F.hardsigmoid,
        "hardswish": F.hardswish,
        "hardshrink": F.hardshrink,
        "softshrink": F.softshrink,
        "softshrinkWide": lambda t: F.softshrink(t, 1.5),
        "tanhshrink": F.tanhshrink,
        "rreluEval": lambda t: F.rrelu(t, 0.1, 0.3),
        "selu": F.selu,
        "celu": F.celu,
        "celuWide": lambda t: F.celu(t, 2.5),
        "mish": F.mish,
        "softsign": F.softsign,
        "softplusSharp": lambda t: F.softplus(t, 3, 10),
        "logSigmoid": F.logsigmoid,
        "softmin": lambda t: F.softmin(t, 0),
        "elu": F.elu,
        "leakyRelu": F.leaky_relu,
        "geluTanh": lambda t: F.gelu(t, approximate="tanh"),
    }
    results = {}
    for name, function in functions.items():
        leaf = x.clone().requires_grad_()
        y = function(leaf)
        y.backward(dy)
        results[name] = {"y": y, "dx": leaf.grad}
    return {"x": x, "dy": dy, "functions": results}


def norm_layers():
    torch.manual_seed(3)
    rows, signal, image, volume = numbers(6, 3), numbers(2, 3, 4), numbers(2, 4, 3, 2), numbers(2, 2, 2, 3, 2)
    track = {"buffers": True, "evaluate": True}
    return {
        "batchNorm1d": case(lambda: nn.BatchNorm1d(3), rows, **track),
        "batchNorm1dSignal": case(lambda: nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), signal, **track),
        "batchNormCumulative": case(lambda: nn.BatchNorm1d(3, momentum=None), rows, **track),
        "batchNormPlain": case(lambda: nn.BatchNorm1d(3, affine=False), rows, **track),
        "batchNormUntracked": case(lambda: nn.BatchNorm1d(3, track_running_stats=False), rows, **track),
        "batchNorm2d": case(lambda: nn.BatchNorm2d(4), image, **track),
        "batchNorm3d": case(lambda: nn.BatchNorm3d(2), volume, **track),
        "instanceNorm1d": case(lambda: nn.InstanceNorm1d(3), signal, **track),
        "instanceNormOne": case(lambda: nn.InstanceNorm1d(3), signal[0], **track),
        "instanceNorm2d": case(lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), image, **track),
        "instanceNorm3d": case(lambda: nn.InstanceNorm3d(2), volume, **track),
        "layerNorm": case(lambda: nn.LayerNorm(4), signal),
        "layerNormTwo": case(lambda: nn.LayerNorm([3, 4], eps=1e-3), signal),
        "layerNormNoBias": case(lambda: nn.LayerNorm(4, bias=False), signal),
        "layerNormPlain": case(lambda: nn.LayerNorm(4, elementwise_affine=False), signal),
        "rmsNorm": case(lambda: nn.RMSNorm(4), signal),
        "rmsNormPlain": case(lambda: nn.RMSNorm([3, 4], eps=1e-2, elementwise_affine=False), signal),
        "groupNorm": case(lambda: nn.GroupNorm(2, 4), image),
        "groupNormPlain": case(lambda: nn.GroupNorm(1, 3, affine=False), rows),
        "localResponseNorm": case(lambda: nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0), image),
        "localResponseNormEven": case(lambda: nn.LocalResponseNorm(2), signal),
    }


def other_layers():
    torch.manual_seed(4)
    rows, other, image = numbers(5, 4), numbers(5, 4), numbers(2, 8, 2, 3)
    ids = torch.tensor([[1, 3, 0], [3, 3, 4]])
    flat, offsets = torch.tensor([1, 3, 0, 3, 3, 4, 2]), torch.tensor([0, 3, 3, 5])
    weights = torch.rand(7)
    bag = lambda **options: lambda: nn.EmbeddingBag(5, 3, **options)
    return {
        "linear": case(lambda: nn.Linear(4, 3), rows),
        "bilinear": case(lambda: nn.Bilinear(4, 4, 3), rows, other),
        "bilinearBatch": case(lambda: nn.Bilinear(8, 8, 2, bias=False), image.movedim(1, 3).contiguous(), image.movedim(1, 3).contiguous()),
        "prelu": case(lambda: nn.PReLU(), rows),
        "preluChannels": case(lambda: nn.PReLU(8, init=0.1), image),
        "glu": case(lambda: nn.GLU(), rows),
        "gluChannels": case(lambda: nn.GLU(1), image),
        "softmax2d": case(lambda: nn.Softmax2d(), image),
        "pixelShuffle": case(lambda: nn.PixelShuffle(2), image),
        "pixelUnshuffle": case(lambda: nn.PixelUnshuffle(2), image.reshape(2, 2, 6, 4)),
        "channelShuffle": case(lambda: nn.ChannelShuffle(4), image),
        "adaptiveSoftmax": case(
            lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 20, [3, 8], div_value=2.0, head_bias=True),
            rows,
            torch.tensor([1, 19, 4, 2, 8]),
            call=lambda layer, x, y: torch.cat([layer(x, y).output, layer(x, y).loss.reshape(1), layer.log_prob(x).flatten()]),
        ),
        "adaptiveSoftmaxHead": case(
            lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [5], div_value=2.0),
            rows,
            torch.tensor([1, 0, 4, 2, 3]),
            call=lambda layer, x, y: torch.cat([layer(x, y).loss.reshape(1), layer.log_prob(x).flatten()]),
        ),
        "linearCrossEntropy": case(lambda: nn.LinearCrossEntropyLoss(4, 6, bias=True), rows, torch.tensor([1, 5, 4, 2, 0])),
        "linearCrossEntropyAll": case(
            lambda: nn.LinearCrossEntropyLoss(4, 6, label_smoothing=0.1, ignore_index=2, reduction="sum"),
            rows,
            torch.tensor([1, 5, 4, 2, 0]),
        ),
        "unfold": case(lambda: nn.Unfold((2, 3), dilation=(1, 1), padding=1, stride=(1, 2)), image),
        "unfoldDilated": case(lambda: nn.Unfold(2, dilation=(1, 2)), image[0]),
        "fold": case(lambda: nn.Fold((3, 4), 2, padding=(1, 0)), numbers(2, 8, 12)),
        "foldStride": case(lambda: nn.Fold((4, 5), (2, 3), stride=2), numbers(6, 4)),
        "lpPool1d": case(lambda: nn.LPPool1d(2, 2), image[0].abs()),
        "lpPool2d": case(lambda: nn.LPPool2d(3, 2, stride=1), image.abs()),
        "fractionalMaxPool2d": case(lambda: nn.FractionalMaxPool2d(2, output_size=(1, 2)), image),
        "maxUnpool1d": case(lambda: nn.MaxUnpool1d(2), numbers(1, 2, 3), torch.tensor([[[1, 2, 5], [0, 3, 4]]])),
        "maxUnpool2d": case(lambda: nn.MaxUnpool2d(2), numbers(1, 1, 1, 2), torch.tensor([[[[1, 6]]]])),
        "upsamplingNearest": case(lambda: nn.UpsamplingNearest2d(scale_factor=2), image),
        "upsamplingBilinear": case(lambda: nn.UpsamplingBilinear2d(size=(5, 4)), image),
        "flatten": case(lambda: nn.Flatten(), image),
        "unflatten": case(lambda: nn.Unflatten(1, (2, -1)), image),
        "cosineSimilarity": case(lambda: nn.CosineSimilarity(), rows, other),
        "cosineSimilarityRows": case(lambda: nn.CosineSimilarity(dim=0), rows, other),
        "pairwiseDistance": case(lambda: nn.PairwiseDistance(), rows, other),
        "pairwiseDistanceOne": case(lambda: nn.PairwiseDistance(p=1, keepdim=True), rows, other),
        "pairwiseDistanceThree": case(lambda: nn.PairwiseDistance(p=3), rows, other),
        "embedding": case(lambda: nn.Embedding(5, 3), ids),
        "embeddingPadding": case(lambda: nn.Embedding(5, 3, padding_idx=-2), ids),
        "embeddingMaxNorm": case(lambda: nn.Embedding(5, 3, max_norm=1.0), ids),
        "embeddingFrequency": case(lambda: nn.Embedding(5, 3, scale_grad_by_freq=True), ids),
        "embeddingPretrained": case(lambda: nn.Embedding.from_pretrained(rows, freeze=False), ids),
        "bagMean": case(bag(), ids),
        "bagSum": case(bag(mode="sum"), flat, offsets),
        "bagMax": case(bag(mode="max"), flat, offsets),
        "bagWeights": case(bag(mode="sum"), flat, offsets, weights),
        "bagPadding": case(bag(padding_idx=3), flat, offsets),
    }


def padding_layers():
    """Every kind around one, two and three dimensions, with another size on each side."""
    torch.manual_seed(15)
    inputs = {1: numbers(2, 1, 4), 2: numbers(1, 2, 3, 4), 3: numbers(1, 3, 2, 4)}
    sizes = {1: (2, 1), 2: (1, 2, 0, 1), 3: (1, 0, 1, 1, 0, 1)}
    results = {}
    for kind in ("ConstantPad", "ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
        for spatial in (1, 2, 3):
            name = f"{kind}{spatial}d"
            arguments = (sizes[spatial], 1.5) if kind == "ConstantPad" else (sizes[spatial],)
            results[name] = case(lambda: getattr(nn, name)(*arguments), inputs[spatial])
    return results


def dropout_masks():
    """What is left of ones after manual_seed(42), and the next random number."""
    ones = torch.ones

    def drawn(layer, x):
        torch.manual_seed(42)
        y = layer(x)
        return {"shape": list(x.shape), "y": y, "next": float(torch.rand(1))}

    negative = -torch.ones(3, 5)
    negative[1] = 1
    torch.manual_seed(42)
    randomized = nn.RReLU()(negative)
    after = float(torch.rand(1))
    torch.manual_seed(42)
    gumbel = F.gumbel_softmax(torch.zeros(3, 4), tau=0.5)
    torch.manual_seed(42)
    hard = F.gumbel_softmax(torch.zeros(3, 4), hard=True)
    return {
        "dropout": drawn(nn.Dropout(0.3), ones(4, 10)),
        "dropoutLong": drawn(nn.Dropout(0.5), ones(300)),
        "dropoutDouble": drawn(nn.Dropout(0.3), ones(10, dtype=torch.float64)),
        "dropoutAll": drawn(nn.Dropout(1.0), ones(4)),
        "dropoutNone": drawn(nn.Dropout(0.0), ones(4)),
        "dropout1d": drawn(nn.Dropout1d(0.4), ones(3, 4, 2)),
        "dropout1dOne": drawn(nn.Dropout1d(0.4), ones(4, 2)),
        "dropout2d": drawn(nn.Dropout2d(0.4), ones(2, 5, 1, 2)),
        "dropout3d": drawn(nn.Dropout3d(0.4), ones(2, 4, 1, 1, 2)),
        "dropout3dOne": drawn(nn.Dropout3d(0.4), ones(4, 1, 1, 2)),
        "alphaDropout": drawn(nn.AlphaDropout(0.3), ones(12)),
        "featureAlphaDropout": drawn(nn.FeatureAlphaDropout(0.3), ones(2, 4, 2)),
        "rrelu": {"x": negative, "y": randomized, "next": after},
        "gumbel": gumbel,
        "gumbelHard": hard,
    }


files = {
    "activation-modules": activation_modules,
    "norm-layers": norm_layers,
    "other-layers": other_layers,
    "padding-layers": padding_layers,
    "dropout": dropout_masks,
}
