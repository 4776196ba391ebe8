"""Many files as one ZIP that is written while it is sent: however many there are, one is held at a time."""

import io
from collections.abc import Iterable, Iterator
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from flask import Response


def zip_answer(name: str, files: Iterable[tuple[str, bytes]]) -> Response:
    """
    Return *files*, each a name and its content, as the ZIP *name*; they are taken one by one.
    """
    answer = Response(zipped(files), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """
    Yield the ZIP of *files* in pieces. They are stored as they are: a PDF is compressed already.
    """
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name), content)
            yield pipe.taken()
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        self._pieces.append(bytes(piece))  # type: ignore[call-overload]
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        """
        Return what was written since it was asked last.
        """
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
