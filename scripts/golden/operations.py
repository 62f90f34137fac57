"""Every operation: its samples, written by our tests to test/golden/samples/, evaluated by PyTorch with all gradients.

    npx vitest run test/golden/operations.test.ts --update     writes the samples anew
"""

import functools
import json
import math

import einops
import torch
import torch.nn.functional as F

from support import gradients_of, root

folder = root / "test" / "golden" / "samples"
special = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}
dtypes = {"float32": torch.float32, "float64": torch.float64}
types = {"int32": torch.int64, "bool": torch.bool}


def make(description, dtype):
    """The tensor that a sample describes."""
    values = [special.get(value, value) for value in description["values"]]
    kind = description["dtype"]
    made = torch.tensor(values, dtype=types.get(kind, dtype)).reshape(description["shape"])
    return made.requires_grad_() if kind == "float" and not description["constant"] else made


def outputs_of(result):
    """The tensors in what a call returns."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, (bool, int, float)):
        return [torch.tensor(result, dtype=None if isinstance(result, bool) else torch.float64)]
    return [output for entry in result for output in outputs_of(entry)]


def evaluate(sample, dtype):
    """What a call gives, and the gradients of its inputs."""
    inputs = [make(description, dtype) for description in sample["inputs"]]
    names = {"torch": torch, "F": F, "math": math, "einops": einops, **dict(zip("abcdefgh", inputs))}
    outputs = outputs_of(eval(sample["call"], names))
    return {
        "outputs": [
            {"dtype": str(output.dtype).removeprefix("torch."), "shape": list(output.shape), "values": output.flatten()}
            for output in outputs
        ],
        "gradients": [None if g is None else g.flatten() for g in gradients_of(inputs, outputs)],
    }


def compute(path):
    results = {}
    for title, sample in json.loads(path.read_text()).items():
        try:
            results[title] = {name: evaluate(sample, dtype) for name, dtype in dtypes.items()}
        except Exception as error:
            raise RuntimeError(f"{path.stem}: {title}: {sample['call']}: {error}") from error
    return results


files = {f"operations-{path.stem}": functools.partial(compute, path) for path in sorted(folder.glob("*.json"))}
