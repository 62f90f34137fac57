"""The feed-forward notebook in PyTorch, statement by statement; prints the initial weights and each epoch's losses as JSON.

usage: torch_feed_forward.py CARS_JSON EPOCHS
"""
import json
import math
import sys
from datetime import datetime

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class FeedForwardNN(nn.Module):
    def __init__(self, input_dim=10, hidden_dim=64):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, 1)

    def forward(self, x):
        x = self.fc1(x).relu()
        x = self.fc2(x).relu()
        return self.fc3(x)


def features(car):
    """The target first, then the ten inputs, in the order in which the notebook's table has them."""
    return [
        car["Miles_per_Gallon"],
        car["Cylinders"],
        car["Displacement"],
        car["Horsepower"],
        car["Weight_in_lbs"],
        car["Acceleration"],
        datetime.fromisoformat(car["Year"]).year,
        car["Horsepower"] / car["Weight_in_lbs"],
        *(float(car["Origin"] == origin) for origin in ("Europe", "Japan", "USA")),
    ]


def tables(path):
    """Cleaned, split and standardised: training rows and validation rows, as float32 tensors."""
    with open(path) as file:
        cars = json.load(file)
    rows = np.array([features(car) for car in cars if None not in car.values()], dtype=np.float64)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(42)).numpy()
    held_out = math.ceil(len(rows) * 0.2)
    train, val = rows[order[held_out:]], rows[order[:held_out]]
    mean, std = train.mean(axis=0), train.std(axis=0)
    return [torch.tensor((part - mean) / std, dtype=torch.float32) for part in (train, val)]


def main():
    epochs = int(sys.argv[2])
    torch.manual_seed(42)
    train, val = tables(sys.argv[1])
    loader = DataLoader(TensorDataset(train[:, 1:], train[:, :1]), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(val[:, 1:], val[:, :1]), batch_size=len(val))
    x = train[:32, 1:]  # `loader.first()`, which draws no random numbers

    model = FeedForwardNN(10, 64)
    weights = {name: parameter.flatten().tolist() for name, parameter in model.named_parameters()}
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(1, epochs + 1):
        total = 0.0
        for x_batch, y_batch in loader:
            loss = criterion(model(x_batch), y_batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y_batch)
        with torch.no_grad():
            val_total = sum(criterion(model(a), b).item() * len(b) for a, b in val_loader)
        losses.append({"epoch": epoch, "train": total / len(train), "val": val_total / len(val)})
    print(json.dumps({
        "version": torch.__version__,
        "rows": [len(train), len(val)],
        "firstBatch": x.flatten().tolist(),
        "weights": weights,
        "losses": losses,
    }))


main()
