"""Lines of a file or of standard input, gzipped or not, at constant memory."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deskhouse.errors import WrongInput

STDIN = "-"
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of a line that are kept; a longer one is read past and is a bad line."""

_BUFFER = 1024 * 1024
_GZIP = b"\x1f\x8b"


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file (or standard input, `-`) for reading; gzip is told by content, not by name.

    Raises:
        WrongInput: there is no such file, it is a folder, or it may not be read.
    """
    if name == STDIN:
        if sys.stdin is None:
            raise WrongInput("standard input is closed", "Nothing landed.")
        yield _unzipped(sys.stdin.buffer)
        return
    with _open(name) as file:
        yield _unzipped(file)


def lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Each line with its end; of one longer than `LONGEST_LINE`, that many bytes and one more.

    Raises:
        WrongInput: the gzip is cut short or damaged, or the file stopped being readable.
    """
    try:
        while line := stream.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                _read_past(stream)
            yield line
    except EOFError:
        raise WrongInput(f"{name}: the gzip is cut short", "Nothing landed.") from None
    except (OSError, zlib.error) as error:
        raise WrongInput(f"{name} cannot be read: {error}", "Nothing landed.") from None


def shown(line: bytes, encoding: str = "utf-8") -> str:
    r"""A line as text that Postgres can hold: bytes of no character, and NUL, as `\xNN`."""
    kept = line.rstrip(b"\r\n")[:LONGEST_LINE]
    return kept.decode(encoding, "backslashreplace").replace("\0", r"\x00")


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb", buffering=_BUFFER)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise WrongInput(f"{name} cannot be read: {problem}", "Nothing landed.") from None


def _read_past(stream: BinaryIO) -> None:
    while (rest := stream.readline(_BUFFER)) and not rest.endswith(b"\n"):
        pass


def _unzipped(file: BinaryIO) -> BinaryIO:
    if not isinstance(file, io.BufferedReader):
        file = io.BufferedReader(file, _BUFFER)  # type: ignore[type-var]  # any raw stream does
    if file.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
        return file
    return io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER)
