"""One installation per file: its tests only ask for what they must not get."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[World]:
    """
    A whole installation with its demo data, in which facts and payments keep moving.
    """
    with World(tmp_path_factory.mktemp("world"), keys_dir).alive() as world:
        yield world
