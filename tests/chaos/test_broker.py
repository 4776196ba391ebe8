"""F35, F27, F16 on a real broker: it is not there, or dies, and nothing is lost."""

from collections.abc import Iterator

import pytest

from tests.chaos.run import Laboratory, laboratory
from tests.chaos.troubles import BROKER_TROUBLES, Trouble

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.rabbitmq,
    pytest.mark.postgres,
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    lab = laboratory(tmp_path_factory.mktemp("broker"), engines="full")
    yield lab
    lab.close()


@pytest.mark.parametrize("trouble", BROKER_TROUBLES, ids=lambda trouble: trouble.name)
def test_trouble_with_a_broker_loses_nothing(lab: Laboratory, trouble: Trouble) -> None:
    trouble.happen(lab)
