"""The guard of the tests themselves: outside is out of reach, this machine is not."""

import socket

import pytest
from network_guard import WentOutside, stays_here


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:4700::1111", "10.0.0.1", "169.254.169.254"])
def test_no_address_outside_can_be_reached(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as tried:
            tried.settimeout(0.2)
            with pytest.raises(WentOutside, match="tried to reach"):
                tried.connect((host, 80))
    with socket.socket(family, socket.SOCK_DGRAM) as tried, pytest.raises(WentOutside):
        tried.sendto(b"x", (host, 53))


def test_no_name_server_is_asked() -> None:
    with pytest.raises(WentOutside, match="name server"):
        socket.getaddrinfo("example.com", 443)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 5):
        pass
    assert socket.getaddrinfo("localhost", 80) and socket.getaddrinfo("93.184.216.34", 80)
    assert stays_here("::1") and stays_here("127.8.9.1") and not stays_here("localhost.example.com")
