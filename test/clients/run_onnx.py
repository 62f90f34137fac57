"""Runs the ONNX files of a folder with onnxruntime on the inputs beside them, and prints the outputs as JSON."""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

folder = pathlib.Path(sys.argv[1])
found = {}
for path in sorted(folder.glob("*.onnx")):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        runs = []
        for run in sorted(folder.glob(f"{path.stem}.*.npz")):
            inputs = dict(np.load(run))
            runs.append([output.reshape(-1).astype(float).tolist() for output in session.run(None, inputs)])
        inputs, outputs = session.get_inputs(), session.get_outputs()
        found[path.stem] = {
            "runs": runs,
            "inputs": [x.name for x in inputs],
            "outputs": [x.name for x in outputs],
            "shapes": [x.shape for x in inputs],
        }
    except Exception as error:
        found[path.stem] = {"error": str(error)}
print(json.dumps(found))
