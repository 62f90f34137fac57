"""Executes a notebook as nbclient users do, validates and converts the result, and prints what happened as one line of JSON.

usage: execute_notebook.py NOTEBOOK OUTPUT_FOLDER
"""
import json
import sys
from collections import Counter
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter


class CountingClient(NotebookClient):
    """Counts the messages of each type, which the finished notebook no longer shows."""

    counts: Counter = Counter()

    def process_message(self, msg, cell, cell_index):
        self.counts[msg["msg_type"]] += 1
        return super().process_message(msg, cell, cell_index)


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    notebook = nbformat.read(source, as_version=4)
    client = CountingClient(notebook, timeout=240, kernel_name=notebook.metadata.kernelspec.name)
    error = None
    try:
        client.execute(cwd=str(source.parent))
    except CellExecutionError as failure:
        error = str(failure)
    nbformat.validate(notebook)
    nbformat.write(notebook, out / "executed.ipynb")
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (out / "executed.html").write_text(html)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    print(json.dumps({
        "error": error,
        "messages": client.counts,
        "languageInfo": notebook.metadata.get("language_info"),
        "html": html,
        "cells": [{
            "source": cell.source,
            "executionCount": cell.execution_count,
            "outputs": cell.outputs,
        } for cell in code],
    }))


main()
