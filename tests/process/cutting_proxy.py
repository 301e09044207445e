"""A wire on loopback between clients and a service that can be cut in the middle of what goes up or down. It passes the
bytes on as they are and knows nothing of HTTP."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 16 << 10
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


@dataclass(frozen=True)
class Order:
    """What is to be cut."""

    way: str
    after: int
    when: Callable[[], bool]


@dataclass
class CuttingProxy:
    """`target` is the service's port. `cuts` were made."""

    port: int
    target: int = 0
    cuts: int = 0
    orders: list["Order"] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self, way: str, after: int, when: Callable[[], bool] = lambda: True) -> None:
        """The next connection that has carried more than `after` bytes "up" or "down" is reset, once, if `when()`."""
        self.orders.append(Order(way, after, when))

    def due(self, way: str, carried: int) -> bool:
        with self.lock:
            fitting = (each for each in self.orders if each.way == way and carried > each.after and each.when())
            found = next(fitting, None)
            if found is None:
                return False
            self.orders.remove(found)
            self.cuts += 1
            return True


def carry(proxy: CuttingProxy, way: str, source: socket.socket, sink: socket.socket) -> None:
    """One direction of one connection, to its end."""
    carried = 0
    with suppress(OSError):
        while piece := source.recv(PIECE):
            carried += len(piece)
            if proxy.due(way, carried):
                for end in (source, sink):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)
                break
            sink.sendall(piece)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def connect(proxy: CuttingProxy, client: socket.socket) -> None:
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", proxy.target), timeout=10) as service:
        service.settimeout(None)
        up = threading.Thread(target=carry, args=(proxy, "up", client, service), daemon=True)
        up.start()
        carry(proxy, "down", service, client)
        up.join()


def serve(proxy: CuttingProxy, door: socket.socket) -> None:
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            threading.Thread(target=connect, args=(proxy, client), daemon=True).start()


@contextmanager
def cutting_proxy() -> Iterator[CuttingProxy]:
    """A running proxy; say where it leads by setting `target`."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        proxy = CuttingProxy(door.getsockname()[1])
        threading.Thread(target=serve, args=(proxy, door), daemon=True).start()
        yield proxy
