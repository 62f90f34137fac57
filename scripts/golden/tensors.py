"""What tensors look like in print, which dtypes meet to which, and what is drawn from given distributions."""

import itertools
import math

import torch

printed = {
    "whole numbers": ([2, 2], [1, 2, 3, 4]),
    "fractions": ([2], [1.5, -2.25]),
    "digits beyond four": ([3], [1.23456789, -0.00012345, 100.123456]),
    "a wide range": ([2], [1e-5, 1000.5]),
    "exactly a thousandfold": ([2], [0.001, 1]),
    "more than a thousandfold": ([2], [0.00099, 1]),
    "a thousandfold of whole numbers": ([2], [1, 1001]),
    "large whole numbers": ([2], [123456789, 1]),
    "whole numbers up to 1e8": ([2], [1e8, 2e7]),
    "large": ([2], [1e9, 1.5]),
    "small": ([2], [1e-7, 2e-7]),
    "very small beside zero": ([3], [0, 1e-12, 0]),
    "infinities": ([4], [math.nan, math.inf, -math.inf, 1]),
    "infinities and fractions": ([3], [math.inf, 0.5, -2]),
    "only not numbers": ([2], [math.nan, math.nan]),
    "infinities and a wide range": ([3], [math.inf, 1e-6, 1e3]),
    "minus zero": ([2], [-0.0, 1]),
    "zeros": ([3], [0, 0, 0]),
    "columns of different width": ([2, 2], [1.5, -22.25, 333, 4]),
    "a scalar": ([], [2.34567]),
    "a whole scalar": ([], [3]),
    "a large scalar": ([], [123456.789]),
    "a tiny scalar": ([], [1.5e-9]),
    "a negative scalar": ([], [-0.5]),
    "a scalar that is no number": ([], [math.nan]),
    "an infinite scalar": ([], [-math.inf]),
    "three dimensions": ([2, 2, 2], list(range(8))),
    "four dimensions": ([2, 1, 2, 2], [x / 4 for x in range(8)]),
    "empty": ([0], []),
    "an empty matrix": ([0, 3], []),
    "an empty cube": ([2, 0, 2], []),
    "a long row": ([40], [x / 3 for x in range(40)]),
    "a long row of whole numbers": ([50], list(range(50))),
    "long rows of a matrix": ([2, 25], [x / 7 for x in range(50)]),
    "summarised": ([1001], list(range(1001))),
    "a summarised matrix": ([101, 10], [x / 8 for x in range(1010)]),
    "a summarised wide matrix": ([10, 101], [x / 8 for x in range(1010)]),
    "a summarised cube": ([11, 10, 10], [(x - 500) / 8 for x in range(1100)]),
    "summarised with small ones inside": ([1002], [1] * 500 + [1e-9] * 2 + [1] * 500),
    "summarised, six rows": ([6, 200], [x % 7 for x in range(1200)]),
}
kinds = {"float32": torch.float32, "float64": torch.float64, "int32": torch.int32, "bool": torch.bool}


def printing():
    cases = []
    for name, (shape, values) in printed.items():
        for kind, dtype in kinds.items():
            finite = all(math.isfinite(value) and abs(value) < 2**31 and value == int(value) for value in values)
            if not (dtype.is_floating_point or (finite and len(values) < 60)):
                continue
            x = torch.tensor(values, dtype=dtype).reshape(shape)
            cases.append({"name": f"{name}, {kind}", "shape": shape, "dtype": kind, "values": torch.tensor(values, dtype=torch.float64) if len(values) < 1000 else None, "text": repr(x)})
    x = torch.tensor([1.0, 2.5], requires_grad=True)
    return {
        "cases": cases,
        "formulas": {name: torch.tensor(values, dtype=torch.float64) for name, (_, values) in printed.items() if len(values) >= 1000},
        "leaf": repr(x),
        "result": repr(x.exp()),
        "scalar": repr(x.sum()),
    }


operations = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "remainder": torch.remainder, "pow": torch.pow,
    "floorDivide": torch.floor_divide, "fmod": torch.fmod, "atan2": torch.atan2, "maximum": torch.maximum, "eq": torch.eq,
    "lt": torch.lt, "where": lambda a, b: torch.where(torch.tensor([True]), a, b),
    "cat": lambda a, b: torch.cat([a.reshape(1), b.reshape(1)]),
}
types = {"bool": torch.bool, "int32": torch.int64, "float32": torch.float32, "float64": torch.float64}


def promotion():
    """The dtype of each operation on each pair: [operation, left, right, dtype]; a scalar tensor has the mark 0."""
    operands = {name + mark: torch.ones([1] if mark == "" else [], dtype=dtype) for name, dtype in types.items() for mark in ("", "0")}
    numbers = {"2": 2, "1.5": 1.5}
    rows = []
    for (name, run), left, right in itertools.product(operations.items(), operands, [*operands, *numbers]):
        if right in numbers and name in ("atan2", "maximum", "cat"):
            continue
        try:
            result = str(run(operands[left], operands[right] if right in operands else numbers[right]).dtype)
        except RuntimeError:
            result = "torch.error"
        rows.append([name, left, right, result.removeprefix("torch.").replace("int64", "int32")])
    return {"rows": rows}


def seeded(draw):
    """What is drawn after seed 42, and the number that follows, which says where the stream stands."""
    torch.manual_seed(42)
    return {"drawn": draw(), "next": torch.rand(1)}


def draws():
    """The means and deviations are drawn from too, so that both sides have the same bits."""
    p = torch.linspace(0.05, 0.95, 20)
    weights = (torch.arange(30) * 7 % 11).float()
    rows = torch.stack([weights[:8] + 1, weights[8:16] + 1, weights[16:24] + 1])
    mean, std = torch.linspace(-3, 3, 20), torch.linspace(0.1, 2, 20)
    rates = torch.linspace(0, 30, 40)
    return {
        "inputs": {"p": p, "weights": weights, "mean": mean, "std": std, "rates": rates},
        "bernoulli": seeded(lambda: torch.bernoulli(p)),
        "bernoulliDouble": seeded(lambda: torch.bernoulli(p.double())),
        "poissonSmall": seeded(lambda: torch.poisson(rates / 4)),
        "poisson": seeded(lambda: torch.poisson(rates)),
        "poissonDouble": seeded(lambda: torch.poisson(rates.double() * 50)),
        "withReplacement": seeded(lambda: torch.multinomial(weights, 40, replacement=True)),
        "rowsWithReplacement": seeded(lambda: torch.multinomial(rows, 5, replacement=True)),
        "withoutReplacement": seeded(lambda: torch.multinomial(weights, 20)),
        "rowsWithoutReplacement": seeded(lambda: torch.multinomial(rows, 5)),
        "one": seeded(lambda: torch.multinomial(weights, 1)),
        "doubleWithoutReplacement": seeded(lambda: torch.multinomial(weights.double(), 20)),
        "normal": seeded(lambda: torch.normal(mean, std)),
        "normalOfMeans": seeded(lambda: torch.normal(mean, 0.5)),
        "normalOfDeviations": seeded(lambda: torch.normal(2.0, std)),
        "normalOfNumbers": seeded(lambda: torch.normal(2.0, 0.5, (3, 2))),
        "normalShort": seeded(lambda: torch.normal(mean[:5], std[:5])),
    }


files = {"printing": printing, "promotion": promotion, "draws": draws}
