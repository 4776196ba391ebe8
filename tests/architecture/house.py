"""What the architecture tests know about the house: its packages, their sources and their applications."""

import ast
import importlib
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from deploy.local.services import SERVICES
from shared import settings
from shared.db import Database
from shared.web.tokens import ensure_keys

ROOT = Path(__file__).parents[2]
PACKAGES = {each.package: ROOT / "services" / each.name / "src" / each.package for each in SERVICES}
OWNERS = {each.package: "portal" if each.name == "portal-gateway" else each.name for each in SERVICES}
DOORS = ("app.py", "worker.py", "cli.py", "handlers.py", "api", "admin", "portal")


@cache
def tracked(*patterns: str) -> list[Path]:
    """
    Return the files of the repository that match, those not yet committed included.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(path for line in listed.stdout.splitlines() if (path := ROOT / line).exists())


@cache
def tree(path: Path) -> ast.Module:
    """
    Return the parsed file.
    """
    return ast.parse(path.read_text())


def sources(package: str) -> list[Path]:
    """
    Return the Python files of a service.
    """
    return sorted(PACKAGES[package].rglob("*.py"))


def called(node: ast.Call) -> str:
    """
    Return the last part of the name that is called.
    """
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def imported(path: Path) -> set[str]:
    """
    Return the full names of everything a file imports.
    """
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
    return found


def module(package: str, name: str) -> Any:
    """
    Import a module of a service.
    """
    return importlib.import_module(f"{package}.{name}")


def application(package: str, folder: Path) -> Flask:
    """
    Return the web application of a service, on an empty database.
    """
    ensure_keys(folder / "keys")
    environ = {
        "DATABASE_URL": f"sqlite:///{folder}/{package}.db",
        "BUS_URL": f"sqlbus:///{folder}/bus.db",
        "KEYS_DIR": str(folder / "keys"),
        "MAIL_URL": f"file://{folder}/mail",
        "PAYMENTS_URL": "http://127.0.0.1:8005",
        "PAYMENTS_API_KEY": "key",
        "PAYMENTS_WEBHOOK_SECRET": "secret",
    }
    known = settings.read(module(package, "settings").Settings, environ)
    app: Flask = module(package, "app").create_app(known, Database(known.database_url))
    return app
