"""What the golden files share: how they are written."""

import json
import math
import pathlib

import torch

root = pathlib.Path(__file__).resolve().parent.parent.parent


def plain(value):
    """Tensors as lists of numbers, rounded to what their type can hold."""
    if isinstance(value, torch.Tensor):
        digits = 9 if value.dtype == torch.float32 else 17  # enough to tell every number from its neighbours
        return rounded(value.detach().tolist(), digits)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def rounded(value, digits):
    if isinstance(value, list):
        return [rounded(entry, digits) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else str(value)
    return value


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"torch": torch.__version__, **plain(content)}, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text + "\n")


def gradients(inputs, output):
    """The gradients of a crooked sum of the output, which tells every element from the others."""
    dy = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).reshape(output.shape)
    return torch.autograd.grad(output, inputs, dy)


def gradients_of(inputs, outputs):
    """The same for several outputs, null where there is none."""
    floating = [output for output in outputs if output.requires_grad]
    variables = [x for x in inputs if x.requires_grad]
    if not floating or not variables:
        return [None for _ in variables]
    dys = [torch.linspace(-1, 2, y.numel(), dtype=torch.float64).reshape(y.shape).to(y.dtype) for y in floating]
    return torch.autograd.grad(floating, variables, dys, allow_unused=True)
