"""No file and no function grows beyond what can be read at one sitting."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, tracked, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
PYTHON = [path for path in tracked("*.py") if "versions" not in path.parts]


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_its_reader(path: Path) -> None:
    long = {
        node.name: lines
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert path.read_text().count("\n") <= LONGEST_FILE
    assert not long


def test_public_functions_say_what_they_do() -> None:
    rooms = [
        path for path in PYTHON if {"usecases", "domain", "shared"} & set(path.parts) and "src" in path.parts
    ]

    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in rooms
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not any(ast.unparse(each).endswith("overload") for each in node.decorator_list)
        and ast.get_docstring(node) is None
    ]

    assert silent == []
