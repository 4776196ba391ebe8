"""A web process that is told to stop says so first, and serves on for a while."""

import signal
import time
from pathlib import Path

import pytest
import requests

from portal_gateway.domain.session import ABSOLUTE, ACCESS, Kind
from portal_gateway.models import PortalSession
from portal_gateway.usecases.sign_in import hashed
from shared import clock
from shared.testing import open_migrated
from shared.web import tokens
from shared.web.gunicorn import graceful_timeout
from tests.system.serving import serving, wait_for

DRAIN_SECONDS = 2.0


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """
    Keys of an installation.
    """
    tokens.ensure_keys(tmp_path / "keys")
    return tmp_path / "keys"


def test_told_to_stop_it_is_not_ready_but_answers_until_it_is_gone(tmp_path: Path, keys: Path) -> None:
    with serving(open_migrated(tmp_path, "catalog"), keys, "catalog", drain=DRAIN_SECONDS) as (process, url):
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        wait_for(f"{url}/readyz", 503)

        assert requests.get(f"{url}/livez", timeout=2).status_code == 200
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - told >= DRAIN_SECONDS


def test_an_open_stream_holds_up_no_stop(tmp_path: Path, keys: Path) -> None:
    db, now = open_migrated(tmp_path, "portal_gateway"), clock.real_now()
    with db.begin() as session:
        session.add(
            PortalSession(
                id="ses_1",
                kind=Kind.TOKEN,
                customer_id="cus_1",
                partner_id="par_1",
                secret_hash=hashed("open sesame"),
                csrf_secret="x",
                stay_signed_in=False,
                device="",
                created_at=now,
                last_seen_at=now,
                access_ends_at=now + ACCESS,
                ends_at=now + ABSOLUTE,
            )
        )
    with serving(db, keys, "portal_gateway", drain=0) as (process, url):
        headers = {"Authorization": "Bearer open sesame"}
        with requests.get(f"{url}/api/v1/events", headers=headers, stream=True, timeout=10) as stream:
            said = stream.iter_lines()
            assert next(said) == b"retry: 2000"
            process.send_signal(signal.SIGTERM)
            told = time.monotonic()

            assert list(said) == [b""]
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - told < graceful_timeout / 3
