"""Times Jupyter kernels side by side with one client, jupyter_client.

usage: kernels.py REPEATS KERNELS_JSON      KERNELS_JSON: [{"name": …, "argv": […], "language": "typescript" | "python"}]

Each repeat starts every kernel once, in turn, so that what else the machine does strikes all of them alike. Prints one line
of JSON for each kernel and repeat, in milliseconds:
  start            from launching the process to the reply to kernel_info_request
  expression       `1 + 1`, from sending the request to the kernel being idle with its reply here; the median of many
  declaration      a cell that declares a new name, likewise
  declarationLater a cell that declares a name by means of the one before, after 200 of its kind
  completionFirst  the first completion of a session, of a member of an object that a cell declared
  completion       the same again; the median of many
  completionBusy   the same while a cell computes
A completion that does not offer the member is left out.
"""
import json
import statistics
import sys
import time
from queue import Empty

from client import context, drain, launch, manager_of, reply_to, round_trip

WARM_UP, ROUNDS = 15, 50
BEFORE = 200

CODE = {
    "typescript": {
        "declare": "const value{0} = {0}",
        "first": "const step0 = 0",
        "step": "const step{1} = step{0} + 1",
        "object": "const settings = {{ learningRate: 0.1, momentum: 0.9 }}",
        "compute": "const until = Date.now() + 1000; while (Date.now() < until) {{}}",
    },
    "python": {
        "declare": "value{0} = {0}",
        "first": "step0 = 0",
        "step": "step{1} = step{0} + 1",
        "object": "from types import SimpleNamespace; settings = SimpleNamespace(learningRate=0.1, momentum=0.9)",
        "compute": "import time; until = time.time() + 1\nwhile time.time() < until: pass",
    },
}


def median_of(client, cell):
    for index in range(WARM_UP):
        round_trip(client, cell(index))
    return statistics.median(round_trip(client, cell(WARM_UP + index)) for index in range(ROUNDS))


def completion(client):
    """The milliseconds that a completion took, or None when it offers the wrong thing or nothing."""
    begin = time.perf_counter()
    return offered(reply_to(client, client.complete("settings.lear")), begin)


def offered(reply, begin):
    elapsed = (time.perf_counter() - begin) * 1000
    matches = reply["content"].get("matches", [])
    return elapsed if any(match.split(".")[-1] == "learningRate" for match in matches) else None


def busy_completion(client, compute):
    """The same while a cell computes: some kernels answer it after the cell."""
    computing = client.execute(compute)
    time.sleep(0.1)
    begin = time.perf_counter()
    asked = client.complete("settings.lear")
    waiting, elapsed = {computing, asked}, None
    while waiting:
        reply = client.get_shell_msg(timeout=60)
        request = reply["parent_header"].get("msg_id")
        if request == asked:
            elapsed = offered(reply, begin)
        waiting.discard(request)
    return elapsed


def completions(client, code):
    """First the first completion of all, then many, then one while a cell computes."""
    round_trip(client, code["object"].format())
    first = completion(client)
    if first is None:
        return {}
    warm = statistics.median(completion(client) for _ in range(ROUNDS))
    busy = busy_completion(client, code["compute"].format())
    return {"completionFirst": first, "completion": warm, **({"completionBusy": busy} if busy is not None else {})}


def later_declaration(client, code):
    round_trip(client, code["first"])
    for index in range(BEFORE):
        # Only the reply: tslab 1.0.22 loses the `idle` of its 171st request, and of its 342nd.
        reply_to(client, client.execute(code["step"].format(index, index + 1)))
    times = []
    for index in range(BEFORE, BEFORE + ROUNDS):
        try:
            times.append(round_trip(client, code["step"].format(index, index + 1), timeout=5))
        except Empty:
            continue
    return statistics.median(times)


def measure(kernel, sockets):
    manager = manager_of(kernel, sockets)
    code = CODE[kernel["language"]]
    client = None
    try:
        client, start = launch(manager)
        drain(client)
        return {
            "kernel": kernel["name"],
            "start": start,
            "expression": median_of(client, lambda _: "1 + 1"),
            "declaration": median_of(client, code["declare"].format),
            **completions(client, code),
            "declarationLater": later_declaration(client, code),
        }
    finally:
        if client is not None:
            client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    repeats, kernels = int(sys.argv[1]), json.loads(sys.argv[2])
    sockets = context()
    for _ in range(repeats):
        for kernel in list(kernels):
            try:
                print(json.dumps(measure(kernel, sockets)), flush=True)
            except Exception as error:  # a peer that fails must not take the others' figures with it
                print(json.dumps({"kernel": kernel["name"], "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)
                kernels.remove(kernel)


main()
