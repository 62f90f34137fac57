"""Writes test/golden/data/*.json: what PyTorch computes, for our tests to hold the runtime to.

    python scripts/golden.py [folder]

PyTorch 2.13 on a CPU, one thread. The files say which version made them. Nothing in here depends on our code; the cars
table is read from the vega-datasets package in node_modules.
"""

import datetime
import json
import math
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

root = pathlib.Path(__file__).resolve().parent.parent
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "test" / "golden" / "data"


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


def write(name, content):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"torch": torch.__version__, **plain(content)}, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text + "\n")


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


def optimizers():
    """200 steps on a crooked bowl in float64; parameters and loss every 20 steps."""
    settings = {
        "sgd": (torch.optim.SGD, {"lr": 0.02}),
        "sgdMomentum": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01}),
        "sgdNesterov": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.8, "nesterov": True}),
        "adam": (torch.optim.Adam, {"lr": 0.05}),
        "adamDecay": (torch.optim.Adam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
        "adamw": (torch.optim.AdamW, {"lr": 0.05}),
        "rmsprop": (torch.optim.RMSprop, {"lr": 0.01}),
        "rmspropAll": (
            torch.optim.RMSprop,
            # A large eps: near the minimum the centred variance is noise, which a small one would blow up.
            {"lr": 0.005, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.01, "momentum": 0.5, "centered": True},
        ),
    }
    start = [[1.0, -2.0, 0.5, 3.0], [[0.3, -0.4], [1.2, 0.8]]]
    results = {}
    for name, (optimizer_class, options) in settings.items():
        a = torch.tensor(start[0], dtype=torch.float64, requires_grad=True)
        b = torch.tensor(start[1], dtype=torch.float64, requires_grad=True)
        optimizer = optimizer_class([a, b], **options)
        track = []
        for step in range(200):
            optimizer.zero_grad()
            loss = ((a - 1) ** 2 * torch.tensor([1.0, 4.0, 0.3, 2.0], dtype=torch.float64)).sum() + ((b @ b - 0.5) ** 2).sum()
            loss.backward()
            optimizer.step()
            if step % 20 == 19:
                track.append({"loss": loss.item(), "a": a.detach().clone(), "b": b.detach().clone()})
        results[name] = track
    rates = {}
    for name, make in {
        "stepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=3, gamma=0.5),
        "exponentialLR": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9),
        "cosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=8, eta_min=0.01),
    }.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = make(optimizer)
        rates[name] = [optimizer.param_groups[0]["lr"]]
        for _ in range(8):
            optimizer.step()
            scheduler.step()
            rates[name].append(optimizer.param_groups[0]["lr"])
    return {"start": start, "tracks": results, "rates": rates}


