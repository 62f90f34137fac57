"""Whole trainings of 200 steps, the loss of each: a regression and a classifier with the layers of a course."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def trained(model, data, criterion, optimizer, schedule=None, clip=None):
    """200 steps over shuffled batches; the loss of each, and what stands at the end."""
    losses, norms = [], []
    while True:
        for x, y in data:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            if clip is not None:
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip).item())
            optimizer.step()
            if schedule is not None:
                schedule.step()
            losses.append(loss.item())
            if len(losses) == 200:
                return {"losses": losses, "norms": norms, "next": float(torch.rand(1))}


def regression():
    torch.manual_seed(42)
    x = torch.randn(96, 8)
    y = x[:, :3].sum(1, keepdim=True).sin() + 0.1 * torch.randn(96, 1)
    model = nn.Sequential(
        nn.Linear(8, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 32), nn.SiLU(), nn.Dropout(0.1), nn.Linear(32, 1)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=200)
    data = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    return trained(model, data, nn.SmoothL1Loss(), optimizer, schedule, clip=1.0)


def classifier():
    torch.manual_seed(7)
    x = torch.randn(100, 6)
    y = (x[:, 0] > 0).long() + 2 * (x[:, 1] * x[:, 2] > 0).long()
    model = nn.Sequential(
        nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 24), nn.ELU(), nn.Linear(24, 4)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=20)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=180)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm_up, fall], [20])
    data = DataLoader(TensorDataset(x, y), batch_size=25, shuffle=True)
    return trained(model, data, nn.CrossEntropyLoss(label_smoothing=0.1), optimizer, schedule)


def translator():
    """A small transformer that learns to turn sequences around, with dropout at work."""
    torch.manual_seed(3)

    class Turner(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(6, 16, padding_idx=0)
            self.transformer = nn.Transformer(
                16, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=32, dropout=0.1, batch_first=True
            )
            self.head = nn.Linear(16, 6)

        def forward(self, batch):
            source, target = batch[:, 0], batch[:, 1]
            mask = nn.Transformer.generate_square_subsequent_mask(target.size(1))
            return self.head(self.transformer(self.embedding(source), self.embedding(target), tgt_mask=mask)).transpose(1, 2)

    tokens = torch.randint(1, 6, (48, 5))
    turned = tokens.flip(1)
    shifted = torch.cat([torch.zeros(48, 1, dtype=torch.long), turned[:, :-1]], 1)
    model = Turner()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, betas=(0.9, 0.98))
    data = DataLoader(TensorDataset(torch.stack([tokens, shifted], 1), turned), batch_size=16, shuffle=True)
    return trained(model, data, nn.CrossEntropyLoss(), optimizer, clip=0.5)


def trainings():
    return {"regression": regression(), "classifier": classifier(), "translator": translator()}


files = {
    "trainings": trainings,
}
