"""Teaches papermill to write a notebook's parameters in TypeScript.

papermill knows Python, R, Scala and some others, and asks nobody but its own table for more. It loads its plug-ins when it
starts, so this one adds TypeScript to that table.
"""
import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    """Parameters as `let` declarations, which may stand beside those of the notebook's own cell."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val, ensure_ascii=False)

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_dict(cls, val):
        return "{" + ", ".join(f"{cls.translate_str(str(key))}: {cls.translate(item)}" for key, item in val.items()) + "}"

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(item) for item in val) + "]"

    @classmethod
    def translate(cls, val):
        return cls.translate_list(list(val)) if isinstance(val, (tuple, set)) else super().translate(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(str(str_val), ensure_ascii=False)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}"

    @classmethod
    def assign(cls, name, str_val):
        return f"let {name} = {str_val}"

    declaration = re.compile(
        r"^\s*(?:export\s+)?(?:let|const|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=;]+?))?\s*=\s*"
        r"(?P<value>.*?);?\s*(?://\s*(?P<help>.*))?$"
    )

    @classmethod
    def inspect(cls, parameters_cell):
        """The parameters that the notebook declares, one a line: `let rate: number = 0.1 // learning rate`."""
        found = []
        for line in parameters_cell["source"].split("\n"):
            match = cls.declaration.match(line)
            if match:
                found.append(
                    Parameter(
                        name=match["name"],
                        inferred_type_name=match["type"] or "None",
                        default=match["value"],
                        help=match["help"] or "",
                    )
                )
        return found


papermill_translators.register("typescript", TypeScriptTranslator)
papermill_translators.register("cellgrad", TypeScriptTranslator)


class CellgradEngine(NBClientEngine):
    """papermill's usual engine; it is here so that papermill loads this file."""
