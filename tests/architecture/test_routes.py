"""Every route says who may use it."""

import ast
from pathlib import Path

import pytest

from customers.domain.roles import PERMISSIONS, ROLES
from shared.web.access import routes
from shared.web.guard import SAFE
from tests.architecture.house import PACKAGES, application, called, sources, tree

OPEN = {"public", "visitor", "portal_visitor"}
# What anybody may change, and what protects it instead: a signature, a password, a one-use code or token
# (some are mailed to their owner at any wish), an own origin (signing out), or that production does not have
# it (the sandbox).
OPEN_CHANGES = {
    "billing": {"/api/v1/webhooks/sandbox", "/admin/billing/sign-out"},
    "catalog": {"/admin/catalog/sign-out"},
    "customers": {"/admin/customers/sign-in", "/admin/customers/set-up", "/admin/customers/sign-out"},
    "portal_gateway": {
        "/api/v1/sessions",
        "/api/v1/sessions/refreshes",
        "/api/v1/password-resets",
        "/api/v1/password-resets/<reset_id>/confirmations",
        "/api/v1/sandbox/clock",
        "/api/v1/sandbox/payments/next-result",
        "/portal/login",
        "/portal/password-resets",
        "/portal/password-resets/<reset_id>",
        "/admin/portal/sign-out",
    },
    "tickets": {"/admin/tickets/sign-out"},
}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_route_has_an_access_rule(package: str, tmp_path: Path) -> None:
    found = routes(application(package, tmp_path))

    assert found
    assert [route for route in found if not route.access] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_anybody_may_change_is_listed(package: str, tmp_path: Path) -> None:
    found = {
        route.rule
        for route in routes(application(package, tmp_path))
        if route.access in OPEN and route.methods - SAFE and not route.rule.startswith("/ui/")
    }

    assert found == OPEN_CHANGES[package]


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
