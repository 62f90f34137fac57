"""What is done to parameters as a whole: ways to fill them, clipping, weight and spectral norm, averages."""

import torch
import torch.nn as nn

from modules import case, numbers


def fills():
    """Each fill after manual_seed(3), and the next random number."""

    def filled(fill, *shape, dtype=torch.float32):
        torch.manual_seed(3)
        x = fill(torch.empty(*shape, dtype=dtype))
        return {"shape": list(shape), "x": x, "next": float(torch.rand(1))}

    init = nn.init
    return {
        "truncNormal": filled(lambda w: init.trunc_normal_(w), 6, 5),
        "truncNormalNarrow": filled(lambda w: init.trunc_normal_(w, 0.3, 2.0, -0.5, 0.7), 6, 5),
        "truncNormalFar": filled(lambda w: init.trunc_normal_(w, 0.0, 1.0, 1.5, 3.0), 4, 3),
        "truncNormalDouble": filled(lambda w: init.trunc_normal_(w, std=0.02), 5, 4, dtype=torch.float64),
        "orthogonal": filled(lambda w: init.orthogonal_(w), 5, 5),
        "orthogonalWide": filled(lambda w: init.orthogonal_(w, gain=2.0), 3, 6),
        "orthogonalTall": filled(lambda w: init.orthogonal_(w), 6, 2, 2),
        "sparse": filled(lambda w: init.sparse_(w, 0.4, std=0.5), 6, 4),
        "eye": filled(lambda w: init.eye_(w), 3, 4),
        "dirac": filled(lambda w: init.dirac_(w), 3, 2, 3),
        "diracGroups": filled(lambda w: init.dirac_(w, 2), 4, 2, 3, 4),
        "kaimingConv": filled(lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), 4, 2, 3, 3),
        "xavierSelu": filled(lambda w: init.xavier_normal_(w, gain=init.calculate_gain("selu")), 4, 3),
    }


def clipping():
    """Gradients before and after clipping, by different norms."""
    torch.manual_seed(12)
    gradients = [numbers(3, 2), numbers(4) * 3]
    results = {}
    for name, clip in {
        "two": lambda params: nn.utils.clip_grad_norm_(params, 1.5),
        "one": lambda params: nn.utils.clip_grad_norm_(params, 2.0, norm_type=1.0),
        "infinity": lambda params: nn.utils.clip_grad_norm_(params, 0.7, norm_type=float("inf")),
        "three": lambda params: nn.utils.clip_grad_norm_(params, 0.5, norm_type=3.0),
        "far": lambda params: nn.utils.clip_grad_norm_(params, 100.0),
        "value": lambda params: nn.utils.clip_grad_value_(params, 0.6),
    }.items():
        params = [torch.zeros_like(g, dtype=torch.float64) for g in gradients]
        for parameter, g in zip(params, gradients):
            parameter.grad = g.double()
        norm = clip(params)
        results[name] = {"norm": norm, "gradients": [parameter.grad for parameter in params]}
    return {"gradients": gradients, "cases": results}


def weight_norms():
    torch.manual_seed(13)
    rows, image = numbers(3, 4), numbers(1, 2, 4, 4)
    weight_norm, spectral_norm = nn.utils.weight_norm, nn.utils.spectral_norm
    return {
        "weightNorm": case(lambda: weight_norm(nn.Linear(4, 3)), rows),
        "weightNormAll": case(lambda: weight_norm(nn.Linear(4, 3), dim=None), rows),
        "weightNormColumns": case(lambda: weight_norm(nn.Linear(4, 3), dim=1), rows),
        "weightNormConv": case(lambda: weight_norm(nn.Conv2d(2, 3, 3)), image),
        "spectralNorm": case(lambda: spectral_norm(nn.Linear(4, 3)), rows, buffers=True, evaluate=True),
        "spectralNormSteps": case(lambda: spectral_norm(nn.Linear(4, 3, bias=False), n_power_iterations=3), rows, buffers=True),
        "spectralNormConv": case(lambda: spectral_norm(nn.Conv2d(2, 3, 3)), image, buffers=True),
    }


def averages():
    """Averaged weights and the schedule that goes with them, over a short training."""
    from torch.optim import swa_utils

    def track(**options):
        torch.manual_seed(14)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
        averaged = swa_utils.AveragedModel(model, **options)
        x, y = numbers(8, 3).double(), numbers(8, 1).double()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        schedule = swa_utils.SWALR(optimizer, swa_lr=0.02, anneal_epochs=4)
        rates = []
        for _ in range(7):
            optimizer.zero_grad()
            ((model(x) - y) ** 2).mean().backward()
            optimizer.step()
            averaged.update_parameters(model)
            schedule.step()
            rates.append(optimizer.param_groups[0]["lr"])
        swa_utils.update_bn([x[:4], x[4:]], averaged)
        return {"rates": rates, "state": averaged.state_dict(), "y": averaged.eval()(x)}

    return {
        "mean": track(),
        "ema": track(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.8)),
    }


files = {
    "fills": fills,
    "clipping": clipping,
    "weight-norms": weight_norms,
    "averages": averages,
}
