"""Writes test/golden/data/*.json: what PyTorch computes, for our tests to hold the runtime to.

    python scripts/golden [folder] [file ...]      all files, or the named ones

PyTorch 2.13 on a CPU, one thread. The files say which version made them. Nothing in here depends on our code; tables are
read from the vega-datasets package in node_modules. Every module beside this one has a table `files`: the name of each
file that it writes, and the function that computes the content.
"""

import importlib
import pathlib
import sys
import warnings

import torch

from support import root, write

folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "test" / "golden" / "data"
wanted = set(sys.argv[2:])
others = {"__main__", "support"}

torch.set_num_threads(1)
warnings.simplefilter("ignore")  # of old names and slow ways, which are tested on purpose
for module in sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.py") if path.stem not in others):
    for name, compute in importlib.import_module(module).files.items():
        if not wanted or name in wanted:
            write(folder, name, compute())
