"""Whole trainings of a convolutional network, of an LSTM and of a small GPT: the loss of each of 200 steps."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def losses(model, optimizer, loss_of):
    """The loss before each step."""
    track = []
    for step in range(200):
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        track.append(loss.item())
    return track


def cnn():
    """Which quarter of a noisy image is the brightest."""
    torch.manual_seed(42)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * 3 * 3, 4),
    )
    x = torch.randn(64, 1, 12, 12)
    y = F.avg_pool2d(x, 6).flatten(1).argmax(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    def loss(step):
        batch = slice(step % 4 * 16, step % 4 * 16 + 16)
        return F.cross_entropy(model(x[batch]), y[batch])

    return losses(model, optimizer, loss)


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 12, batch_first=True)
        self.head = nn.Linear(12, 1)

    def forward(self, x):
        states, _ = self.lstm(x)
        return self.head(states[:, -1])


def lstm():
    """Adds up the numbers of a sequence that are marked."""
    torch.manual_seed(42)
    model = Adder()
    numbers = torch.rand(32, 10)
    marks = (torch.rand(32, 10) > 0.7).float()
    x = torch.stack([numbers, marks], 2)
    y = (numbers * marks).sum(1, keepdim=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    return losses(model, optimizer, lambda step: F.mse_loss(model(x), y))


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
    def __init__(self, size=16, heads=2, layers=2, context=12, vocabulary=11):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, size), nn.Embedding(context, size)
        self.blocks = nn.Sequential(*[Block(size, heads) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def gpt():
    """Continues sequences that grow by the same step, modulo 11."""
    torch.manual_seed(42)
    model = GPT()
    first, step = torch.randint(0, 11, (8, 1)), torch.randint(1, 6, (8, 1))
    sequence = (first + step * torch.arange(13)) % 11
    x, y = sequence[:, :-1], sequence[:, 1:]
    # At some other rates PyTorch in float32 and in float64 part by 1e-4: their losses say nothing to 4 decimals.
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.5e-3)
    return losses(model, optimizer, lambda _: F.cross_entropy(model(x).view(-1, 11), y.reshape(-1)))


files = {
    "training-models": lambda: {"cnn": cnn(), "lstm": lstm(), "gpt": gpt()},
}
