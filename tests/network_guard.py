"""No test talks to the world: a connection to, or a message for, anything but this machine fails the test that tries,
as does asking a name server. What a test starts as a process of its own is not watched; it is given loopback only."""

import errno
import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})
_attempts: list[list[str]] = []


class WentOutside(AssertionError):
    """A test tried to reach something that is not this machine."""


def stays_here(host: object) -> bool:
    """Loopback, the unspecified address, or no address at all."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name.lower() in LOCAL_NAMES:
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def watch(event: str, given: tuple[Any, ...]) -> None:
    """Python's own audit hook: nothing that goes through the socket module is overlooked."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = given[1]
        if isinstance(address, tuple) and not stays_here(address[0]):
            if _attempts:
                _attempts[-1].append(address[0])
                raise OSError(errno.ENETUNREACH, "Network is unreachable")
            raise WentOutside(f"a test tried to reach {address[0]}")
    elif event == "socket.getaddrinfo" and not (stays_here(given[0]) or is_address(given[0])):
        raise WentOutside(f"a test asked a name server for {given[0]!r}")


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Where a test wants to see what happens: the attempts are noted, and fail as on a machine without a network."""
    _attempts.append([])
    try:
        yield _attempts[-1]
    finally:
        _attempts.pop()


def is_address(host: object) -> bool:
    """Numbers are not asked for anywhere."""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def install() -> None:
    """For the whole run: an audit hook cannot be taken back."""
    sys.addaudithook(watch)
