"""Reads what Cellgrad wrote into a folder with NumPy, safetensors and PyTorch, and prints what it found as JSON."""

import json
import pathlib
import sys

import numpy as np
import safetensors.torch
import torch

folder = pathlib.Path(sys.argv[1])


def described(x):
    array = x.detach().numpy() if isinstance(x, torch.Tensor) else x
    return {"dtype": str(array.dtype), "shape": list(array.shape), "values": array.astype(np.float64).reshape(-1).tolist()}


checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
x = torch.from_numpy(np.load(folder / "x.npy"))
tied = torch.load(folder / "tied.pt", weights_only=True)

print(
    json.dumps(
        {
            "pt": {name: described(value) for name, value in torch.load(folder / "tensors.pt", weights_only=True).items()},
            "safetensors": {
                name: described(value) for name, value in safetensors.torch.load_file(folder / "tensors.safetensors").items()
            },
            "npz": {name: described(value) for name, value in np.load(folder / "tensors.npz").items()},
            "checkpoint": {name: value for name, value in checkpoint.items() if name != "weight"},
            "weight": described(checkpoint["weight"]),
            "output": model(x).tolist(),
            "tied": tied["a"].data_ptr() == tied["b"].data_ptr(),
        }
    )
)
