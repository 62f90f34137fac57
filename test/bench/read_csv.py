"""Reads a CSV file of numbers into an array, several times, and prints the milliseconds of each library as JSON."""

import json
import sys
import time

import numpy as np

readers = {"NumPy loadtxt": lambda path: np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)}
try:
    import pandas as pd

    readers["pandas"] = lambda path: pd.read_csv(path).to_numpy(np.float32)
except ImportError:
    pass
try:
    import polars as pl

    readers["polars (Python)"] = lambda path: pl.read_csv(path).to_numpy().astype(np.float32)
except ImportError:
    pass

path, repeats = sys.argv[1], int(sys.argv[2])
times = {}
for library, read in readers.items():
    times[library] = []
    for _ in range(repeats):
        begin = time.perf_counter()
        x = read(path)
        times[library].append((time.perf_counter() - begin) * 1000)
        assert x.shape == (1_000_000, 11)
print(json.dumps(times))
