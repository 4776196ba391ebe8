"""F01-F18, F71 and what the clock does: whichever process dies at whichever step, all is well again soon."""

import pytest

from tests.chaos.faults import QUICK
from tests.chaos.run import Laboratory

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

# The promise is for a machine of its own, where ``make chaos`` holds us to it.
SHARED_MACHINE = 3


@pytest.mark.parametrize("scene", QUICK)
def test_every_process_dies_at_every_step_and_nothing_is_lost_or_done_twice(
    lab: Laboratory, scene: str
) -> None:
    result = lab.break_at(*QUICK[scene])

    assert result.survived == [], "these never came to their point"
    assert result.violated == []
    assert result.recovered_after <= SHARED_MACHINE * max(fault.within for fault in QUICK[scene])
