"""The public names of PyTorch that docs/compatibility.md has a row for, read from PyTorch itself."""

import inspect

import torch
import torch.nn.functional as F


def public(module, wanted):
    """The names of a module that do not start with an underscore and are what is wanted."""
    return sorted(name for name in dir(module) if not name.startswith("_") and wanted(getattr(module, name, None)))


def documented(value):
    """A callable with a docstring: what the documentation of PyTorch lists, not helpers."""
    return callable(value) and not inspect.isclass(value) and not inspect.ismodule(value) and bool(value.__doc__)


def classes(base):
    return lambda value: inspect.isclass(value) and issubclass(value, base) and value is not base


def defined_in(module):
    return lambda value: inspect.isfunction(value) and value.__module__.startswith(module)


def names():
    # torch.add_ and torch.add_out are the in-place and the output forms of others; aten internals have no docstring.
    functions = [name for name in public(torch, documented) if not name.endswith("_") and "_out" not in name]
    methods = [name for name in public(torch.Tensor, documented)]
    sections = {
        "torch": functions,
        "torch.Tensor": methods,
        "torch.linalg": public(torch.linalg, documented),
        "torch.autograd": [
            "Function", "backward", "detect_anomaly", "enable_grad", "forward_ad", "grad", "grad_mode", "gradcheck",
            "gradgradcheck", "graph", "inference_mode", "no_grad", "profiler", "set_grad_enabled",
        ],
        "torch.autograd.functional": ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"],
        "torch.nn": public(torch.nn, classes(torch.nn.Module)),
        "torch.nn.functional": public(F, lambda v: documented(v) and not inspect.isclass(v)),
        "torch.nn.init": public(torch.nn.init, defined_in("torch.nn.init")),
        "torch.nn.utils": public(torch.nn.utils, defined_in("torch.nn.utils")),
        "torch.optim": public(torch.optim, classes(torch.optim.Optimizer)),
        "torch.optim.lr_scheduler": public(torch.optim.lr_scheduler, classes(torch.optim.lr_scheduler.LRScheduler)),
        "torch.utils.data": public(torch.utils.data, lambda v: inspect.isclass(v) or inspect.isfunction(v)),
    }
    return {"sections": sections}


files = {"torch-names": names}
