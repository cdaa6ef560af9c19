"""A file that is there whole, or not at all: written beside its place, and renamed when done."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deskhouse.errors import Failed, WrongInput

_BUFFER = 1 << 18


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which is `path` after the block, and nothing if the block is left.

    One that was there is replaced and keeps its mode. A pipe or a device is written to as it is.

    Raises:
        WrongInput: the path is a folder's, or its folder is none or may not be written to.
        Failed: the disk is full, or failed.
    """
    try:
        place = path.resolve()
    except RuntimeError:  # Python's word for it, up to 3.12.
        raise WrongInput(f"{path} leads to itself", "Name a file.") from None
    mode = _mode(place)
    if mode is not None and not stat.S_ISREG(mode):
        if stat.S_ISDIR(mode):
            raise WrongInput(f"{path} is a folder", "Name a file in it.")
        with told(path), place.open("wb", buffering=_BUFFER) as file:
            yield file
        return
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise WrongInput(
            f"{path} cannot be written: {error.strerror}", "Name a file in a folder you may write."
        ) from None
    try:
        with told(path), os.fdopen(descriptor, "wb", buffering=_BUFFER) as file:
            if mode is not None:
                os.fchmod(descriptor, stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(descriptor)
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _mode(place: Path) -> int | None:
    """What is there, as `st_mode` tells it; None where nothing is."""
    try:
        return place.stat().st_mode
    except OSError:
        return None


@contextmanager
def told(path: Path | str) -> Iterator[None]:
    """Tell what the disk has against it; that a pipe's reader went away is no such thing.

    Raises:
        Failed: the disk is full, or failed.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(
            f"{path} cannot be written: {error.strerror}",
            "Make room or name another place, and run it again.",
        ) from None
