"""
How the gateway asks the services: pooled, signed, with a deadline, and refusals that stay refusals.

A problem document becomes the same kind of Refusal again, with its code, and the gateway's own door
answers it. Whatever else goes wrong is ``Unavailable``. Proxies and .netrc of the environment are ignored.
"""

import functools
import json as text
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from shared import clock, context
from shared.errors import (
    Conflict,
    FieldError,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
    Unavailable,
)
from shared.log import get_logger
from shared.ui.language import language
from shared.web import lifecycle
from shared.web.breaker import Breaker, RetryBudget
from shared.web.recent import Recent
from shared.web.strict import Malformed
from shared.web.tokens import GATEWAY_TTL, Signer

AT_ONCE = 16
WAITING_AT_ONCE = 64  # calls that wait for something to come to rest: they are long, and cost nobody much
TOKENS = 2_000
SHOWN_FOR = GATEWAY_TTL / 2  # a token is shown again and again in the first half of its life
LONGEST_PAUSE = 0.1
TRY_AGAIN = frozenset({502, 503, 504})
KINDS: dict[int, type[Refusal]] = {
    400: Malformed,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooMany,
}

log = get_logger()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """
    On whose behalf a call is made; nobody in particular when empty. *actor* is set while staff acts as them.
    """

    customer_id: str | None = None
    partner_id: str | None = None
    actor: str | None = None
    on_behalf_of: str | None = None
    session_id: str | None = None


