"""One installation for all kills and troubles on embedded engines."""

from collections.abc import Iterator

import pytest

from tests.chaos.run import Laboratory, laboratory


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """
    A laboratory to break things in.
    """
    lab = laboratory(tmp_path_factory.mktemp("chaos"))
    yield lab
    lab.close()
