"""Reads a CSV file of numbers into an array, several times, and prints the milliseconds as JSON."""

import json
import sys
import time

import numpy as np

path, repeats = sys.argv[1], int(sys.argv[2])
times = []
for _ in range(repeats):
    begin = time.perf_counter()
    x = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    times.append((time.perf_counter() - begin) * 1000)
    assert x.shape == (1_000_000, 11)
print(json.dumps(times))
