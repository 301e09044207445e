"""A PostgreSQL server that can be stopped and started again, for process tests. It listens on a socket in its own
folder only; durable writes are on. Never touches a server that it did not start."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from record_databases import Server, find_postgres, unprivileged, wait_until_up


@dataclass
class Postgresql:
    server: Server
    programs: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return self.server.url("front")

    def start(self) -> None:
        folder, who = self.server.folder, unprivileged()
        words = [self.programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="]
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, **who)  # type: ignore[call-overload]
        wait_until_up(self.server, self.process)

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT ends every connection and stops in order, SIGQUIT as a crash does."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(30)


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A running server; skips where they are missing."""
    programs = find_postgres()
    if programs is None:
        pytest.skip("needs PostgreSQL's server programs (apt-get install postgresql)")
    who = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="front-pg-"))
    if who:
        shutil.chown(folder, who["user"], who["group"])  # type: ignore[call-overload]
    words = [programs / "initdb", "-D", folder / "data", "-U", "darkroom", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*words, "--locale=C.UTF-8"], check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)  # type: ignore[call-overload]
    running = Postgresql(Server(folder), programs)
    running.start()
    try:
        running.server.run("CREATE DATABASE front")
        yield running
    finally:
        running.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)
