"""Optimizers and learning-rate schedules."""

import torch


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


files = {
    "optimizers": optimizers,
}
