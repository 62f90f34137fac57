"""PyTorch's side of the benchmark of operations: reads operations as JSON lines, answers with the seconds of one call.

usage: torch_operations.py THREADS
"""
import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))


def matmul(sizes, transposed, **_):
    batch, m, k, n = sizes

    def stored(rows, columns, swapped):
        shape = (columns, rows) if swapped else (rows, columns)
        x = torch.randn(batch, *shape) if batch > 1 else torch.randn(*shape)
        return x.mT if swapped else x

    a, b = stored(m, k, "a" in transposed), stored(k, n, "b" in transposed)
    return lambda: a @ b


def multiply_add(sizes, **_):
    a, b, c = (torch.randn(*sizes) for _ in range(3))
    return lambda: a * b + c


def of_one(function):
    def make(sizes, **_):
        x = torch.randn(*sizes)
        return lambda: function(x)

    return make


def layer_norm(sizes, **_):
    x, weight, bias = torch.randn(*sizes), torch.ones(sizes[1]), torch.zeros(sizes[1])
    return lambda: F.layer_norm(x, (sizes[1],), weight, bias)


operations = {
    "matmul": matmul,
    "multiplyAdd": multiply_add,
    "exp": of_one(torch.exp),
    "sum": of_one(lambda x: x.sum().item()),
    "softmax": of_one(lambda x: F.softmax(x, -1)),
    "layerNorm": layer_norm,
}


def time_of(call, seconds=0.08):
    """Seconds of one call, over at least `seconds` after a warm-up."""
    warm = time.perf_counter() + 0.04
    call()
    call()
    while time.perf_counter() < warm:
        call()
    calls, at_once, begin = 0, 1, time.perf_counter()
    while True:
        for _ in range(at_once):
            call()
        calls += at_once
        elapsed = time.perf_counter() - begin
        if elapsed >= seconds:
            return elapsed / calls
        if elapsed < seconds / 100:  # the clock is read every hundredth of the time or so
            at_once *= 2


print(json.dumps({"library": f"PyTorch {torch.__version__}"}), flush=True)
last = None  # repeats come one after the other, and filling large operands takes longer than the operation
with torch.no_grad():
    for line in sys.stdin:
        if line != last:
            operation = json.loads(line)
            call, last = operations[operation["name"]](**operation), line
        print(json.dumps({"seconds": time_of(call)}), flush=True)
