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
        "sgdMaximize": (torch.optim.SGD, {"lr": 1e-4, "maximize": True, "weight_decay": 2.0}),
        "adamAmsgrad": (torch.optim.Adam, {"lr": 0.05, "amsgrad": True, "weight_decay": 0.05}),
        "adamwAmsgrad": (torch.optim.AdamW, {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
        "adagrad": (torch.optim.Adagrad, {"lr": 0.3}),
        "adagradAll": (
            torch.optim.Adagrad,
            {"lr": 0.5, "lr_decay": 0.02, "weight_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-6},
        ),
        # A large eps: with a small one the sign of the first gradients, which are noise about 0, decides the way.
        "adafactor": (torch.optim.Adafactor, {"lr": 0.05, "eps": (0.3, 1e-3)}),
        "adafactorAll": (
            torch.optim.Adafactor,
            {"lr": 0.05, "beta2_decay": -0.6, "eps": (0.3, 1e-2), "d": 1.5, "weight_decay": 0.02},
        ),
        "adadelta": (torch.optim.Adadelta, {}),
        "adadeltaAll": (torch.optim.Adadelta, {"lr": 0.7, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.02}),
        "adamax": (torch.optim.Adamax, {"lr": 0.05}),
        "adamaxAll": (torch.optim.Adamax, {"lr": 0.05, "betas": (0.8, 0.99), "weight_decay": 0.05}),
        "nadam": (torch.optim.NAdam, {"lr": 0.05}),
        "nadamAll": (
            torch.optim.NAdam,
            {"lr": 0.05, "betas": (0.8, 0.99), "momentum_decay": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True},
        ),
        "radam": (torch.optim.RAdam, {"lr": 0.05}),
        "radamAll": (torch.optim.RAdam, {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
        "radamDecay": (torch.optim.RAdam, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.05}),
        "asgd": (torch.optim.ASGD, {"lr": 0.02}),
        "asgdAll": (torch.optim.ASGD, {"lr": 0.02, "lambd": 0.01, "alpha": 0.5, "t0": 50, "weight_decay": 0.01}),
        "rprop": (torch.optim.Rprop, {}),
        "rpropAll": (torch.optim.Rprop, {"lr": 0.05, "etas": (0.4, 1.3), "step_sizes": (1e-4, 0.5)}),
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
    return {"start": start, "tracks": results}


def lbfgs():
    """Steps of L-BFGS on Rosenbrock's valley and on a crooked bowl, in float64."""

    def valley(x):
        return ((1 - x[:-1]) ** 2).sum() + 100 * ((x[1:] - x[:-1] ** 2) ** 2).sum()

    def bowl(x):
        return ((x - 1) ** 2 * torch.tensor([1.0, 4.0, 0.3], dtype=torch.float64)).sum() + (x**4).sum() * 0.1

    results = {}
    for name, (objective, options, steps) in {
        "valley": (valley, {"line_search_fn": "strong_wolfe", "max_iter": 4, "history_size": 5}, 8),
        "bowl": (bowl, {"lr": 0.3, "max_iter": 3}, 10),
        "bowlWolfe": (bowl, {"line_search_fn": "strong_wolfe"}, 2),
        "short": (bowl, {"lr": 0.8, "max_iter": 10, "max_eval": 4, "history_size": 2}, 6),
    }.items():
        x = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([x], **options)
        count = 0

        def closure():
            nonlocal count
            count += 1
            optimizer.zero_grad()
            loss = objective(x)
            loss.backward()
            return loss

        track = []
        for _ in range(steps):
            loss = optimizer.step(closure)
            track.append({"loss": loss.item(), "x": x.detach().clone(), "evaluations": count})
        results[name] = track
    return results


def schedules():
    """Learning rates and momenta of two groups: after the first 30 steps, then after every tenth of 200."""
    o = torch.optim.lr_scheduler
    rates = {}
    for name, make in {
        "stepLR": lambda opt: o.StepLR(opt, step_size=3, gamma=0.5),
        "multiStepLR": lambda opt: o.MultiStepLR(opt, milestones=[5, 2, 5, 60], gamma=0.5),
        "exponentialLR": lambda opt: o.ExponentialLR(opt, gamma=0.9),
        "constantLR": lambda opt: o.ConstantLR(opt, factor=0.25, total_iters=7),
        "linearLR": lambda opt: o.LinearLR(opt, start_factor=0.1, end_factor=0.8, total_iters=12),
        "polynomialLR": lambda opt: o.PolynomialLR(opt, total_iters=25, power=1.7),
        "cosineAnnealingLR": lambda opt: o.CosineAnnealingLR(opt, T_max=8, eta_min=0.01),
        "cosineWarmRestarts": lambda opt: o.CosineAnnealingWarmRestarts(opt, T_0=4, T_mult=2, eta_min=0.005),
        "lambdaLR": lambda opt: o.LambdaLR(opt, [lambda e: 0.95**e, lambda e: 1 / (1 + e)]),
        "multiplicativeLR": lambda opt: o.MultiplicativeLR(opt, lambda e: 0.9 if e % 2 else 1.05),
        "oneCycle": lambda opt: o.OneCycleLR(opt, max_lr=0.5, total_steps=201),
        "oneCycleAll": lambda opt: o.OneCycleLR(
            opt, max_lr=[0.5, 0.1], epochs=3, steps_per_epoch=70, pct_start=0.2, anneal_strategy="linear",
            base_momentum=0.7, max_momentum=0.9, div_factor=10, final_div_factor=100, three_phase=True,
        ),
        "cyclic": lambda opt: o.CyclicLR(opt, base_lr=0.01, max_lr=0.1, step_size_up=5, step_size_down=3),
        "cyclicHalved": lambda opt: o.CyclicLR(
            opt, base_lr=[0.01, 0.02], max_lr=0.1, step_size_up=4, mode="triangular2", cycle_momentum=False
        ),
        "cyclicFalling": lambda opt: o.CyclicLR(opt, base_lr=0.01, max_lr=0.1, step_size_up=6, mode="exp_range", gamma=0.97),
        "cyclicOwn": lambda opt: o.CyclicLR(
            opt, base_lr=0.01, max_lr=0.1, step_size_up=6, scale_fn=lambda c: 1 / c, scale_mode="cycle"
        ),
        "plateau": lambda opt: o.ReduceLROnPlateau(opt, patience=2, factor=0.5, cooldown=1, min_lr=[1e-3, 2e-3]),
        "plateauMax": lambda opt: o.ReduceLROnPlateau(
            opt, mode="max", patience=1, factor=0.7, threshold=0.05, threshold_mode="abs"
        ),
        "sequential": lambda opt: o.SequentialLR(
            opt, [o.LinearLR(opt, 0.1, total_iters=6), o.CosineAnnealingLR(opt, T_max=10), o.ExponentialLR(opt, 0.9)], [6, 16]
        ),
        "sequentialRestarts": lambda opt: o.SequentialLR(
            opt, [o.ConstantLR(opt, 0.5, total_iters=3), o.StepLR(opt, 4), o.PolynomialLR(opt, 20)], [5, 12]
        ),
        "chained": lambda opt: o.ChainedScheduler([o.ConstantLR(opt, 0.1, total_iters=4), o.ExponentialLR(opt, 0.9)]),
    }.items():
        groups = [{"params": [torch.zeros(1, requires_grad=True)]}, {"params": [torch.zeros(1, requires_grad=True)], "lr": 0.02}]
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
        scheduler = make(optimizer)
        track = []
        for step in range(201):
            if step <= 30 or step % 10 == 0:
                track.append([[group["lr"], group["momentum"]] for group in optimizer.param_groups])
            optimizer.step()
            if step < 200:
                scheduler.step(*([measure(step)] if name.startswith("plateau") else []))
        rates[name] = track
    return rates


def measure(step):
    """A loss that falls, stands still and jumps."""
    return 1 / (1 + step // 4) + (0.3 if step % 7 == 0 else 0)


files = {
    "optimizers": optimizers,
    "lbfgs": lbfgs,
    "schedules": schedules,
}
