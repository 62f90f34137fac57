"""Random streams, initial weights and the orders in which loaders give samples."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def random_streams():
    """What each kind of random number looks like after manual_seed(42), and one long mixed sequence."""

    def after_seed(draw, seed=42):
        torch.manual_seed(seed)
        return draw()

    torch.manual_seed(7)
    mixed = [
        torch.rand(3),
        torch.randn(5),
        torch.randn(2),
        torch.randn(40),
        torch.randint(0, 10, (7,)),
        torch.randperm(6),
        torch.randn(3, dtype=torch.float64),
        torch.rand(3, dtype=torch.float64),
        torch.randn(1),
    ]
    return {
        "rand": after_seed(lambda: torch.rand(20)),
        "randDouble": after_seed(lambda: torch.rand(10, dtype=torch.float64)),
        "randn": after_seed(lambda: torch.randn(5)),
        "randnLong": after_seed(lambda: torch.randn(50)),
        "randnDouble": after_seed(lambda: torch.randn(5, dtype=torch.float64)),
        "randnLongDouble": after_seed(lambda: torch.randn(37, dtype=torch.float64)),
        "uniform": after_seed(lambda: torch.empty(20).uniform_(-0.3, 0.7)),
        "normal": after_seed(lambda: torch.empty(20).normal_(1.5, 0.2)),
        "randint": after_seed(lambda: torch.randint(-5, 100, (20,))),
        "randintWide": after_seed(lambda: torch.randint(-(2**31), 2**31 - 1, (10,))),
        "randperm": after_seed(lambda: torch.randperm(30)),
        "negativeSeed": after_seed(lambda: torch.rand(3), -3),
        "largeSeed": after_seed(lambda: torch.rand(3), 2**40 + 5),
        "mixed": mixed,
        "mixedSums": [float(after_seed(lambda: torch.randn(100_003)).double().sum()), float(torch.rand(1))],
    }


def initial_weights():
    torch.manual_seed(42)
    linear = nn.Linear(10, 4)
    narrow = nn.Linear(3, 2, bias=False)
    embedding = nn.Embedding(5, 3)
    fills = {}
    for name, fill in {
        "kaimingUniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
        "kaimingNormal": lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"),
        "xavierUniform": lambda w: nn.init.xavier_uniform_(w, gain=nn.init.calculate_gain("tanh")),
        "xavierNormal": lambda w: nn.init.xavier_normal_(w),
        "uniform": lambda w: nn.init.uniform_(w, -1, 2),
        "normal": lambda w: nn.init.normal_(w, 1, 3),
    }.items():
        torch.manual_seed(3)
        fills[name] = fill(torch.empty(6, 5))
    return {
        "linear": {"weight": linear.weight, "bias": linear.bias},
        "narrow": narrow.weight,
        "embedding": embedding.weight,
        "fills": fills,
    }


def loader_orders():
    """In which order samples come, and what is left of the default stream afterwards."""

    def orders(make, epochs=2):
        torch.manual_seed(42)
        loader = make(TensorDataset(torch.arange(10)))
        found = [[batch[0].tolist() for batch in loader] for _ in range(epochs)]
        return {"epochs": found, "next": float(torch.rand(1))}

    def seeded(seed):
        return torch.Generator().manual_seed(seed)

    torch.manual_seed(42)
    parts = random_split(range(10), [0.55, 0.45])
    return {
        "shuffled": orders(lambda data: DataLoader(data, batch_size=3, shuffle=True)),
        "plain": orders(lambda data: DataLoader(data, batch_size=4, drop_last=True)),
        "own": orders(lambda data: DataLoader(data, batch_size=3, shuffle=True, generator=seeded(1))),
        "split": [list(part.indices) for part in parts],
    }


files = {
    "random": random_streams,
    "init": initial_weights,
    "loader": loader_orders,
}
