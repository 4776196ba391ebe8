"""Asks the customers service who somebody is."""

from typing import NotRequired, TypedDict

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
    password_is_temporary: NotRequired[bool]


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

    def choose_password(self, caller: Caller, *, present: str, password: str) -> None:
        """
        Set the password the caller chose.

        :raises Invalid: if the present one is wrong, or the new one cannot be taken
        """
        words = {"present": present, "password": password}
        self.calls.post(f"/customers/{caller.customer_id}/passwords", json=words, principal=caller)

    def send_reset_code(self, *, login: str) -> str:
        """
        Have a code mailed to whoever this is; the answer is the same for nobody.
        """
        return str(self.calls.post("/password-resets", json={"login": login})["id"])

    def reset_password(self, reset_id: str, *, code: str, password: str) -> None:
        """
        Set a new password by a mailed code.

        :raises Invalid: if the code cannot be used, or the password cannot be taken
        """
        words = {"code": code, "password": password}
        self.calls.post(f"/password-resets/{reset_id}/confirmations", json=words)

    def person(self, caller: Caller) -> Person:
        """
        Return the caller's own record.
        """
        answer: Person = self.calls.get(f"/customers/{caller.customer_id}", principal=caller)
        return answer
