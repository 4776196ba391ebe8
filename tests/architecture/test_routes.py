"""Every route says who may use it."""

import ast
from pathlib import Path

import pytest

from customers.domain.roles import PERMISSIONS, ROLES
from shared.web.access import routes
from tests.architecture.house import PACKAGES, application, called, sources, tree

# What anybody may change, and what protects it instead: a signature, a password, a one-use code.
OPEN_CHANGES = {
    "billing": {"/api/v1/webhooks/sandbox"},
}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_route_has_an_access_rule(package: str, tmp_path: Path) -> None:
    found = routes(application(package, tmp_path))

    assert found
    assert [route for route in found if not route.access] == []


def test_what_a_screen_asks_for_some_role_may() -> None:
    asked = {
        argument.value
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in ("staff", "may")
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }

    assert asked <= set(PERMISSIONS)
    assert all(any(name in allowed for allowed in ROLES.values()) for name in asked)
