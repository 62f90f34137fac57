"""Jupyter's own conformance suite, jupyter_kernel_test; prints each test's outcome as one line of JSON.

usage: conformance.py [KERNEL LANGUAGE]     without: our kernel; others are asked what any kernel for the language can be
"""
import json
import sys
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
    completion_samples = [
        {"text": "Math.cbr", "matches": {"cbrt"}},
        {"text": "nn.Linea", "matches": {"Linear", "LinearCrossEntropyLoss"}},
    ]
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


class TypeScriptKernelTests(OrderlyEnd, jupyter_kernel_test.KernelTests):
    """What any kernel for TypeScript can be asked."""

    kernel_name, language_name = sys.argv[1:3] if len(sys.argv) > 2 else ("", "")
    file_extension = ".ts"
    code_hello_world = CellgradKernelTests.code_hello_world
    code_stderr = CellgradKernelTests.code_stderr
    completion_samples = CellgradKernelTests.completion_samples[:1]
    complete_code_samples = CellgradKernelTests.complete_code_samples
    incomplete_code_samples = CellgradKernelTests.incomplete_code_samples
    invalid_code_samples = CellgradKernelTests.invalid_code_samples
    code_generate_error = CellgradKernelTests.code_generate_error
    code_execute_result = CellgradKernelTests.code_execute_result
    code_inspect_sample = CellgradKernelTests.code_inspect_sample
    supported_history_operations = CellgradKernelTests.supported_history_operations
    code_history_pattern = CellgradKernelTests.code_history_pattern


class PythonKernelTests(OrderlyEnd, jupyter_kernel_test.KernelTests):
    """The same of a kernel for Python."""

    kernel_name, language_name = TypeScriptKernelTests.kernel_name, "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('to stderr', file=sys.stderr)"
    completion_samples = [{"text": "impor", "matches": {"import"}}]
    complete_code_samples = ["1", "one = 1", "def f(x):\n  return x\n\n\n", ""]
    incomplete_code_samples = ["def f():", "values = [1,", "'''text"]
    invalid_code_samples = ["import = 1", "1 +* 2"]
    code_generate_error = "raise ValueError('on purpose')"
    code_execute_result = [{"code": "1 + 2 + 3", "result": "6"}, {"code": "len([1, 4, 9])", "result": "3"}]
    code_inspect_sample = "len"
    supported_history_operations = CellgradKernelTests.supported_history_operations
    code_history_pattern = CellgradKernelTests.code_history_pattern


class WelcomeTests(OrderlyEnd, jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = TypeScriptKernelTests.kernel_name or "cellgrad"
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
others = {"typescript": TypeScriptKernelTests, "python": PythonKernelTests}
ours = len(sys.argv) < 3 or sys.argv[1] == "cellgrad"
for tests in (CellgradKernelTests if ours else others[sys.argv[2]], WelcomeTests):
    unittest.defaultTestLoader.loadTestsFromTestCase(tests).run(result)
print(json.dumps(result.outcomes))
