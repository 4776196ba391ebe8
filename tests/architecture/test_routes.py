"""Every route says who may use it."""

from pathlib import Path

import pytest

from shared.web.access import routes
from tests.architecture.house import PACKAGES, application

# What anybody may change, and what protects it instead: a signature, a password, a one-use code.
OPEN_CHANGES = {
    "billing": {"/api/v1/webhooks/sandbox"},
}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_route_has_an_access_rule(package: str, tmp_path: Path) -> None:
    found = routes(application(package, tmp_path))

    assert found
    assert [route for route in found if not route.access] == []
