"""Finds out what Jupyter kernels do in the situations that tell them apart, with one client, jupyter_client.

usage: behaviours.py KERNELS_JSON     KERNELS_JSON: as of kernels.py, with "interrupt": "message" | "signal"

Prints one line of JSON for each kernel: what each question was answered with, in a few words.
"""
import json
import re
import sys
import time
from queue import Empty

from client import context, drain, launch, manager_of, reply_to

CELLS = 1_000

CODE = {
    "typescript": {
        "value": "1 + 1",
        "keep": "let kept = 42",
        "loop": "while (true) {}",
        "read": "console.log('kept', kept)",
        "timer": "setTimeout(() => { throw new Error('from a timer') }, 200)",
        "rejection": "void Promise.reject(new Error('never caught'))",
        "wait": "await new Promise((resolve) => setTimeout(resolve, 700))",
        "direct": "process.stdout.write('written directly')",
        "child": "(await import('node:child_process')).spawnSync('echo', ['from a child'], { stdio: 'inherit' }); 0",
        "mistyped": "const wrong: number = 'text'",
        "syntax": "let = = 3",
        "counted": "{0}",
    },
    "python": {
        "value": "1 + 1",
        "keep": "kept = 42",
        "loop": "while True: pass",
        "read": "print('kept', kept)",
        "timer": "import threading\ndef late(): raise ValueError('from a timer')\nthreading.Timer(0.2, late).start()",
        "rejection": None,
        "wait": "import time; time.sleep(0.7)",
        "direct": "import sys; _ = sys.stdout.write('written directly')",
        "child": "import os; _ = os.system('echo from a child')",
        "mistyped": None,
        "syntax": "let = = 3",
        "counted": "{0}",
    },
}


class Session:
    """A kernel with what it has broadcast, in order."""

    def __init__(self, kernel, sockets):
        self.kernel, self.sockets = kernel, sockets
        self.code = CODE[kernel["language"]]
        self.start()

    def start(self):
        self.manager = manager_of(self.kernel, self.sockets)
        self.client, _ = launch(self.manager)
        drain(self.client)
        self.heard = []

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def listen(self, seconds):
        """Takes what comes in the next seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.heard.append(self.client.get_iopub_msg(timeout=max(0.01, until - time.monotonic())))
            except Empty:
                return

    def run(self, code, seconds=15, settle=0.4):
        """Runs a cell; its reply's content or None, its request and all that was broadcast for it."""
        request = self.client.execute(code)
        try:
            self.client.allow_stdin = False
            reply = self.reply(request, seconds)
        except Empty:
            reply = None
        self.listen(settle)
        return reply, request, self.of(request)

    def reply(self, request, seconds):
        until = time.monotonic() + seconds
        while True:
            message = self.client.get_shell_msg(timeout=max(0.01, until - time.monotonic()))
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def of(self, request):
        return [message for message in self.heard if message["parent_header"].get("msg_id") == request]


def text_of(messages):
    """What a reader sees of messages; not the code of a cell, which is broadcast as well."""
    return json.dumps([message["content"] for message in messages if message["msg_type"] != "execute_input"])


def results(session):
    _, _, messages = session.run(session.code["value"])
    kinds = {message["msg_type"]: message for message in messages}
    if "execute_result" not in kinds:
        return "stream" if "stream" in kinds else "none"
    text = kinds["execute_result"]["content"]["data"].get("text/plain", "")
    return "execute_result, colour codes in its text" if "\x1b" in text else "execute_result, clean text"


def interrupt(session):
    session.run(session.code["keep"])
    request = session.client.execute(session.code["loop"])
    time.sleep(0.7)
    begin = time.monotonic()
    session.manager.interrupt_kernel()
    try:
        session.reply(request, 8)
    except Empty:
        return "not within 8 s: the session is lost"
    taken = (time.monotonic() - begin) * 1000
    session.listen(0.3)
    _, _, messages = session.run(session.code["read"], seconds=8)
    kept = "kept 42" in text_of(messages)
    return f"interrupted after {taken:.0f} ms, variables {'kept' if kept else 'lost'}"


def late(session, which, words):
    """Where an error shows that a cell caused and that comes while a later cell runs."""
    code = session.code[which]
    if code is None:
        return "–"
    _, first, _ = session.run(code, settle=0)
    _, second, _ = session.run(session.code["wait"], settle=1)
    if words in text_of(session.of(first)):
        return "shown under the cell that caused it"
    if words in text_of(session.of(second)):
        return "shown under a later cell"
    if words in text_of(session.heard):
        return "shown under no cell"
    alive = session.manager.is_alive() and session.run(session.code["value"], seconds=8)[0] is not None
    return "not shown" if alive else "the session is lost"


def shows(session, which, words):
    _, _, messages = session.run(session.code[which], settle=0.8)
    return "shown" if words in text_of(m for m in messages if m["msg_type"] == "stream") else "not shown"


def type_error(session):
    code = session.code["mistyped"]
    if code is None:
        return "–"
    reply, _, messages = session.run(code)
    text = text_of(messages)
    if "not assignable" not in text:
        return "not checked"
    how = "with a code frame" if re.search(r"\^|~~~", text) else "as a message"
    return f"{'stops the cell' if reply['status'] == 'error' else 'is shown'}, {how}"


def syntax_error(session):
    _, _, messages = session.run(session.code["syntax"])
    errors = [message for message in messages if message["msg_type"] == "error"]
    text = text_of(errors or messages)
    if session.code["syntax"] in text.replace("\\u001b[0m", ""):
        return "a code frame"
    return "a message without the line" if errors else "a message on stderr, no error"


def lost_idles(session):
    requests = {session.client.execute(session.code["counted"].format(index)) for index in range(CELLS)}
    waiting, until = set(requests), time.monotonic() + 60
    idle = set()
    while len(idle) < CELLS and time.monotonic() < until:
        try:
            message = session.client.get_iopub_msg(timeout=5)
        except Empty:
            break
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            idle.add(message["parent_header"].get("msg_id"))
    return f"{len(waiting - idle)} of {CELLS:,}"


QUESTIONS = {
    "results": results,
    "errorOfTimer": lambda session: late(session, "timer", "from a timer"),
    "rejection": lambda session: late(session, "rejection", "never caught"),
    "direct": lambda session: shows(session, "direct", "written directly"),
    "child": lambda session: shows(session, "child", "from a child"),
    "typeError": type_error,
    "syntaxError": syntax_error,
    "interrupt": interrupt,
    "lostIdles": lost_idles,
}


def main():
    sockets = context()
    for kernel in json.loads(sys.argv[1]):
        answers = {}
        for name, ask in QUESTIONS.items():
            session = Session(kernel, sockets)  # of its own: a question may be a kernel's last
            try:
                answers[name] = ask(session)
            except Exception as error:
                answers[name] = f"failed: {type(error).__name__}: {error}"[:200]
            finally:
                session.stop()
        print(json.dumps({"kernel": kernel["name"], "answers": answers}), flush=True)


main()
