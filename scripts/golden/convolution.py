"""How the layers of convolution begin, and what they do with their padding."""

import re

import torch
import torch.nn as nn


def snake(options):
    """Our names of options as PyTorch's."""
    return {re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), key): value for key, value in options.items()}


def layer(name, arguments, options):
    """How a layer's parameters begin, and what the generator gives next."""
    torch.manual_seed(42)
    made = getattr(nn, name)(*arguments, **snake(options))
    return {
        "name": name,
        "arguments": arguments,
        "options": options,
        "state": made.state_dict(),
        "next": float(torch.rand(1)),
        "y": made(torch.linspace(-1, 1, 2 * arguments[0] * 30).reshape(2, arguments[0], *([30] if "1d" in name else [5, 6]))),
    }


def convolution():
    """Layers in each way in which they differ from the function."""
    return {
        "layers": [
            layer("Conv1d", [3, 4, 5], {}),
            layer("Conv1d", [3, 6, 3], {"groups": 3, "padding": "same", "paddingMode": "circular"}),
            layer("Conv2d", [2, 4, 3], {"padding": 1}),
            layer("Conv2d", [2, 3, [3, 2]], {"bias": False, "stride": [2, 1]}),
            layer("Conv2d", [2, 3, 3], {"padding": 2, "paddingMode": "reflect"}),
            layer("Conv2d", [2, 3, 3], {"padding": [1, 2], "paddingMode": "replicate", "dilation": 2}),
            layer("ConvTranspose1d", [3, 4, 5], {"stride": 2}),
            layer("ConvTranspose2d", [2, 3, 3], {"stride": 2, "padding": 1, "outputPadding": 1}),
            layer("ConvTranspose2d", [4, 6, [2, 3]], {"groups": 2, "bias": False}),
        ],
    }


files = {
    "convolution": convolution,
}
