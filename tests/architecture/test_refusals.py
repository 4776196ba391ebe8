"""What a refusal says is one text with parameters, so that a door can say it in another language."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from shared.ui.catalogue import ENGLISH_ONLY
from shared.ui.language import packages
from tests.architecture.house import called, tree

ROOTS = {package: Path(str(files(package))) for package in packages()}
ALL = [file for root in ROOTS.values() for file in sorted(root.rglob("*.py"))]
SENTENCES = {"FieldError": 2, "Text": 0, "ValidationError": 0}


@cache
def refusals() -> frozenset[str]:
    """
    Return the names of all classes of refusals.
    """
    classes = [node for file in ALL for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)]
    found = {"Refusal"}
    while more := {each.name for each in classes if names(each.bases) & found} - found:
        found |= more
    return frozenset(found)


def names(nodes: list[ast.expr]) -> set[str]:
    """
    Return the last parts of names.
    """
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in nodes}


def texts(file: Path) -> Iterator[ast.expr]:
    """
    Yield what is given to refusals and field errors as their words; where that is a name, all it stands for.
    """
    places = dict.fromkeys(refusals(), 0) | SENTENCES
    nodes = list(ast.walk(tree(file)))
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    for call in nodes:
        place = places.get(called(call)) if isinstance(call, ast.Call) else None
        if place is None or len(call.args) <= place:
            continue
        text = call.args[place]
        yield text
        if isinstance(text, ast.Name):
            yield from (node.value for node in assigned if text.id in names(node.targets))


def put_together(text: ast.expr) -> bool:
    """
    Whether a sentence is composed where it is given, which no catalogue knows.
    """
    if (
        isinstance(text, ast.Starred)
        or called_gettext(text)
        or (isinstance(text, ast.Call) and called(text) in (*SENTENCES, "Invalid"))
    ):
        return False
    return any(
        isinstance(node, (ast.JoinedStr, ast.BinOp))
        or (isinstance(node, ast.Call) and called(node) in ("format", "join"))
        for node in ast.walk(text)
    )


def called_gettext(text: ast.expr) -> bool:
    """
    Whether the text was said already.
    """
    return isinstance(text, ast.Call) and called(text) in ("_", "gettext", "lazy_gettext", "ngettext")


@pytest.mark.parametrize("package", ROOTS)
def test_a_refusal_is_one_text_with_parameters(package: str) -> None:
    root = ROOTS[package]
    read = [file for file in ALL if file.is_relative_to(root)]
    read = [file for file in read if not str(file.relative_to(root)).startswith((*ENGLISH_ONLY, "cli.py"))]
    composed = [
        f"{file.relative_to(root)}:{text.lineno}"
        for file in read
        for text in texts(file)
        if put_together(text)
    ]

    assert composed == []
