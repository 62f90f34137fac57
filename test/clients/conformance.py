"""Jupyter's own conformance suite, jupyter_kernel_test, on our kernel; prints each test's outcome as one line of JSON."""
import json
import unittest

import jupyter_kernel_test


class OrderlyEnd:
    """Ends the kernel without asking it: by then the suite has closed the context that asking needs."""

    @classmethod
    def tearDownClass(cls):
        cls.kc.stop_channels()
        cls.km.shutdown_kernel(now=True)


class CellgradKernelTests(OrderlyEnd, jupyter_kernel_test.KernelTests):
    kernel_name = "cellgrad"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("to stderr")'
    completion_samples = [{"text": "Math.cbr", "matches": {"cbrt"}}, {"text": "nn.Linea", "matches": {"Linear"}}]
    complete_code_samples = ["1", "const one = 1", "function f(x: number) {\n  return x\n}", ""]
    incomplete_code_samples = ["function f() {", "const list = [1,", "`text", "/* comment"]
    invalid_code_samples = ["const = 1", "1 +* 2"]
    code_generate_error = 'throw new Error("on purpose")'
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 4, 9].length", "result": "3"},
    ]
    code_display_data = [{"code": 'display(html`<b>bold</b>`)', "mime": "text/html"}]
    code_inspect_sample = "Math.sqrt"
    code_clear_output = "clearOutput()"
    code_page_something = 'page("a long text")'
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1 ? 2*"


class WelcomeTests(OrderlyEnd, jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "cellgrad"
    support_iopub_welcome = True


class Outcomes(unittest.TestResult):
    """What became of each test, the sub-tests of it included."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def record(self, test, outcome):
        name = getattr(test, "test_case", test).id().rsplit(".", 1)[-1]
        self.outcomes.setdefault(name, outcome)

    def addSuccess(self, test):
        self.record(test, "passed")

    def addSkip(self, test, reason):
        self.record(test, f"skipped: {reason}")

    def addFailure(self, test, error):
        self.record(test, self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self.record(test, self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.record(test, self._exc_info_to_string(error, subtest))


result = Outcomes()
for tests in (CellgradKernelTests, WelcomeTests):
    unittest.defaultTestLoader.loadTestsFromTestCase(tests).run(result)
print(json.dumps(result.outcomes))
