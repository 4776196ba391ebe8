"""What a platform team runs: images, one host, alerts and their pages."""

import re
from typing import Any

import pytest
import yaml

from deploy.local.services import SERVICES
from shared.bus.topology import definitions_json
from tests.architecture.house import ROOT, tracked

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/observability/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
METRIC = re.compile(r"\b(?!instance|upstream|status|rate|sum|max|by|increase)([a-z]+(?:_[a-z]+)+)\b")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_pinned_and_bounded(name: str) -> None:
    container = COMPOSE["services"][name]

    assert re.search(r":[\w${}:.-]*\d", container["image"])
    assert not container["image"].endswith(":latest")
    assert container["mem_limit"]


@pytest.mark.parametrize("service", [each.name for each in SERVICES])
def test_a_service_is_migrated_before_it_is_served_and_worked(service: str) -> None:
    done = {"condition": "service_completed_successfully"}
    parts = [COMPOSE["services"][name] for name in (service, f"{service}-worker")]

    assert [part["depends_on"][f"{service}-migrate"] for part in parts] == [done, done]
    assert all(
        part["read_only"] and part["user"] == "10001" and part["cap_drop"] == ["ALL"] for part in parts
    )


@pytest.mark.parametrize("service", [each.name for each in SERVICES])
def test_every_queue_is_bound_before_the_first_worker_sends_a_fact(service: str) -> None:
    done = {"condition": "service_completed_successfully"}
    waits = COMPOSE["services"][f"{service}-worker"]["depends_on"]
    jobs = [f"{each.name}-migrate" for each in SERVICES]

    assert [waits[job] for job in jobs] == [done] * len(SERVICES)
    assert f"ledgerline-{service} bus bind" in COMPOSE["services"][f"{service}-migrate"]["command"][-1]
    assert "rabbitmq" in COMPOSE["services"][f"{service}-migrate"]["depends_on"]


@pytest.mark.parametrize("service", [each.name for each in SERVICES])
def test_the_web_process_of_a_service_shows_what_its_worker_measures(service: str) -> None:
    parts = [COMPOSE["services"][name] for name in (service, f"{service}-worker")]

    assert [part["environment"]["PROMETHEUS_MULTIPROC_DIR"] for part in parts] == ["/run/metrics"] * 2
    assert all(f"metrics-{service}:/run/metrics" in part["volumes"] for part in parts)
    assert f"metrics-{service}" in COMPOSE["volumes"]
    assert "PROMETHEUS_MULTIPROC_DIR" not in COMPOSE["services"][f"{service}-migrate"]["environment"]


def test_every_secret_of_a_container_is_declared() -> None:
    asked = {name for each in COMPOSE["services"].values() for name in each.get("secrets", [])}

    assert asked == set(COMPOSE["secrets"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_leads_to_a_page(rule: dict[str, Any]) -> None:
    page = (ROOT / rule["annotations"]["runbook"]).read_text()

    assert all(f"**{part}.**" in page for part in ("Meaning", "Check", "Fix", "Verify"))


def test_an_alert_watches_what_the_code_measures() -> None:
    sources = (*tracked("shared/src/*.py"), *tracked("services/*/src/*.py"))
    code = "".join(path.read_text() for path in sources)
    watched = {name.removesuffix("_total") for rule in RULES for name in METRIC.findall(rule["expr"])}

    assert sorted(name for name in watched if f'"{name}"' not in code) == []


def test_the_broker_loads_what_the_code_says() -> None:
    assert (ROOT / "deploy/rabbitmq/definitions.json").read_text() == definitions_json()
