"""F01-F16: whichever process dies at whichever step, no order is lost and nobody pays twice."""

from collections.abc import Iterator

import pytest

from tests.chaos.faults import KILLS, Fault
from tests.chaos.run import Laboratory, laboratory

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180), pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    lab = laboratory(tmp_path_factory.mktemp("chaos"))
    yield lab
    lab.close()
    lab.installation.stop()


@pytest.mark.parametrize("fault", KILLS, ids=lambda fault: fault.name)
def test_dying_at_any_step_loses_nothing_and_charges_once(lab: Laboratory, fault: Fault) -> None:
    result = lab.kill_at(fault)

    assert result.died, "the process never came to the point"
    assert result.violated == []
    wanted = "awaiting_approval" if fault.mode == "request" else "active"
    assert lab.statuses(result.orders) == [wanted] * len(result.orders)
