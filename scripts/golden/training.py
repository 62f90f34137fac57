"""Whole trainings: the feed-forward network on made-up data and on the cars."""

import datetime
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from support import root


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


files = {
    "feed-forward": feed_forward,
    "cars": cars,
}
