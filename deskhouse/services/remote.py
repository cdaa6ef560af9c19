"""Talking to a home's supervisord: XML-RPC over a Unix socket that only its owner can open."""

import http.client
import os
import socket
import xmlrpc.client
from hashlib import sha256
from pathlib import Path
from typing import Any

from deskhouse.errors import Failed

# What Linux takes for a socket's path, less what supervisord appends to it while it makes it.
_LONGEST_SOCKET = 107 - 12
_SECONDS = 10.0


class NotThere(Exception):
    """No supervisord listens."""


def socket_path(run: Path, name: str = "supervisor.sock") -> Path:
    """A socket in the home's `run`; where that path is too long, in a folder of ours in /tmp.

    Raises:
        Failed: that folder is somebody else's.
    """
    path = run / name
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    elsewhere = f"deskhouse-{os.geteuid()}-{sha256(os.fsencode(run)).hexdigest()[:16]}"
    # Not TMPDIR: every shell must find the same one.
    folder = Path("/tmp", elsewhere)  # noqa: S108 - closed to others, and checked
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != os.geteuid()):
        raise Failed(f"{folder} is somebody else's", "Set DESKHOUSE_HOME to a shorter path.")
    return folder / name


def ask(path: Path, method: str, *arguments: str | bool) -> Any:
    """Call a method of supervisord's interface.

    Raises:
        NotThere: nobody listens at the socket, or not any more.
        Failed: it refused (its reason is the message), does not answer, or is another user's.
    """
    transport = _Transport(path)
    with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as server:
        try:
            return getattr(server.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise Failed(f"supervisord refuses {method}: {fault.faultString}") from None
        except TimeoutError:
            raise Failed(
                "this home's supervisord does not answer",
                f"End the process of {path.with_suffix('.pid')}, then try again.",
            ) from None
        except PermissionError:
            raise Failed(
                f"{path.parent} belongs to another user",
                "Be that user, or set DESKHOUSE_HOME to a folder of your own.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotThere from error


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        # Kept where the base class closes it.
        self._connection = host, _Connection(self._path)
        return self._connection[1]