class ServiceClient:
    """
    Asks the service *audience* at *base_url*, below ``/api/v1``; times are in seconds.
    """

    def __init__(
        self,
        base_url: str,
        audience: str,
        signer: Signer,
        *,
        timeout: float = 2.0,
        connect: float = 0.3,
        session: requests.Session | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url, self._audience, self._signer = base_url.rstrip("/"), audience, signer
        self._timeout, self._connect = timeout, connect
        self._session = session or _pooled()
        self._now, self._sleep = now, sleep
        self._at_once = threading.BoundedSemaphore(AT_ONCE)
        self._waiting_at_once = threading.BoundedSemaphore(WAITING_AT_ONCE)
        self._tokens: Recent[Caller, str] = Recent(TOKENS)
        self.breaker = Breaker(audience, now)
        self.budget = RetryBudget()

    def get(self, path: str, **asked: Any) -> Any:
        """
        Read *path*; see ``ask``.
        """
        return self.ask("GET", path, **asked)

    def post(self, path: str, **asked: Any) -> Any:
        """
        Create or start something; asked again after a failure only if it has an *idempotency_key*.
        """
        return self.ask("POST", path, **asked)

    def put(self, path: str, **asked: Any) -> Any:
        """
        Set something; see ``ask``.
        """
        return self.ask("PUT", path, **asked)

    def delete(self, path: str, **asked: Any) -> Any:
        """
        Cancel or remove something; see ``ask``.
        """
        return self.ask("DELETE", path, **asked)

    def ask(
        self,
        method: str,
        path: str,
        *,
        principal: Caller | None = None,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> Any:
        """
        Return the parsed JSON answer, or the bytes of a PDF; *wait* is how much longer it may take.

        :raises Refusal: the same kind and code as the service's
        :raises Unavailable: if it does not answer in time, or makes no sense
        """
        caller = principal or Caller()
        give_up_at = self._give_up_at(wait or 0)
        room = self._waiting_at_once if wait else self._at_once
        send = functools.partial(
            self._send, method, path, caller, json, params, idempotency_key, room=room, give_up_at=give_up_at
        )
        self.budget.earn()
        response = send()
        if not _clear(response) and (method != "POST" or idempotency_key) and self.budget.spend():
            self._sleep(random.uniform(0, LONGEST_PAUSE))
            response = send()
        if response is None:
            raise Unavailable
        return _answer(response)

    def _send(
        self,
        method: str,
        path: str,
        caller: Caller,
        json: Mapping[str, Any] | None,
        params: Mapping[str, Any] | None,
        key: str | None,
        *,
        room: threading.BoundedSemaphore,
        give_up_at: float,
    ) -> requests.Response | None:
        left = give_up_at - self._now()
        # That we are full says nothing about them, so the breaker does not hear of it.
        if left <= 0 or not room.acquire(timeout=min(left, self._connect)):
            return None
        try:
            if not self.breaker.lets_through():
                return None
            response = self._session.send(
                self._prepared(method, path, json, params, self._headers(caller, key, left)),
                timeout=(min(left, self._connect), left),
                allow_redirects=False,
                proxies={},
            )
        except requests.RequestException as error:
            log.warning("upstream_failed", upstream=self._audience, path=path, error=repr(error))
            self.breaker.note(good=False)
            return None
        finally:
            room.release()
        self.breaker.note(good=response.status_code < 500)
        return response

    def _prepared(self, method: str, path: str, json: Any, params: Any, headers: Any) -> PreparedRequest:
        # Without the session: nothing of it, no cookie either, belongs into a call for somebody else.
        made = PreparedRequest()
        url = f"{self._base_url}/api/v1{path}"
        made.prepare(method=method, url=url, json=json, params=params, headers=headers)
        return made

    def _give_up_at(self, wait: float) -> float:
        own = self._now() + self._timeout + wait
        callers = lifecycle.deadline()
        return own if callers is None else min(own, callers)

    def _headers(self, caller: Caller, key: str | None, left: float) -> dict[str, str]:
        present = context.current()
        found = {
            "Authorization": f"Bearer {self._token(caller)}",
            "Accept": "application/json",
            "Accept-Language": language(),  # what it refuses is said to our caller
            "X-Deadline-Ms": str(max(1, int(left * 1000))),
            "X-Request-Id": present.correlation_id,
            "traceparent": present.traceparent,
            "Idempotency-Key": key,
        }
        return {name: value for name, value in found.items() if value}

    def _token(self, caller: Caller) -> str:
        token = self._tokens.get(caller)
        if token is None:
            now = clock.real_now().timestamp()
            token = self._mint(caller)
            self._tokens.keep(caller, token, since=now, until=now + SHOWN_FOR)
        return token

    def _mint(self, caller: Caller) -> str:
        return self._signer.mint(
            self._audience,
            caller.customer_id or "portal",
            use="service",
            partner=caller.partner_id,
            act=caller.actor if caller.on_behalf_of else None,
            sid=caller.session_id,
        )


def refusal_of(problem: Mapping[str, Any], status: int, retry_after: str | None = None) -> Refusal:
    """
    Return the refusal a problem document tells of.
    """
    code, title = str(problem.get("code", "")), str(problem.get("title", ""))
    # A service that does not believe us is our failure, not the caller's.
    if status >= 500 or not code or code == "authentication_required":
        return Unavailable(retry_after=int(retry_after) if (retry_after or "").isdecimal() else 5)  # type: ignore[arg-type]
    kind = _named(KINDS.get(status, Refusal), code, title)
    detail = str(problem.get("detail", ""))
    if issubclass(kind, Invalid):
        return kind(*_field_errors(problem), detail=detail)
    if issubclass(kind, TooMany):
        return kind(detail, retry_after=int(retry_after) if (retry_after or "").isdecimal() else 60)  # type: ignore[arg-type]
    return kind(detail, params=problem.get("params"), actions=problem.get("actions", ()))


def _named(kind: type[Refusal], code: str, title: str) -> type[Refusal]:
    return type(kind.__name__, (kind,), {"__doc__": kind.__doc__}, code=code, title=title)


def _field_errors(problem: Mapping[str, Any]) -> list[FieldError]:
    return [FieldError(each["pointer"], each["code"], each["detail"]) for each in problem.get("errors", ())]


def _clear(response: requests.Response | None) -> bool:
    return response is not None and response.status_code not in TRY_AGAIN


def _answer(response: requests.Response) -> Any:
    if response.status_code == 204:
        return None
    if response.ok and response.headers.get("Content-Type") == "application/pdf":
        return response.content
    try:
        document = text.loads(response.content)
    except ValueError as error:
        raise Unavailable from error
    if response.ok:
        return document
    raise refusal_of(document, response.status_code, response.headers.get("Retry-After"))


def _pooled() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=AT_ONCE + WAITING_AT_ONCE, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
