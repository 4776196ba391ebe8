"""
The public API for people who build front ends: every operation, and what each problem means.

Made from the same description machines read (``/api/openapi.json``), so it cannot tell another story.
"""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal_gateway.portal.problems import PROBLEMS, Problem
from portal_gateway.portal.samples import fields_of, sample
from shared.errors import NotFound
from shared.web.access import public

blueprint = Blueprint("portal_api_docs", __name__, url_prefix="/api/docs")

SHOWN = "portal.described_operations"
METHODS = ("get", "post", "put", "patch", "delete")


@blueprint.get("")
@public
def operations_page() -> ResponseReturnValue:
    """
    Show every operation with what it takes and answers.
    """
    return render_template("portal/api_docs.html", areas=_areas(), problems=PROBLEMS)


@blueprint.get("/problems/<name>")
@public
def problem_page(name: str) -> ResponseReturnValue:
    """
    Tell what a problem means and what to do; the ``type`` of every problem document leads here.
    """
    found: Problem | None = PROBLEMS.get(name.replace("-", "_"))
    if found is None or "_" in name:
        raise NotFound
    return render_template("portal/api_problem.html", code=name.replace("-", "_"), problem=found)


def _areas() -> list[dict[str, Any]]:
    known: list[dict[str, Any]] | None = current_app.extensions.get(SHOWN)
    if known is None:
        known = current_app.extensions[SHOWN] = _described(_document())
    return known


def _document() -> dict[str, Any]:
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    document: dict[str, Any] = api.spec.to_dict()
    return document


def _described(document: dict[str, Any]) -> list[dict[str, Any]]:
    schemas = document["components"]["schemas"]
    found: dict[str, list[dict[str, Any]]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = _operation(method, path, item[method], item.get("parameters", []), schemas)
                found.setdefault(item[method]["tags"][0], []).append(operation)
    return [
        {"id": tag["name"], "title": tag["description"], "operations": found.get(tag["name"], [])}
        for tag in document["tags"]
    ]


def _operation(
    method: str, path: str, said: dict[str, Any], shared: list[Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "method": method.upper(),
        "path": path,
        "summary": said.get("summary", ""),
        "text": said.get("description", ""),
        "parameters": [*shared, *said.get("parameters", [])],
        "fields": fields_of(body, schemas) if body else [],
        "sent": sample(body, schemas) if body else None,
        "answers": [
            _answer(status, each, schemas) for status, each in said["responses"].items() if status[0] == "2"
        ],
    }


def _answer(status: str, said: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = said.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return {
        "status": status,
        "kind": next(iter(content), None),
        "sample": sample(schema, schemas) if schema else None,
    }
