"""
Which functions of a service hear which facts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from shared.context import use
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event

ANY = "*.*"

F = TypeVar("F", bound=Event)
Handler = Callable[[Session, F], None]
AnyHandler = Callable[[Session, Envelope], None]

_carried: ContextVar[Envelope] = ContextVar("ledgerline_envelope")


@dataclass(frozen=True)
class Subscription:
    """
    One handler: *name* is its own memory in the inbox, *fact* what it hears (None: everything).
    """

    service: str
    name: str
    fact: type[Event] | None
    run: Callable[[Session, Any], None]

    def hears(self, fact_name: str) -> bool:
        """
        Tell whether facts of that name are for this handler.
        """
        return self.fact is None or self.fact.fact_name == fact_name

    def handle(self, session: Session, envelope: Envelope) -> None:
        """
        Call the handler, on behalf of the fact: what it tells names the fact as its cause.
        """
        message: Any = envelope if self.fact is None else self.fact.load(envelope.data)
        with _carrying(self.service, envelope):
            self.run(session, message)


class Handlers:
    """
    The handlers of one service::

        handlers = Handlers("customers")

        @handlers.on(billing.SubscriptionActivated)
        def first_service_makes_a_customer_active(session, fact): ...
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.subscriptions: dict[str, Subscription] = {}

    def on(self, fact: type[F]) -> Callable[[Handler[F]], Handler[F]]:
        """
        Have the decorated function called with each *fact*; its name must stay, the inbox remembers it.
        """

        def register(function: Handler[F]) -> Handler[F]:
            self._add(fact, function)
            return function

        return register

    def on_any(self, function: AnyHandler) -> AnyHandler:
        """
        Have the decorated function called with the envelope of every fact of the whole installation.
        """
        self._add(None, function)
        return function

    @property
    def names(self) -> list[str]:
        """
        The routing keys the service's queue must be bound to.
        """
        facts = [subscription.fact for subscription in self.subscriptions.values()]
        if None in facts:
            return [ANY]
        return sorted({fact.fact_name for fact in facts if fact})

    def envelope(self) -> Envelope:
        """
        Return the envelope of the fact being handled.
        """
        return _carried.get()

    def hearing(self, fact_name: str) -> list[Subscription]:
        """
        Return the handlers of facts of that name, in the order they were declared.
        """
        return [one for one in self.subscriptions.values() if one.hears(fact_name)]

    def _add(self, fact: type[Event] | None, function: Callable[[Session, Any], None]) -> None:
        name = function.__name__
        # One function may hear several facts: event ids differ, so one memory serves them all.
        key = f"{name}:{fact.fact_name if fact else ANY}"
        if key in self.subscriptions:
            raise ValueError(f"{self.service} has two handlers called {name} for one fact")
        self.subscriptions[key] = Subscription(self.service, name, fact, function)


@contextmanager
def _carrying(service: str, envelope: Envelope) -> Iterator[None]:
    token = _carried.set(envelope)
    try:
        with use(
            actor=f"service:{service}",
            on_behalf_of=None,
            correlation_id=envelope.correlation_id or envelope.id,
            causation_id=envelope.id,
            traceparent=envelope.traceparent,
        ):
            yield
    finally:
        _carried.reset(token)
