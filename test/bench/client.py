"""What the scripts that compare kernels share: one client, jupyter_client, for all of them."""
import subprocess
import tempfile
import time
from queue import Empty

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec


def context():
    """ZeroMQ that asks a port which is not open yet again after 2 ms; its own 100 are coarse against what is measured."""
    sockets = zmq.Context()
    sockets.setsockopt(zmq.RECONNECT_IVL, 2)
    return sockets


def manager_of(kernel, sockets):
    """The manager of a kernel that is described by its `argv`, and by `interrupt`: "message" or "signal"."""
    manager = KernelManager(context=sockets)
    interrupt = kernel.get("interrupt", "signal")
    manager._kernel_spec = KernelSpec(argv=kernel["argv"], display_name="measured", language="", interrupt_mode=interrupt)
    return manager


def launch(manager):
    """A client and the milliseconds until the kernel's first reply."""
    begin = time.perf_counter()
    manager.start_kernel(cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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


def round_trip(client, code, timeout=60):
    begin = time.perf_counter()
    deadline = time.monotonic() + timeout
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
