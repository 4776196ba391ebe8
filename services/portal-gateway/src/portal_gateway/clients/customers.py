"""Asks the customers service who somebody is."""

from typing import TypedDict

from portal_gateway.clients.calls import Caller, Calls


class Person(TypedDict):
    """
    What customers tells about a customer.
    """

    id: str
    number: str
    full_name: str
    login: str
    emails: list[str]
    status: str
    category: str
    billing_type: str
    partner_id: str
    location_id: str | None
    location: str | None
    label_ids: list[str]
    street: str
    zip_code: str
    city: str
    language: str
    version: int


class Customers:
    """
    The customers service.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def check_credentials(self, *, login: str, password: str) -> Person:
        """
        Return who signs in with these words.

        :raises NotSignedIn: if they do not match
        """
        words = {"login": login, "password": password}
        answer: Person = self.calls.post("/credential-checks", json=words)
        return answer

    def person(self, caller: Caller) -> Person:
        """
        Return the caller's own record.
        """
        answer: Person = self.calls.get(f"/customers/{caller.customer_id}", principal=caller)
        return answer
