"""One installation per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.world import World


@pytest.fixture
def world(tmp_path: Path, keys_dir: Path) -> Iterator[World]:
    """
    A whole installation with its demo data, in which facts and payments keep moving.
    """
    with World(tmp_path, keys_dir).alive() as world:
        yield world
