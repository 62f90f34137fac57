"""Times Jupyter kernels side by side with one client, jupyter_client.

usage: kernels.py REPEATS KERNELS_JSON      KERNELS_JSON: [{"name": …, "argv": […], "language": "typescript" | "python"}]

Each repeat starts every kernel once, in turn, so that what else the machine does strikes all of them alike. Prints one line
of JSON for each kernel and repeat, in milliseconds:
  start        from launching the process to the reply to kernel_info_request
  expression   `1 + 1`, from sending the request to the kernel being idle with its reply here; the median of many
  declaration  a cell that declares a new name, likewise
"""
import json
import statistics
import sys
import tempfile
import time
from queue import Empty

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

# 130 cells a start in all: tslab 1.0.22 loses the `idle` of its 171st cell, and the client would wait for it for ever.
WARM_UP, ROUNDS = 15, 50


def launch(manager):
    """A client and the milliseconds until the kernel's first reply."""
    begin = time.perf_counter()
    manager.start_kernel(cwd=tempfile.gettempdir())
    client = manager.client()
    client.start_channels(hb=False)
    reply_to(client, client.kernel_info())
    return client, (time.perf_counter() - begin) * 1000


def reply_to(client, request):
    deadline = time.monotonic() + 60
    while True:
        reply = client.get_shell_msg(timeout=max(0, deadline - time.monotonic()))
        if reply["parent_header"].get("msg_id") == request:
            return reply


def drain(client):
    """Takes what start-up left on iopub, once the kernel has been heard there."""
    client.wait_for_ready(timeout=60)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            client.get_iopub_msg(timeout=0.2)
        except Empty:
            return


def round_trip(client, code):
    begin = time.perf_counter()
    deadline = time.monotonic() + 60
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=max(0, deadline - time.monotonic()))
        if message["parent_header"].get("msg_id") != request or message["msg_type"] != "status":
            continue
        if message["content"]["execution_state"] == "idle":
            break
    reply = reply_to(client, request)
    elapsed = (time.perf_counter() - begin) * 1000
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code!r} failed: {reply['content']}")
    return elapsed


def median_of(client, cell):
    for index in range(WARM_UP):
        round_trip(client, cell(index))
    return statistics.median(round_trip(client, cell(WARM_UP + index)) for index in range(ROUNDS))


def measure(kernel, context):
    manager = KernelManager(context=context)
    manager._kernel_spec = KernelSpec(argv=kernel["argv"], display_name="measured", language="")
    declare = "const value{0} = {0}" if kernel["language"] == "typescript" else "value{0} = {0}"
    client = None
    try:
        client, start = launch(manager)
        drain(client)
        return {
            "kernel": kernel["name"],
            "start": start,
            "expression": median_of(client, lambda _: "1 + 1"),
            "declaration": median_of(client, declare.format),
        }
    finally:
        if client is not None:
            client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    repeats, kernels = int(sys.argv[1]), json.loads(sys.argv[2])
    context = zmq.Context()
    # libzmq asks a port that is not open yet again after 100 ms: coarse against what is measured here.
    context.setsockopt(zmq.RECONNECT_IVL, 2)
    for _ in range(repeats):
        for kernel in list(kernels):
            try:
                print(json.dumps(measure(kernel, context)), flush=True)
            except Exception as error:  # a peer that fails must not take the others' figures with it
                print(json.dumps({"kernel": kernel["name"], "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)
                kernels.remove(kernel)


main()
