"""Every service has the same rooms, and each room keeps to itself."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import DOORS, PACKAGES, ROOT, imported, sources, tracked, tree

ROOMS = {
    *("domain", "usecases", "queries", "queries.py", "models", "models.py", "clients"),
    *("api", "admin", "handlers.py", "migrations", "app.py", "worker.py", "cli.py", "settings.py"),
    *("__init__.py", "py.typed", "translations"),
}
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\b(?:src|type=\"application/json\"))", re.I
)
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_has_only_the_rooms_of_the_plan(package: str) -> None:
    allowed = ROOMS | ({"portal"} if package == "portal_gateway" else set())
    there = {path.name for path in PACKAGES[package].iterdir() if path.name != "__pycache__"}

    assert there <= allowed


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_can_be_served_worked_and_looked_after(package: str) -> None:
    assert all(
        (PACKAGES[package] / name).exists() for name in ("app.py", "worker.py", "cli.py", "settings.py")
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_a_use_case_file_is_named_after_what_it_does(package: str) -> None:
    wrong = [path.name for path in _use_cases(package) if not _functions(path) & _words(path.stem)]

    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_use_case_has_a_door(package: str) -> None:
    reached = _imports(*(path for door in DOORS for path in _files(PACKAGES[package] / door)))
    names = {path.stem: f"{package}.usecases.{path.stem}" for path in _use_cases(package)}
    inside = {name: _imports(PACKAGES[package] / "usecases" / f"{name}.py") for name in names}

    while (
        more := {module for name, module in names.items() if module in reached for module in inside[name]}
        - reached
    ):
        reached |= more

    assert sorted(name for name, module in names.items() if module not in reached) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_only_the_gateway_calls_other_services(package: str) -> None:
    callers = [path.name for path in sources(package) if "shared.web.client" in imported(path)]

    assert callers == [] or package == "portal_gateway"


def test_only_one_door_calls_other_services() -> None:
    callers = {
        path.relative_to(PACKAGES["portal_gateway"]).parts[0]
        for path in sources("portal_gateway")
        if "shared.web.client" in imported(path)
    }

    assert callers <= {"clients", "app.py"}


def test_services_ship_no_style_and_no_script() -> None:
    shipped = tracked("services/*.css", "services/*.js", "services/*.svg")

    assert shipped == []


def test_templates_hold_no_inline_style_and_no_inline_script() -> None:
    loud = [
        f"{path.relative_to(ROOT)}: {found.group().strip()}"
        for path in tracked("services/*.html", "shared/*.html")
        if (found := INLINE.search(JINJA.sub("", path.read_text())))
    ]

    assert loud == []


def _use_cases(package: str) -> list[Path]:
    return [path for path in _files(PACKAGES[package] / "usecases") if not path.stem.startswith("_")]


def _functions(path: Path) -> set[str]:
    names = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)]
    return {word for name in names if not name.startswith("_") for word in _words(name)}


def _words(name: str) -> set[str]:
    return set(name.split("_"))


def _files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def _imports(*paths: Path) -> set[str]:
    return {name for path in paths for name in imported(path)}
