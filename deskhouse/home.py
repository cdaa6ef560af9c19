"""The home folder: where state lives, and the secrets that were generated for it."""

import os
import secrets
from pathlib import Path

from deskhouse.errors import Failed


def make_folder(path: Path) -> Path:
    """Make a folder that only its owner may read, if it is not there, and return it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(
            f"cannot make {path}: {error.strerror}", "Set DESKHOUSE_HOME to a folder you may write."
        ) from None
    return path


def secret(home: Path, name: str) -> str:
    """Return the secret `name` of this home, generated at its first use (file mode 0600)."""
    folder = make_folder(home / "secrets")
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii").strip()


def kept_port(home: Path, service: str) -> int | None:
    """The port that was chosen for a service at its first start, or None before that."""
    path = home / "ports" / service
    return int(path.read_text(encoding="ascii")) if path.exists() else None


def keep_port(home: Path, service: str, port: int) -> None:
    """Keep the port chosen for a service."""
    path = make_folder(home / "ports") / service
    path.write_text(f"{port}\n", encoding="ascii")
