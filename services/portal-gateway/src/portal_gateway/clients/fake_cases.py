"""Support cases of the world the gateway is tested in."""

from typing import Any

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.fake_bills import FakeLists
from shared import clock
from shared.errors import NotFound, Unavailable
from shared.web.idempotency import KeyReused


class FakeCases(FakeLists):
    """
    What tickets answers; ``replies_lost`` writes arrive without anybody hearing of it.
    """

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Any]] = {}
        self.said: dict[str, tuple[Any, dict[str, Any]]] = {}
        self.replies_lost = 0

    def _tickets(self, method: str, path: str, body: Any, caller: Caller | None, key: str | None) -> Any:
        assert caller is not None
        parts = path.strip("/").split("/")
        if parts[0] == "ticket-types":
            return {"items": [{"id": "question", "name": "Question", "label": "Question"}]}
        if method == "GET":
            return self._shown(parts, caller)
        if key and key in self.said:
            return self._said_before(key, body)
        made = self._open(body, caller) if len(parts) == 1 else self._moved(parts, body, caller)
        if key:
            self.said[key] = (body, made)
        if self.replies_lost:
            self.replies_lost -= 1
            raise Unavailable
        return made

    def _shown(self, parts: list[str], caller: Caller) -> Any:
        if len(parts) == 1:
            own = [each for each in self.cases.values() if each["owner"] == caller.customer_id]
            return self.listed(own)
        return self._case(parts, caller)

    def _said_before(self, key: str, body: Any) -> Any:
        first, made = self.said[key]
        if first != body:
            raise KeyReused
        return made

    def _open(self, body: Any, caller: Caller) -> dict[str, Any]:
        number = len(self.cases) + 1
        at = clock.now().isoformat()
        case = {
            "id": f"tkt_{number:026d}",
            "number": str(number),
            "subject": body.get("subject", "Fibre 500: change to Fibre 100"),
            "status": "new",
            "label": "New",
            "type": body.get("type", "question"),
            "order_id": None,
            "created_at": at,
            "updated_at": at,
            "last_reply_by": "customer",
            "messages": [
                {"id": "msg_1", "by": "customer", "author": "Robert", "body": body["message"], "at": at}
            ],
            "plan_change": body.get("plan_change"),
            "owner": caller.customer_id,
        }
        self.cases[case["id"]] = case
        return case

    def _case(self, parts: list[str], caller: Caller) -> dict[str, Any]:
        case = self.cases.get(parts[1])
        if case is None or case["owner"] != caller.customer_id:
            raise NotFound
        return case

    def _moved(self, parts: list[str], body: Any, caller: Caller) -> dict[str, Any]:
        case = self._case(parts, caller)
        at = clock.now().isoformat()
        status = {"closures": "resolved", "reopenings": "in_progress"}.get(parts[2], "waiting_on_agent")
        case["status"] = status
        if parts[2] == "messages":
            said = {"id": "msg_2", "by": "customer", "author": "Robert", "body": body["body"], "at": at}
            case["messages"].append(said)
        return case
