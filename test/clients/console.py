"""A whole session in jupyter console under a pseudo-terminal, as a user types it; prints what was seen as JSON.

usage: console.py KERNEL
"""
import json
import re
import sys

import pexpect

TIMEOUT = 40
seen = {}
arguments = ["-m", "jupyter_console", "--kernel", sys.argv[1], "--ZMQTerminalInteractiveShell.simple_prompt=False"]
console = pexpect.spawn(sys.executable, arguments, encoding="utf-8", timeout=TIMEOUT, dimensions=(40, 120))
console.delaybeforesend = 0.1
ansi = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?)")


def plain(text):
    return ansi.sub("", text)


def prompt(number):
    """Waits for the prompt of cell `number`; what was shown before it."""
    # The prompt is drawn in pieces, with colours in between.
    color = r"(?:\x1b\[[0-9;]*m)*"
    console.expect(rf"In \[{color}{number}{color}\]:")
    return plain(console.before)


def cell(number, code, send="\r"):
    """Types a cell, and waits for the next prompt."""
    console.send(code + send)
    return prompt(number + 1)


seen["banner"] = prompt(1)
seen["result"] = cell(1, "6 * 7")
seen["stream"] = cell(2, "console.log('printed'); console.error('to stderr')")
# The console asks is_complete: a block that is open goes on with the next line, and an empty line runs it.
console.send("function twice(x: number) {\r")
console.expect(r"\.\.\.")
console.send("return 2 * x }\r")
console.send("\r")
seen["block"] = prompt(4)
seen["call"] = cell(4, "twice(21)")
seen["error"] = cell(5, "throw new RangeError('too far')")
console.send("const who = await input('Name? ')\r")
# Not the echo of what was typed: the question stands at the start of a line.
console.expect(r"\n(?:\x1b\[[0-9;?]*[A-Za-z])*Name\? ")
console.send("Ada\r")
prompt(7)
seen["input"] = cell(7, "`hello ${who}`")
console.send("while (true) {}\r")
try:
    console.expect("this will not come", timeout=1.5)
except pexpect.TIMEOUT:
    pass
console.sendintr()
seen["interrupt"] = prompt(9)
seen["after"] = cell(9, "who.length")
console.send("Math.cbr\t")
console.expect("cbrt")
seen["completion"] = True
console.send("(27)\r")
seen["completed"] = prompt(11)
console.sendcontrol("d")
index = console.expect([r"\[y\]/n", pexpect.EOF], timeout=TIMEOUT)
if index == 0:
    console.send("y\r")
    console.expect(pexpect.EOF)
console.close()
seen["exit"] = console.exitstatus
print(json.dumps(seen))
