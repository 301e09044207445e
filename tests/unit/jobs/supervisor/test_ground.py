"""What must hold before anything starts: folder, lock, ports, secrets, and the address that is shown."""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import ConfigError
from jobs.supervisor import ground
from jobs.supervisor.ground import CannotStart, check_port, occupy, supervises, take_folder
from jobs.supervisor.surroundings import checked, chosen, completed, kept_secret, publish, shown_host


def no_options(**changes: object) -> argparse.Namespace:
    given = {"data_dir": None, "host": None, "port": None, "dashboard_port": None, "dashboard": False}
    return argparse.Namespace(**{**given, **changes})


def test_a_folder_is_made_and_tried(tmp_path: Path) -> None:
    take_folder(tmp_path / "new" / "data")
    assert [path.name for path in (tmp_path / "new" / "data").iterdir()] == ["log"]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="cannot be used"):
        take_folder(tmp_path / "file")


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(CannotStart, match="Read-only file system"):
        take_folder(tmp_path)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground.shutil, "disk_usage", lambda path: argparse.Namespace(free=5 << 20))
    with pytest.raises(CannotStart, match="only 5 MB free"):
        take_folder(tmp_path)


def test_the_lock_stays_with_the_last_child(tmp_path: Path) -> None:
    first = occupy(tmp_path, tell=lambda text: None)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(first,))
    os.close(first)
    told: list[str] = []
    with pytest.raises(CannotStart, match="earlier scripts/serve"):
        occupy(tmp_path, patience_s=0.2, tell=told.append)
    assert len(told) == 1
    child.communicate(b"\n")
    os.close(occupy(tmp_path, patience_s=5, tell=told.append))


def test_only_a_living_supervisor_counts() -> None:
    assert not supervises(str(os.getpid())) and not supervises("") and not supervises("999999999")
    code = "import sys; print(1, flush=True); input()"
    words = [sys.executable, "-c", code, "jobs.supervisor"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() and supervises(str(process.pid))
    process.communicate(b"\n")


def test_ports_are_tried() -> None:
    told = "is in use; choose another one with --port"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotStart, match=told):
        port = taken.getsockname()[1]
        check_port("127.0.0.1", port, "--port")
    check_port("127.0.0.1", port, "--port")
    with pytest.raises(CannotStart, match="cannot be used"):
        check_port("192.0.2.1", 8000, "--port")


def test_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    found = chosen(no_options(port=9000, host="0.0.0.0", data_dir=tmp_path), {"PORT": "1", "HOST": "x"})
    assert (found["PORT"], found["HOST"], found["DATA_DIR"]) == ("9000", "0.0.0.0", str(tmp_path))
    assert found["BASE_URL"] == "http://127.0.0.1:9000"
    assert chosen(no_options(), {"BASE_URL": "https://shop.example"})["BASE_URL"] == "https://shop.example"


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("::", "127.0.0.1"), ("10.1.2.3", "10.1.2.3")])
def test_hosts_as_a_client_writes_them(host: str, shown: str) -> None:
    assert shown_host(host) == shown


def test_settings_are_checked_before_a_secret_is_made(tmp_path: Path) -> None:
    environ = chosen(no_options(data_dir=tmp_path / "data"), {"LEASE_SECONDS": "0"})
    with pytest.raises(ConfigError, match="LEASE_SECONDS"):
        checked(environ)
    assert not (tmp_path / "data").exists()


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = completed({}, tmp_path, dashboard=True)
    assert first == completed({}, tmp_path, dashboard=True) and len(first["SECRET_KEY"]) >= 32
    assert {path.name for path in tmp_path.iterdir()} == {"secret_key", "dashboard_password"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert completed({"SECRET_KEY": "mine"}, tmp_path, dashboard=False) == {"SECRET_KEY": "mine"}


def test_a_half_written_secret_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    assert len(kept_secret(tmp_path / "secret_key")) >= 32


def test_addresses_are_left_for_the_operator(tmp_path: Path) -> None:
    publish(tmp_path, {"REDIS_URL": "redis://:p@h:1/0", "BASE_URL": "http://b"})
    assert (tmp_path / "redis_url").read_text() == "redis://:p@h:1/0"
    assert (tmp_path / "redis_url").stat().st_mode & 0o777 == 0o600
