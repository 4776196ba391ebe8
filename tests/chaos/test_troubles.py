"""F19, F23, F25, F56, F60, F61, F64, F65: troubles that are not one process dying at one point."""

import pytest

from tests.chaos.run import Laboratory
from tests.chaos.troubles import LAST, TROUBLES, Trouble

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


@pytest.mark.parametrize("trouble", [*TROUBLES, LAST], ids=lambda trouble: trouble.name)
def test_trouble_loses_nothing_and_charges_once(lab: Laboratory, trouble: Trouble) -> None:
    trouble.happen(lab)
