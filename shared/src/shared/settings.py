"""
The only place that reads the environment: frozen dataclasses, filled and checked once, at the start.

Every variable may also be given as a file: ``DATABASE_URL_FILE=/run/secrets/database_url``.
"""

import os
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

SANDBOX = "sandbox"
PRODUCTION = "production"

T = TypeVar("T")


class BadSettings(Exception):
    """
    The environment does not say what the program must know; *problems* holds one line each.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def setting(*, env: str, default: Any = MISSING, help: str = "") -> Any:
    """
    Declare one field of a settings dataclass, read from the variable *env*; no default means required.
    """
    return field(default=default, metadata={"env": env, "help": help})


def mapping(*, env: str, default: Mapping[str, str], help: str = "") -> Any:
    """
    Declare one field of names and values, written ``name=value,name=value``.
    """
    return field(default_factory=lambda: dict(default), metadata={"env": env, "help": help})


LOCAL_UIS = {
    "customers": "http://127.0.0.1:8001",
    "catalog": "http://127.0.0.1:8002",
    "billing": "http://127.0.0.1:8003",
    "tickets": "http://127.0.0.1:8004",
    "portal": "http://127.0.0.1:8000",
}


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """
    What every service needs to know; a service's own settings inherit from this.
    """

    environment: str = setting(env="LEDGERLINE_ENV", default=SANDBOX, help="sandbox or production")
    database_url: str = setting(env="DATABASE_URL", help="sqlite:////path or postgresql+psycopg://...")
    bus_url: str = setting(env="BUS_URL", default="", help="sqlbus:////path or amqp://...")
    keys_dir: Path = setting(env="KEYS_DIR", help="holds trusted.json and this service's private key")
    clock_file: Path | None = setting(
        env="CLOCK_FILE", default=None, help="moves business time; sandbox only"
    )
    log_level: str = setting(env="LOG_LEVEL", default="INFO", help="DEBUG, INFO, WARNING or ERROR")
    admin_urls: dict[str, str] = mapping(
        env="ADMIN_URLS", default=LOCAL_UIS, help="where each UI is: name=origin,..."
    )
    portal_url: str = setting(
        env="PORTAL_URL", default="http://127.0.0.1:8000", help="public address of the portal"
    )
    payments_origin: str = setting(
        env="PAYMENTS_URL", default="", help="address of the payment page, which forms may lead to"
    )
    insecure_cookies: bool = setting(
        env="INSECURE_COOKIES", default=False, help="drop Secure from cookies; sandbox only"
    )
    trusted_hosts: tuple[str, ...] = setting(
        env="TRUSTED_HOSTS", default=(), help="further host names this service answers to"
    )
    drain_seconds: float = setting(
        env="DRAIN_SECONDS", default=0.0, help="how long to serve on after SIGTERM, not ready any more"
    )
    metrics_token: str = setting(
        env="METRICS_TOKEN",
        default="",
        help="bearer token of /metrics; without one, loopback only",
    )

    @property
    def in_production(self) -> bool:
        """
        True where real money moves: nothing of the sandbox is there.
        """
        return self.environment == PRODUCTION

    def problems(self) -> list[str]:
        """
        Return what is wrong across fields; a subclass adds its own to ``super().problems()``.
        """
        found = []
        if self.environment not in (SANDBOX, PRODUCTION):
            found.append(f"LEDGERLINE_ENV must be sandbox or production, not {self.environment!r}")
        if self.log_level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            found.append(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {self.log_level!r}")
        if self.in_production and self.clock_file:
            found.append("CLOCK_FILE moves the clock: it is refused in production")
        if self.in_production and self.insecure_cookies:
            found.append("INSECURE_COOKIES is refused in production")
        found += [
            f"{name} must start with http:// or https://, not {url!r}"
            for name, url in [("PORTAL_URL", self.portal_url), *_named(self.admin_urls)]
            if not url.startswith(("http://", "https://"))
        ]
        return found


def origin(url: str) -> str:
    """
    Return scheme, host and port of *url*, as browsers write an origin.
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def read(cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """
    Fill the settings class *cls* from the environment.

    :raises BadSettings: listing everything that is missing or wrong, not just the first
    """
    environ = os.environ if environ is None else environ  # noqa: TID251
    hints, values, problems = get_type_hints(cls), {}, []
    for each in fields(cls):  # type: ignore[arg-type]
        try:
            raw = _raw(each.metadata["env"], environ)
            if raw is not None:
                values[each.name] = _convert(raw, hints[each.name])
            elif _required(each):
                problems.append(f"{each.metadata['env']} is missing: {each.metadata['help']}")
        except (ValueError, OSError) as error:
            problems.append(f"{each.metadata['env']}: {error}")
    if problems:
        raise BadSettings(problems)
    made = cls(**values)
    if isinstance(made, ServiceSettings) and made.problems():
        raise BadSettings(made.problems())
    return made


def environment() -> dict[str, str]:
    """
    Return a copy of the process environment, for those who start other programs.
    """
    return dict(os.environ)  # noqa: TID251


def one(name: str) -> str:
    """
    Return one variable, given by itself or as a file; empty if it is not set.
    """
    return _raw(name, os.environ) or ""  # noqa: TID251


def _raw(name: str, environ: Mapping[str, str]) -> str | None:
    file = environ.get(f"{name}_FILE")
    if file and name in environ:
        raise ValueError(f"set either {name} or {name}_FILE")
    if file:
        return Path(file).read_text().strip()
    return environ.get(name) or None


def _required(each: "Field[Any]") -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _convert(raw: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    if hint is bool:
        return _bool(raw)
    if get_origin(hint) is tuple:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if get_origin(hint) is dict:
        return _pairs(raw)
    return hint(raw)


def _bool(raw: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False}
    if raw.lower() not in words | {"off": False}:
        raise ValueError(f"must be 1 or 0, not {raw!r}")
    return words.get(raw.lower(), False)


def _pairs(raw: str) -> dict[str, str]:
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if any("=" not in part for part in parts):
        raise ValueError("must be name=value,name=value")
    return {name.strip(): value.strip().rstrip("/") for name, value in (p.split("=", 1) for p in parts)}


def _named(urls: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"ADMIN_URLS ({name})", url) for name, url in urls.items()]
