"""Ports on loopback: chosen free at the first start, and kept."""

import logging
import random
import socket
import time
from pathlib import Path

from deskhouse.errors import Failed, WrongInput
from deskhouse.home import keep_port, kept_port

_log = logging.getLogger(__name__)

# Below the range from which Linux takes the ports of outgoing connections: a port that is kept
# must not be lost to one of those while the service is down.
_RANGE = range(20_000, 32_000)
_LINGER_SECONDS = 2.0


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def require_free(service: str, port: int) -> None:
    """Refuse a port that was set by hand and is taken.

    Raises:
        WrongInput: somebody else listens there, or it may not be listened on.
    """
    if not _becomes_free(port):
        variable = f"DESKHOUSE_{service.upper()}_PORT"
        raise WrongInput(
            f"{variable}: port {port} of 127.0.0.1 cannot be had, something else listens there",
            f"Set {variable} to a free port, or unset it and one is chosen.",
        )


def settle_port(home: Path, service: str, by_hand: int | None) -> int:
    """The port on which a service is to start; it is kept for the next time.

    A kept port that somebody else has taken since is given up for another.

    Raises:
        WrongInput: the port set by hand is taken.
    """
    if by_hand is not None:
        require_free(service, by_hand)
        keep_port(home, service, by_hand)
        return by_hand
    kept = kept_port(home, service)
    if kept is not None and _becomes_free(kept):
        return kept
    port = _choose()
    if kept is not None:
        _log.warning("port %d was taken by something else; %s is now at %d", kept, service, port)
    keep_port(home, service, port)
    return port


def _becomes_free(port: int) -> bool:
    """Whether a port is free; one that was just left may take a moment."""
    deadline = time.monotonic() + _LINGER_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _choose() -> int:
    for port in random.sample(_RANGE, 500):
        if is_free(port):
            return port
    raise Failed(
        f"no free port between {_RANGE.start} and {_RANGE.stop}",
        "Set DESKHOUSE_POSTGRES_PORT and DESKHOUSE_REDIS_PORT.",
    )
