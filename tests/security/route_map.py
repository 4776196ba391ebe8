"""Every route of every service, read from their URL maps."""

import re
import tempfile
from pathlib import Path

from shared.web.access import Route, routes
from tests.architecture.house import PACKAGES, application
from tests.journeys.world import SERVICES


def _every_route() -> dict[str, list[Route]]:
    with tempfile.TemporaryDirectory() as folder:
        apps = {each: application(each, Path(folder)) for each in PACKAGES}
        return {name: routes(apps[package]) for name, package in SERVICES.items()}


ALL = _every_route()


def cases(service: str, *accesses: str) -> list[tuple[str, str]]:
    """
    Return method and rule of every route that takes an id and is guarded so.
    """
    found = []
    for route in ALL[service]:
        if "<" in route.rule and route.access.partition(":")[0] in accesses:
            found += [(method, route.rule) for method in sorted(route.methods)]
    return found


def names(rule: str) -> list[str]:
    """
    Return what the ids in a rule are called.
    """
    return re.findall(r"<(?:\w+:)?(\w+)>", rule)


def filled(rule: str, ids: dict[str, str]) -> str:
    """
    Return the path of a rule with these ids.
    """
    chosen = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule)  # one of some words is no id
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], chosen)