class FeedForwardNN(nn.Module):
    def __init__(self, input_dim=10, hidden_dim=64):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, 1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def feed_forward():
    """The network of the notebook on made-up data, one batch, 300 steps."""
    torch.manual_seed(42)
    model = FeedForwardNN()
    x = torch.randn(32, 10)
    y = x[:, :3].sum(1, keepdim=True).sin() + 0.1 * torch.randn(32, 1)
    initial = {name: float(value.double().sum()) for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.MSELoss()
    track = []
    for _ in range(300):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        track.append(loss.item())
    return {"y": y, "initialSums": initial, "losses": track[::10]}


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


def gradients(inputs, output):
    """The gradients of a crooked sum of the output, which tells every element from the others."""
    dy = torch.linspace(-1, 2, output.numel()).reshape(output.shape)
    return torch.autograd.grad(output, inputs, dy)


def attention():
    """Scaled dot-product and multi-head attention and transformer layers; masks in each way they may be given."""
    torch.manual_seed(8)
    q, k, v = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 6)
    allowed = torch.rand(3, 5) > 0.4
    allowed[:, 0] = True
    added = torch.randn(2, 3, 5)
    functional = {}
    for name, options in {
        "plain": {},
        "bool": {"attn_mask": allowed},
        "added": {"attn_mask": added},
        "causal": {"is_causal": True},
    }.items():
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        y = F.scaled_dot_product_attention(*inputs, **options)
        functional[name] = {"y": y, "gradients": gradients(inputs, y)}

    length, others, batch, size, heads = 4, 3, 2, 8, 2
    query, memory = torch.randn(length, batch, size), torch.randn(others, batch, size)
    causal = torch.ones(length, length).triu(1).bool()
    per_head = torch.randn(batch * heads, length, length)
    padding = torch.tensor([[False, False, True, False], [False, True, False, True]])
    multihead = {}
    for name, (settings, key, options) in {
        "self": ({}, query, {}),
        "cross": ({}, memory, {}),
        "noBias": ({"bias": False}, query, {}),
        "batchFirst": ({"batch_first": True}, query, {}),
        "causal": ({}, query, {"attn_mask": causal}),
        "padding": ({}, query, {"key_padding_mask": padding}),
        "both": ({}, query, {"attn_mask": causal, "key_padding_mask": padding}),
        "perHead": ({}, query, {"attn_mask": per_head}),
        "everyHead": ({}, query, {"average_attn_weights": False}),
        "noWeights": ({}, query, {"need_weights": False}),
    }.items():
        torch.manual_seed(42)
        layer = nn.MultiheadAttention(size, heads, **settings)
        after = float(torch.rand(1))
        inputs = [query.clone(), key.clone()]
        if settings.get("batch_first"):
            inputs = [x.transpose(0, 1).contiguous() for x in inputs]
        for x in inputs:
            x.requires_grad_()
        y, weights = layer(inputs[0], inputs[1], inputs[1], **options)
        named = dict(layer.named_parameters())
        found = gradients([*inputs, *named.values()], y)
        multihead[name] = {
            "state": layer.state_dict() if name in ("self", "noBias") else None,  # the others are drawn alike
            "next": after,
            "y": y,
            "weights": weights,
            "gradients": dict(zip(["query", "key", *named], found)),
        }

    encoder = {}
    for name, (settings, options) in {
        "relu": ({}, {}),
        "gelu": ({"activation": "gelu"}, {"src_mask": causal}),
        "normFirst": ({"norm_first": True}, {"src_key_padding_mask": padding}),
    }.items():
        torch.manual_seed(42)
        layer = nn.TransformerEncoderLayer(size, heads, dim_feedforward=6, dropout=0.0, **settings)
        x = query.clone().requires_grad_()
        y = layer(x, **options)
        named = dict(layer.named_parameters())
        found = gradients([x, *named.values()], y)
        stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        encoder[name] = {
            "state": layer.state_dict() if name == "relu" else None,
            "y": y,
            "gradients": dict(zip(["x", *named], found)),
            "stackNames": list(stack.state_dict()),
            "next": float(torch.rand(1)),
            "stacked": stack(query, **{("mask" if key == "src_mask" else key): value for key, value in options.items()}),
        }
    return {
        "functional": {"q": q, "k": k, "v": v, "allowed": allowed, "added": added, "cases": functional},
        "query": query,
        "memory": memory,
        "causal": causal,
        "perHead": per_head,
        "padding": padding,
        "multihead": multihead,
        "encoder": encoder,
    }


def cars():
    """The cars notebook: table, split, scale, loader, training; the loss of each epoch."""
    rows = json.loads((root / "node_modules/vega-datasets/data/cars.json").read_text())
    rows = [row for row in rows if all(value is not None for value in row.values())]
    origins = sorted({row["Origin"] for row in rows})
    table = [
        [row[name] for name in ("Miles_per_Gallon", "Cylinders", "Displacement", "Horsepower", "Weight_in_lbs", "Acceleration")]
        + [datetime.date.fromisoformat(row["Year"]).year, row["Horsepower"] / row["Weight_in_lbs"]]
        + [1 if row["Origin"] == origin else 0 for origin in origins]
        for row in rows
    ]
    data = torch.tensor(table, dtype=torch.float64)

    torch.manual_seed(42)
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(42))
    test_count = math.ceil(len(data) * 0.2)
    train, val = data[order[test_count:]], data[order[:test_count]]
    mean, std = train.mean(0), train.std(0, correction=0)
    train, val = ((train - mean) / std).float(), ((val - mean) / std).float()

    loader = DataLoader(TensorDataset(train[:, 1:], train[:, :1]), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(val[:, 1:], val[:, :1]), batch_size=len(val))
    model = FeedForwardNN(10, 64)
    first_weights = model.fc1.weight.detach().clone()[:2]
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(30):
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        val_total = 0.0
        with torch.no_grad():
            for x, y in val_loader:
                val_total += criterion(model(x), y).item() * len(y)
        losses.append([total / len(train), val_total / len(val)])
    return {
        "rows": len(train),
        "valRows": len(val),
        "mean": mean,
        "std": std,
        "firstInputs": train[:3, 1:],
        "firstWeights": first_weights,
        "losses": losses,
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("random", random_streams())
    write("init", initial_weights())
    write("activations", activations())
    write("losses", losses())
    write("optimizers", optimizers())
    write("feed-forward", feed_forward())
    write("loader", loader_orders())
    write("cars", cars())
    write("attention", attention())
