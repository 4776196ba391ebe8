"""Every fact has a sample, is told by its owner alone, and is heard by somebody."""

import ast
import importlib
import pkgutil
from collections import defaultdict

import pytest

import shared.contracts
from shared.contracts.event import declared
from tests.architecture.house import OWNERS, PACKAGES, ROOT, called, module, sources, tree

for each in pkgutil.iter_modules(shared.contracts.__path__):
    importlib.import_module(f"shared.contracts.{each.name}")

FACTS = declared()
BY_CLASS = {fact.__name__: name for name, fact in FACTS.items()}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_has_a_sample(name: str) -> None:
    assert (ROOT / "tests/contracts/samples" / f"{name}.json").exists()


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_named_after_its_owner(name: str) -> None:
    owner = name.partition(".")[0]

    assert owner in OWNERS.values()
    assert FACTS[name].__module__.split("_")[0] == f"shared.contracts.{owner}"


def test_a_fact_is_told_by_its_owner_alone() -> None:
    tellers = defaultdict(set)
    for package in PACKAGES:
        for fact in _told(package):
            tellers[fact].add(OWNERS[package])

    assert {fact: owners for fact, owners in tellers.items() if owners != {fact.partition(".")[0]}} == {}
    assert sorted(set(FACTS) - set(tellers)) == []


def test_a_handler_hears_facts_that_exist() -> None:
    heard = {name for package in PACKAGES for name in module(package, "handlers").handlers.names}

    assert heard - {"*.*"} <= set(FACTS)


def test_every_fact_is_heard_by_the_activity_log() -> None:
    assert module("customers", "handlers").handlers.names == ["*.*"]


def _told(package: str) -> set[str]:
    return {
        BY_CLASS[called(node)]
        for path in sources(package)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in BY_CLASS
    }
