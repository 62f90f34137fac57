"""PyTorch's side of the training benchmark: reads workload names from stdin, answers with steps a second as JSON lines.

usage: torch_workloads.py THREADS
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
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


def training(model, criterion, x, y):
    """The function that does one training step with Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return step


def linear_layers(sizes, batch, criterion):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    mse = isinstance(criterion, nn.MSELoss)
    y = torch.randn(batch, 1) if mse else torch.randint(0, sizes[-1], (batch,))
    return training(nn.Sequential(*layers[:-1]), criterion, torch.randn(batch, sizes[0]), y)


def cnn(batch=64):
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
    )
    return training(model, F.cross_entropy, torch.randn(batch, 1, 28, 28), torch.randint(0, 10, (batch,)))


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.project = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.fc1, self.fc2 = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = (part.view(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(D, 2))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(attended.transpose(1, 2).reshape(B, T, D))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self, size=128, heads=4, layers=4, context=64, vocabulary=65):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, size), nn.Embedding(context, size)
        self.blocks = nn.Sequential(*[Block(size, heads) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def gpt(batch=16, context=64, vocabulary=65):
    x, y = torch.randint(0, vocabulary, (batch, context)), torch.randint(0, vocabulary, (batch, context))
    return training(GPT(), lambda scores, next: F.cross_entropy(scores.view(-1, vocabulary), next.view(-1)), x, y)


class SequenceClassifier(nn.Module):
    def __init__(self, inputs=128, hidden=128, classes=10):
        super().__init__()
        self.lstm, self.head = nn.LSTM(inputs, hidden, batch_first=True), nn.Linear(hidden, classes)

    def forward(self, x):
        states, _ = self.lstm(x)
        return self.head(states[:, -1])


def lstm(batch=32, steps=64, inputs=128, classes=10):
    return training(
        SequenceClassifier(), F.cross_entropy, torch.randn(batch, steps, inputs), torch.randint(0, classes, (batch,))
    )


makers = {
    "tiny": lambda: linear_layers([10, 64, 64, 1], 32, nn.MSELoss()),
    "mlp": lambda: linear_layers([784, 256, 128, 10], 64, nn.CrossEntropyLoss()),
    "cnn": cnn,
    "gpt": gpt,
    "lstm": lstm,
}
steps = {}
print(json.dumps({"library": library}), flush=True)
for line in sys.stdin:
    name = line.strip()
    if name not in steps:
        steps[name] = makers[name]()
    print(json.dumps({"library": library, "workload": name, "stepsPerSecond": rate(steps[name])}), flush=True)
