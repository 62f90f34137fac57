"""Runs Jupyter's conformance suite, jupyter_kernel_test, on kernels.

usage: conformance_of.py KERNELS_JSON     KERNELS_JSON: as of behaviours.py

Prints one line of JSON for each kernel: how many of its tests passed, failed and were skipped.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = Path(__file__).parent.parent / "clients" / "conformance.py"


def outcome_of(kernel, folder):
    spec = Path(folder) / "kernels" / kernel["name"]
    spec.mkdir(parents=True)
    described = {"argv": kernel["argv"], "display_name": kernel["name"], "language": kernel["language"]}
    (spec / "kernel.json").write_text(json.dumps({**described, "interrupt_mode": kernel["interrupt"]}))
    command = [sys.executable, str(SUITE), kernel["name"], kernel["language"]]
    environment = {**os.environ, "JUPYTER_PATH": folder, "CELLGRAD_HISTORY": str(Path(folder) / "history")}
    try:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        return "not at its end after 90 s"
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return f"failed: {run.stderr[-200:]}"
    outcomes = json.loads(lines[-1]).values()
    passed = sum(outcome == "passed" for outcome in outcomes)
    skipped = sum(outcome.startswith("skipped") for outcome in outcomes)
    return f"{passed} pass, {len(outcomes) - passed - skipped} fail, {skipped} skipped"


for kernel in json.loads(sys.argv[1]):
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"kernel": kernel["name"], "outcome": outcome_of(kernel, folder)}), flush=True)
