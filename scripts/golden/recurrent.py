"""Recurrent layers and cells: how they begin, what they give, and all gradients; packed and padded sequences."""

import re

import torch
import torch.nn as nn

from support import gradients


def snake(options):
    """Our names of options as PyTorch's."""
    return {re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), key): value for key, value in options.items()}


def flat(result):
    """The tensors in what a layer gives, in order."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, nn.utils.rnn.PackedSequence):
        return [result.data]
    return [tensor for part in result for tensor in flat(part)]


def layer(name, sizes, options, shapes, lengths=None, training=True):
    """A layer on an input and states drawn after it; with lengths, on the packed input."""
    torch.manual_seed(42)
    made = getattr(nn, name)(*sizes, **snake(options))
    made.train(training)
    inputs = [torch.randn(shape, requires_grad=True) for shape in shapes]
    x, states = inputs[0], inputs[1:]
    if lengths is not None:
        x = nn.utils.rnn.pack_padded_sequence(
            x, torch.tensor(lengths), batch_first=options.get("batchFirst", False), enforce_sorted=False
        )
    state = None if not states else tuple(states) if len(states) == 2 else states[0]
    outputs = flat(made(x, state))
    named = dict(made.named_parameters())
    joined = torch.cat([output.reshape(-1) for output in outputs])
    found = gradients([*inputs, *named.values()], joined)
    return {
        "name": name,
        "sizes": sizes,
        "options": options,
        "shapes": shapes,
        "lengths": lengths,
        "training": training,
        "names": list(named),
        "first": next(iter(named.values())).flatten()[0].item(),
        "last": list(named.values())[-1].flatten()[-1].item(),
        "outputs": outputs,
        "gradients": found,
        "next": float(torch.rand(1)),
    }


def recurrent():
    x = [5, 2, 3]
    return {
        "layers": [
            layer("RNN", [3, 4], {}, [x]),
            layer("RNN", [3, 4], {"nonlinearity": "relu", "numLayers": 2, "bias": False}, [x, [2, 2, 4]]),
            layer("GRU", [3, 4], {}, [x]),
            layer("GRU", [3, 4], {"bidirectional": True, "batchFirst": True}, [[2, 5, 3], [2, 2, 4]]),
            layer("GRU", [3, 4], {"bias": False}, [[5, 3]]),
            layer("LSTM", [3, 4], {}, [x]),
            layer("LSTM", [3, 4], {"batchFirst": True}, [[2, 5, 3], [1, 2, 4], [1, 2, 4]]),
            layer("LSTM", [3, 4], {"numLayers": 2, "bidirectional": True}, [x, [4, 2, 4], [4, 2, 4]]),
            layer("LSTM", [3, 4], {"bias": False}, [[4, 3], [1, 4], [1, 4]]),
            layer("LSTM", [2, 3], {"numLayers": 3, "dropout": 0.5}, [[4, 2, 2]]),
            layer("GRU", [2, 3], {"numLayers": 2, "dropout": 0.5, "batchFirst": True}, [[2, 4, 2]]),
            layer("LSTM", [2, 3], {"numLayers": 2, "dropout": 0.5}, [[4, 2, 2]], training=False),
            layer("LSTM", [3, 4], {}, [[5, 3, 3]], lengths=[2, 5, 3]),
            layer("LSTM", [3, 4], {"bidirectional": True, "batchFirst": True}, [[3, 5, 3], [2, 3, 4], [2, 3, 4]], lengths=[2, 5, 1]),
            layer("GRU", [3, 4], {"bidirectional": True, "numLayers": 2}, [[4, 3, 3]], lengths=[4, 4, 1]),
            layer("RNN", [3, 4], {}, [[4, 2, 3], [1, 2, 4]], lengths=[3, 2]),
            layer("RNNCell", [3, 4], {}, [[2, 3], [2, 4]]),
            layer("RNNCell", [3, 4], {"nonlinearity": "relu"}, [[3]]),
            layer("GRUCell", [3, 4], {"bias": False}, [[2, 3], [2, 4]]),
            layer("LSTMCell", [3, 4], {}, [[2, 3], [2, 4], [2, 4]]),
            layer("LSTMCell", [3, 4], {}, [[3]]),
        ]
    }


files = {
    "recurrent": recurrent,
}
