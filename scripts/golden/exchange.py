"""Files of NumPy, safetensors and PyTorch as those libraries write them, in base64, with what they hold."""

import base64
import collections
import io
import os
import pickle
import zipfile

import numpy as np
import safetensors.torch
import torch
import torch.nn as nn


def packed(write):
    buffer = io.BytesIO()
    write(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def numpy_files():
    arrays = {
        "float32": np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3),
        "float64": np.array([1e300, -np.pi, 0.1]),
        "float16": np.array([0.5, -2, 65504, 6e-8, np.inf], dtype=np.float16),
        "bool": np.array([[True], [False]]),
        "int8": np.array([-128, 127], dtype=np.int8),
        "uint8": np.array([0, 255], dtype=np.uint8),
        "int16": np.array([-32768, 5], dtype=np.int16),
        "int64": np.array([[-7, 2**31 - 1]]),
        "large": np.array([2**40, -5]),
        "uint32": np.array([4_000_000_000], dtype=np.uint32),
        "scalar": np.array(2.5, dtype=np.float32),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "fortran": np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)),
        "bigEndian": np.array([1.5, -2.25], dtype=">f4"),
        "bigEndianIntegers": np.array([1, -300], dtype=">i4"),
    }
    single = {
        name: {"file": packed(lambda f, a=array: np.save(f, a)), "shape": list(array.shape), "values": plain(array)}
        for name, array in arrays.items()
    }
    names = ["float32", "int64", "bool"]
    return {
        "npy": single,
        "npz": packed(lambda f: np.savez(f, **{name: arrays[name] for name in names})),
        "npzPacked": packed(lambda f: np.savez_compressed(f, **{name: arrays[name] for name in names})),
        "version2": packed(lambda f: np.lib.format.write_array(f, arrays["float32"], version=(2, 0))),
        "records": packed(lambda f: np.save(f, np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]))),
        "objects": packed(lambda f: np.save(f, np.array([{"a": 1}], dtype=object), allow_pickle=True)),
        "complex": packed(lambda f: np.save(f, np.array([1j]))),
        "texts": packed(lambda f: np.save(f, np.array(["ab"]))),
    }


def plain(array):
    """Numbers, those that JSON has no form for as text."""
    return [float(x) if np.isfinite(x) else str(float(x)) for x in array.astype(np.float64).reshape(-1)]


def safetensors_files():
    tensors = {
        "weight": torch.linspace(-1, 1, 6).reshape(2, 3),
        "half": torch.tensor([0.5, -3.0]).half(),
        "bfloat": torch.tensor([1.5, -256.0, 3.140625]).bfloat16(),
        "ids": torch.tensor([[3, -4]]),
        "mask": torch.tensor([True, False, True]),
        "scalar": torch.tensor(7.0),
        "double": torch.tensor([0.1], dtype=torch.float64),
    }
    data = safetensors.torch.save(tensors, metadata={"format": "pt"})
    return {
        "file": base64.b64encode(data).decode(),
        "tensors": {name: {"shape": list(x.shape), "values": x.double().reshape(-1)} for name, x in tensors.items()},
    }


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must never run > /tmp/cellgrad-was-here",)


def torch_files():
    # Numbers that every processor computes alike, since the files must come out the same to the last byte.
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    for p in model.parameters():
        p.data = torch.arange(float(p.numel())).reshape(p.shape) / 8 - 1
        p.grad = torch.ones_like(p)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    optimizer.step()
    base = torch.arange(12.0).reshape(3, 4)
    values = {
        "transposed": base.t(),
        "row": base[1],
        "strided": base[::2, 1::2],
        "whole": base,
        "half": torch.tensor([0.5, -3.0]).half(),
        "bfloat": torch.tensor([1.5, -256.0]).bfloat16(),
        "bytes": torch.tensor([0, 200], dtype=torch.uint8),
        "mask": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 2),
        "parameter": nn.Parameter(torch.ones(2)),
    }
    checkpoint = {
        "epoch": 3,
        "loss": 0.125,
        "big": 2**40,
        "name": "größe",
        "done": False,
        "nothing": None,
        "history": [1.0, 0.5],
        "shape": (2, 3),
        "size": torch.Size([4, 5]),
        "optimizer": optimizer.state_dict(),
        "model": model.state_dict(),
    }

    def save(value, **options):
        return packed(lambda f: torch.save(value, f, **options))

    def archive(pickled):
        def write(f):
            with zipfile.ZipFile(f, "w") as z:
                for name, content in {"data.pkl": pickled, "version": b"3\n"}.items():
                    z.writestr(zipfile.ZipInfo(f"archive/{name}"), content)

        return packed(write)

    state = model.state_dict()
    return {
        "state": {"file": save(state), "tensors": {k: {"shape": list(v.shape), "values": v.double().reshape(-1)} for k, v in state.items()}},
        "values": {"file": save(values), "tensors": {k: {"shape": list(v.shape), "values": v.double().reshape(-1)} for k, v in values.items()}},
        "protocol4": save(collections.OrderedDict(a=torch.ones(2), b="text"), pickle_protocol=4),
        "checkpoint": save(checkpoint),
        "model": save(model),
        # How files before PyTorch 1.6 begin: a pickle of the format's number.
        "legacy": base64.b64encode(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2)).decode(),
        "evil": archive(pickle.dumps({"weight": Evil()}, protocol=2)),
        "evil4": archive(pickle.dumps([Evil()], protocol=4)),
    }


files = {"exchange-numpy": numpy_files, "exchange-safetensors": safetensors_files, "exchange-torch": torch_files}
