"""PyTorch's side of the training benchmark: reads workload names from stdin, answers with steps a second as JSON lines.

usage: torch_workloads.py THREADS
"""
import json
import sys
import time

import torch
from torch import nn

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.manual_seed(0)
library = f"PyTorch {torch.__version__.split('+')[0]}, {threads} thread{'s' if threads > 1 else ''}"


def rate(step, seconds=1.0):
    """Steps a second, over at least `seconds`, after a warm-up."""
    warm_until = time.perf_counter() + 0.3
    while time.perf_counter() < warm_until:
        step()
    steps, begin, elapsed = 0, time.perf_counter(), 0.0
    while elapsed < seconds:
        step()
        steps += 1
        elapsed = time.perf_counter() - begin
    return steps / elapsed


def make_step(sizes, batch, criterion):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = torch.randn(batch, sizes[0])
    mse = isinstance(criterion, nn.MSELoss)
    y = torch.randn(batch, 1) if mse else torch.randint(0, sizes[-1], (batch,))

    def step():
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return step


steps = {
    "tiny": make_step([10, 64, 64, 1], 32, nn.MSELoss()),
    "mlp": make_step([784, 256, 128, 10], 64, nn.CrossEntropyLoss()),
}
print(json.dumps({"library": library}), flush=True)
for line in sys.stdin:
    name = line.strip()
    print(json.dumps({"library": library, "workload": name, "stepsPerSecond": rate(steps[name])}), flush=True)
