"""What a queue server says of keeping its jobs, and what the supervisor makes of it at the start."""

from typing import Any

import pytest
from redis.exceptions import ConnectionError as Silent
from redis.exceptions import NoPermissionError, ResponseError

from jobs.queue_policy import QueuePolicy, read_policy
from jobs.supervisor import ground
from jobs.supervisor.ground import CannotStart, check_queue_server


class Server:
    """A client of a server with these settings; a fault instead of them is raised."""

    def __init__(self, settings: dict[str, str] | Exception) -> None:
        self.settings = settings

    def config_get(self, name: str) -> dict[str, str]:
        if isinstance(self.settings, Exception):
            raise self.settings
        return {name: self.settings[name]} if name in self.settings else {}

    def info(self, section: str) -> dict[str, str]:
        if isinstance(self.settings, Exception):
            raise self.settings
        return {"redis_version": self.settings.get("version", "7.2.4")}

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: Any) -> None:
        return None


def checked(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of a start on this server."""
    said: list[str] = []
    monkeypatch.setattr(ground.Redis, "from_url", lambda *_, **__: server)
    check_queue_server("redis://:canary@far:6379/0", tell=said.append)
    assert "canary" not in "".join(said)
    return said


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru", "volatile-ttl", "allkeys-random"])
def test_a_server_that_evicts_is_refused(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server({"maxmemory-policy": policy, "appendonly": "yes"})
    assert read_policy(server).evicts  # type: ignore[arg-type]
    with pytest.raises(CannotStart, match=f"maxmemory-policy {policy}.; set it to noeviction"):
        checked(server, monkeypatch)


def test_a_server_that_keeps_everything_is_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server({"maxmemory-policy": "noeviction", "appendonly": "yes"})
    assert read_policy(server) == QueuePolicy("noeviction", True, (7, 2, 4))  # type: ignore[arg-type]
    assert checked(server, monkeypatch) == []


@pytest.mark.parametrize(
    ("version", "refused"), [("6.0.20", True), ("5.0", True), ("6.2.0", False), ("8.1-rc1", False)]
)
def test_a_server_that_is_too_old_is_refused(version: str, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server({"maxmemory-policy": "noeviction", "appendonly": "yes", "version": version})
    if not refused:
        assert checked(server, monkeypatch) == []
        return
    with pytest.raises(CannotStart, match="too old; 6.2 or newer"):
        checked(server, monkeypatch)


def test_a_server_without_a_file_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = checked(Server({"maxmemory-policy": "noeviction", "appendonly": "no"}), monkeypatch)
    assert "keeps no append-only file" in said


@pytest.mark.parametrize("fault", [ResponseError("unknown command 'CONFIG'"), NoPermissionError("no permissions")])
def test_a_server_that_forbids_config_is_only_warned_of(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_policy(Server(fault)) == QueuePolicy(None, None)  # type: ignore[arg-type]
    assert not QueuePolicy(None, None).evicts
    (said,) = checked(Server(fault), monkeypatch)
    assert "does not show its settings" in said


def test_a_silent_server_is_told_and_left_to_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = checked(Server(Silent("refused")), monkeypatch)
    assert "cannot be asked" in said
