"""
Static files under names that carry their content, so that a browser may keep them for ever.

They are few and small: read, compressed and named once per process, answered from memory.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Request, Response, abort

FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}
SMALLER_WHEN_PACKED = {".css", ".js", ".svg"}


@dataclass(frozen=True)
class Asset:
    """
    One file, ready to be sent: *packed* holds its body by content encoding.
    """

    name: str
    mimetype: str
    body: bytes
    packed: dict[str, bytes]


def static_root() -> Path:
    """
    Return the folder of the kit's static files.
    """
    return Path(__file__).with_name("static")


@cache
def assets() -> dict[str, Asset]:
    """
    Return every static file by its plain name, such as ``kit.css`` or ``vendor/icons.svg``.
    """
    found: dict[str, Asset] = {}
    files = [file for file in sorted(static_root().rglob("*")) if file.suffix in TYPES]
    # Style sheets last: they name other files, whose names must be known by then.
    for file in sorted(files, key=lambda file: file.suffix == ".css"):
        name = file.relative_to(static_root()).as_posix()
        found[name] = _asset(name, file, found)
    return found


def hashed_name(name: str) -> str:
    """
    Return the name of static file *name* with its content in it, such as ``kit.1f3a5c7e.css``.

    :raises KeyError: if there is no such file
    """
    return assets()[name].name


def send(hashed: str, request: Request) -> Response:
    """
    Answer with the static file called *hashed*, packed if the browser can unpack it.
    """
    asset = _by_hashed_name().get(hashed)
    if asset is None:
        abort(404)
    encoding = next((e for e in ("br", "gzip") if e in asset.packed and request.accept_encodings[e]), None)
    response = Response(asset.packed[encoding] if encoding else asset.body, mimetype=asset.mimetype)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER
    return response


@cache
def _by_hashed_name() -> dict[str, Asset]:
    return {asset.name: asset for asset in assets().values()}


def _asset(name: str, file: Path, known: dict[str, Asset]) -> Asset:
    body = file.read_bytes()
    if file.suffix == ".css":
        body = _name_by_content(body.decode(), known).encode()
    packed = {}
    if file.suffix in SMALLER_WHEN_PACKED:
        packed = {"br": brotli.compress(body, quality=9), "gzip": gzip.compress(body, mtime=0)}
    digest = hashlib.sha256(body).hexdigest()[:8]
    hashed = f"{name.removesuffix(file.suffix)}.{digest}{file.suffix}"
    return Asset(hashed, TYPES[file.suffix], body, packed)


def _name_by_content(css: str, known: dict[str, Asset]) -> str:
    return re.sub(r"url\(([\w./-]+)\)", lambda match: f"url({known[match[1]].name})", css)
