"""Whole installations, started as ``make run`` and ``make up`` start them, on free ports."""

from collections.abc import Iterator

import pytest

from deploy.local.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """
    One installation on embedded engines, with demo data, shared by all tests of a run.
    """
    with Installation(tmp_path_factory.mktemp("ledgerline")) as ledgerline:
        yield ledgerline
