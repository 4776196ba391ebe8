"""What a client needs from the wire: ``shared.web.client.ServiceClient`` in life, a dictionary in tests."""

from typing import Any, Generic, NotRequired, Protocol, TypedDict, TypeVar

from shared.web.client import Caller

__all__ = ["Amount", "Caller", "Calls", "Page"]

Item = TypeVar("Item")

Amount = dict[str, str]  # money on the wire: {"amount": "7.50", "currency": "EUR"}


class Page(TypedDict, Generic[Item]):
    """
    Part of a list; *next* is the service's own address of what follows.
    """

    items: list[Item]
    next: NotRequired[str]
    total: NotRequired[int]


class Calls(Protocol):
    """
    Asks one service and answers its parsed JSON; refusals come back as the same refusals.
    """

    def get(self, path: str, *, principal: Caller | None = None, wait: int = 0, **options: Any) -> Any:
        """
        Read something.
        """

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        principal: Caller | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Any:
        """
        Create something; with a key it may be repeated.
        """

    def delete(self, path: str, *, principal: Caller | None = None, **options: Any) -> Any:
        """
        Take something back.
        """
