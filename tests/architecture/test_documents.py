"""The documents are short and say what is true."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from shared.settings import ServiceSettings
from tests.architecture.house import PACKAGES, ROOT, module, tracked

HEADINGS = ["Owns", "Tells", "Hears", "Asks", "Settings", "Run it alone"]
PARTS = ["Context", "Decision", "Consequences"]
# A path of ours in backticks or as the target of a link.
MENTIONED = re.compile(
    r"(?:`|\]\()((?:shared|services|deploy|docs|tests|\.ci)/[\w./-]+|[A-Z]+\.md|Makefile)(?:`|\))"
)
DOCUMENTS = tracked("*.md")


def test_the_readme_is_read_in_one_sitting() -> None:
    assert (ROOT / "README.md").read_text().count("\n") <= 150


@pytest.mark.parametrize("path", tracked("docs/decisions/*.md"), ids=lambda path: path.stem)
def test_a_decision_is_short_and_has_its_parts(path: Path) -> None:
    text = path.read_text()

    assert text.count("\n") <= 30
    assert "\nStatus: " in text
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == PARTS


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_files_that_exist(path: Path) -> None:
    named = MENTIONED.findall(path.read_text())

    lost = [name for name in named if not (ROOT / name).exists() and not (path.parent / name).exists()]
    assert lost == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_readme_has_the_same_headings_as_all(package: str) -> None:
    text = _readme(package)

    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == HEADINGS


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_readme_lists_its_own_settings_and_no_unknown_one(package: str) -> None:
    common = {field.metadata["env"] for field in fields(ServiceSettings)}
    known = {field.metadata["env"] for field in fields(module(package, "settings").Settings)}
    listed = _table(_readme(package).split("## Settings")[1].split("\n## ")[0])

    assert known - common <= listed <= known


def test_the_shared_readme_lists_exactly_the_settings_all_services_have() -> None:
    text = (ROOT / "shared/README.md").read_text()

    assert _table(text) == {field.metadata["env"] for field in fields(ServiceSettings)}


def _readme(package: str) -> str:
    return (PACKAGES[package].parents[1] / "README.md").read_text()


def _table(text: str) -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
