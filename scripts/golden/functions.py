"""Activations, layer norm and losses."""

import torch
import torch.nn.functional as F


def activations():
    x = torch.tensor([-20.0, -5, -1.5, -1, -0.3, -1e-4, 0, 1e-4, 0.2, 0.9, 1, 2.5, 6, 20], requires_grad=True)
    dy = torch.linspace(0.5, 2, x.numel())
    functions = {
        "relu": F.relu,
        "leakyRelu": lambda t: F.leaky_relu(t, 0.1),
        "elu": lambda t: F.elu(t, 1.5),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": F.gelu,
        "geluTanh": lambda t: F.gelu(t, approximate="tanh"),
        "silu": F.silu,
        "softplus": F.softplus,
        "softmax": lambda t: F.softmax(t, 0),
        "logSoftmax": lambda t: F.log_softmax(t, 0),
    }
    results = {}
    for name, function in functions.items():
        x.grad = None
        y = function(x)
        y.backward(dy)
        results[name] = {"y": y, "dx": x.grad}
    torch.manual_seed(11)
    rows = torch.randn(3, 6, requires_grad=True)
    weight, bias = torch.rand(6, requires_grad=True), torch.randn(6, requires_grad=True)
    normed = F.layer_norm(rows, (6,), weight, bias)
    normed.backward(torch.linspace(-1, 1, 18).reshape(3, 6))
    layer_norm = {
        "x": rows,
        "weight": weight,
        "bias": bias,
        "y": normed,
        "dx": rows.grad,
        "dWeight": weight.grad,
        "dBias": bias.grad,
    }
    return {"x": x, "dy": dy, "functions": results, "layerNorm": layer_norm}


def losses():
    torch.manual_seed(5)
    predicted, wanted = torch.randn(4, 3), torch.randn(4, 3) * 2
    shares = torch.rand(4, 3) * 0.9 + 0.05
    bits = torch.randint(0, 2, (4, 3)).float()
    classes = torch.tensor([2, 0, 1, 2])
    ignoring = torch.tensor([2, -100, 1, -100])
    class_weight = torch.tensor([0.2, 1.0, 3.0])
    soft = F.softmax(torch.randn(4, 3), 1)
    cases = {
        "mse": (F.mse_loss, predicted, wanted, {}),
        "l1": (F.l1_loss, predicted, wanted, {}),
        "huber": (F.huber_loss, predicted, wanted, {"delta": 0.7}),
        "bce": (F.binary_cross_entropy, shares, bits, {}),
        "bceWithLogits": (F.binary_cross_entropy_with_logits, predicted * 5, bits, {}),
        "crossEntropy": (F.cross_entropy, predicted, classes, {}),
        "crossEntropyIgnore": (F.cross_entropy, predicted, ignoring, {}),
        "crossEntropyWeight": (F.cross_entropy, predicted, classes, {"weight": class_weight}),
        "crossEntropySmooth": (F.cross_entropy, predicted, classes, {"label_smoothing": 0.1}),
        "crossEntropySoft": (F.cross_entropy, predicted, soft, {}),
        "nll": (lambda t, c, **options: F.nll_loss(F.log_softmax(t, 1), c, **options), predicted, classes, {}),
    }
    results = {}
    for name, (loss, input, target, options) in cases.items():
        entry = {"input": input, "target": target}
        for reduction in ("mean", "sum", "none"):
            x = input.clone().requires_grad_()
            value = loss(x, target, reduction=reduction, **options)
            value.sum().backward()
            entry[reduction] = {"value": value, "gradient": x.grad}
        results[name] = entry
    return {"cases": results, "classWeight": class_weight}


files = {
    "activations": activations,
    "losses": losses,
}
