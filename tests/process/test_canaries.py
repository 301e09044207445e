"""Canaries through a whole installation: secrets, keys, signatures, query strings, e-mail addresses and file names are
planted in a full run, and then every log, everything the queue server ever wrote and the whole database are searched.
What else listens beside the service is looked at on the way."""

import io
import json
import re
import secrets
import socket
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import factories
import jwt
import psutil
import pytest
import requests
from customer import FINAL
from installation import Installation, Neighbour, free_port, installation, neighbour
from left_behind import processes
from pictures import picture
from servers import wait_for

from config import Settings
from jobs.tools import open_tools
from storage.model import Dialect

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

BIRD = f"kanarie{secrets.token_hex(4)}"
MAIL = f"{BIRD}.mail@shop.example"
NAME = f"{BIRD}-name"
QUERY = f"{BIRD}-query"
WORDS = f"{BIRD}-words"
GIVEN_SECRETS = ("SECRET_KEY", "SECRET_KEY_PREVIOUS", "JWT_SECRET", "S3_SECRET_ACCESS_KEY", "METRICS_TOKEN",
                 "DASHBOARD_PASSWORD")  # fmt: skip
SETTINGS = {name: f"{BIRD}{name.lower().replace('_', '')}{'z' * 24}" for name in GIVEN_SECRETS}
SENT_SECRET = "whsec_" + "k4nar1e/" * 5
BULK = re.compile(rb"\$(\d+)\r\n")


@dataclass
class Evidence:
    """What was planted, by name, and what the installation wrote: `listening` as (address, port) of each process."""

    hidden: dict[str, str] = field(default_factory=dict)  # must be nowhere
    private: dict[str, str] = field(default_factory=dict)  # a customer's own: in the records, and nowhere else
    written: dict[str, str] = field(default_factory=dict)
    records: str = ""
    queue: str = ""
    commands: str = ""
    paths: list[str] = field(default_factory=list)
    listening: set[tuple[str, int]] = field(default_factory=set)
    doors: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    folder, found = tmp_path_factory.mktemp("canaries"), Evidence()
    found.doors = {"dashboard": free_port(), "metrics": free_port()}
    quick = {
        "LOG_LEVEL": "DEBUG",
        "RATE_LIMITS": "false",
        "SWEEP_SECONDS": "1",
        "METRICS_PORT": str(found.doors["metrics"]),
        **SETTINGS,
    }
    options = ("--dashboard", "--dashboard-port", str(found.doors["dashboard"]))
    with neighbour() as near, installation(folder, near, *options, **quick) as service:
        Run(service, near, found).everything()
        wait_for(lambda: listens(found.doors["dashboard"]), 60, "the dashboard")
        look_around(service, found)
        found.hidden["queue password"] = urlsplit((folder / "redis_url").read_text()).password or ""
    for log in [folder / "supervisor.log", *(folder / "log").iterdir()]:
        found.written[log.name] = log.read_text(errors="replace")
    with sqlite3.connect(folder / "darkroom.sqlite3") as records:
        found.records = "\n".join(records.iterdump())
    found.queue = "\n".join(everything_queued(folder / "valkey"))
    found.paths = [str(path.relative_to(folder)) for path in folder.rglob("*")]
    yield found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def look_around(service: Installation, found: Evidence) -> None:
    mine = processes(service.data_dir)
    found.commands = "\n".join(mine.values())
    for each in psutil.net_connections("tcp"):
        if each.status == "LISTEN" and each.pid in mine:
            found.listening.add((each.laddr.ip, each.laddr.port))
    found.doors["web"] = int(service.base.rsplit(":", 1)[1])
    found.doors["queue"] = urlsplit((service.data_dir / "redis_url").read_text()).port or 0


def everything_queued(folder: Path) -> Iterator[str]:
    """Every string in the queue server's append-only file, unpacked where it was packed."""
    for path in folder.rglob("*.aof"):
        data, place = path.read_bytes(), 0
        while found := BULK.search(data, place):
            value = data[found.end() : found.end() + int(found[1])]
            place = found.end() + int(found[1])
            with suppress(zlib.error):
                value = zlib.decompress(value)
            yield value.decode(errors="replace")


class Run:
    """A customer who leaves traces on every way there is."""

    def __init__(self, service: Installation, near: Neighbour, found: Evidence) -> None:
        self.service, self.near, self.found = service, near, found
        settings = Settings.from_env(
            {**SETTINGS, "DATA_DIR": str(service.data_dir), "S3_BUCKET": "", "METRICS_PORT": "0"}
        )
        tools = open_tools(settings)
        self.shop = factories.tenant(tools, name="Shop")
        tools.database.dispose()
        near.files[f"/{NAME}.png"] = picture(700, 500)[:900]  # fetched whole, and broken
        self.source = f"{near.url}/{NAME}.png?token={QUERY}&X-Amz-Signature={QUERY}"
        self.absent = f"{near.url}/absent-{NAME}.png?sig={QUERY}"
        self.hook = f"{near.url}/hook?token={QUERY}"
        found.private |= {"mail": MAIL, "name": NAME, "query": QUERY, "words": WORDS}
        found.hidden |= SETTINGS | {f"{dialect} key": key for dialect, key in self.shop.keys.items()}
        found.hidden["callback secret"] = SENT_SECRET

    def ask(self, method: str, path: str, *statuses: int, dialect: Dialect = Dialect.PRINT, **more: Any) -> Any:
        head = {**self.shop.headers(dialect), **more.pop("headers", {})}
        reply = requests.request(method, self.service.base + path, headers=head, timeout=60, **more)
        assert reply.status_code in (statuses or (200, 201, 202)), (path, reply.status_code, reply.text)
        return reply.json() if reply.headers["Content-Type"] == "application/json" else reply

    def everything(self) -> None:
        ordered = [self.print_batch(), *self.other_dialects()]
        self.secrets_of_ones_own()
        self.rude()
        for path, dialect in ordered:
            wait_for(lambda: self.final(path, dialect), 120, f"the end of {path}")  # noqa: B023
        self.links(ordered[0][0])
        hooks = self.near.hooks_at(f"/hook?token={QUERY}", 4)
        signed = [value for hook in hooks for name, value in hook.headers.items() if "signature" in name.lower()]
        assert len(signed) >= 4
        self.found.hidden |= {f"signature {n}": each for n, text in enumerate(signed) for each in [longest_part(text)]}

    def final(self, path: str, dialect: Dialect) -> bool:
        told = self.ask("GET", path, dialect=dialect)
        return told.get("data", told)["status"] in FINAL

    def print_batch(self) -> tuple[str, Dialect]:
        form = {
            "image_urls": json.dumps([self.source, self.absent]),
            "title": WORDS,
            "scale": "2",
            "client_job_id": MAIL,
            "webhook_url": self.hook,
            "webhook_secret": SENT_SECRET,
        }
        files = [
            ("images", (f"{MAIL} {NAME}.png", io.BytesIO(picture(500, 500)))),
            ("images", (f"{NAME}-broken.png", io.BytesIO(picture(600, 800)[:400]))),
        ]
        head = {"X-On-Behalf-Of": MAIL, "Idempotency-Key": f"{WORDS}-key"}
        made = self.ask("POST", "/v1/batch/upscale", data=form, files=files, headers=head)
        return f"/v1/batch/{made['batch_id']}", Dialect.PRINT

    def other_dialects(self) -> list[tuple[str, Dialect]]:
        body = {"imageUrl": self.absent, "callbackUrl": self.hook, "externalId": MAIL, "metadata": {"who": WORDS}}
        one = self.ask("POST", "/api/v1/analyses", dialect=Dialect.SHELF, json=body)
        (self.found.hidden["analysis secret"],) = re.findall(r"whsec_\w+", json.dumps(one))
        form = {"action": "bg-remove", "image_urls[]": self.absent, "webhook_url": self.hook,
                "client_ref": MAIL, "options[async]": "1", "options[prompt]": WORDS}  # fmt: skip
        job = self.ask("POST", "/api/v1/batch.php", dialect=Dialect.STUDIO, data=form)
        return [
            (f"/api/v1/analyses/{one['data']['id']}", Dialect.SHELF),
            (f"/api/v1/batch.php?job_id={job['job_id']}", Dialect.STUDIO),
        ]

    def secrets_of_ones_own(self) -> None:
        again = {"headers": {"Idempotency-Key": "once"}}
        key, repeated = (self.ask("POST", "/v1/keys", json={"name": MAIL, "role": "read"}, **again) for _ in range(2))
        assert repeated["key"] is None
        body = {"url": self.hook, "description": f"{MAIL} {WORDS}"}
        hook, _ = (self.ask("POST", "/v1/webhooks", json=body, **again) for _ in range(2))
        shelf_hook = {"url": self.hook, "events": ["*"], "description": MAIL}
        other = self.ask("POST", "/api/v1/webhooks", dialect=Dialect.SHELF, json=shelf_hook)
        self.ask("POST", f"/v1/webhooks/{hook['id']}/test")
        fresh = self.ask("POST", f"/v1/webhooks/{hook['id']}/rotate")
        shown = re.findall(r"whsec_[\w+/=-]+", json.dumps([hook, other, fresh]))
        assert len(shown) >= 3
        session = jwt.encode({"sub": self.shop.account.id, "exp": 4_000_000_000}, SETTINGS["JWT_SECRET"], "HS256")
        self.ask("GET", "/v1/account", headers={"Authorization": f"Bearer {session}"})
        self.found.hidden |= {f"webhook secret {n}": each for n, each in enumerate(shown)}
        self.found.hidden |= {"new key": key["key"], "session": session}

    def rude(self) -> None:
        guess = f"pk_{BIRD}guess"
        self.found.hidden["guessed key"] = guess
        base, mine = self.service.base, self.shop.keys[Dialect.PRINT]
        for head in ({"Authorization": f"Bearer {guess}"}, {"X-API-Key": guess}, {"Authorization": f"Basic {guess}"}):
            assert requests.get(base + "/v1/credits", headers=head, timeout=30).status_code == 401
        self.ask("GET", f"/v1/batch?api_key={mine}&cursor={MAIL}", 400)
        self.ask(
            "POST", "/v1/batch/poster", 400, 413, 415, data=b"--x", headers={"Content-Type": "multipart/form-data"}
        )
        self.ask("POST", "/v1/batch/poster", 400, json={"image_urls": [self.source], "size": MAIL})
        requests.get(f"{base}/files/{NAME}?sig={QUERY}", timeout=30)
        host, port = base.removeprefix("http://").split(":")
        for line in (b"GET /v1/credits?api_key=%s HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nAuthorization %s\r\n\r\n"):
            with socket.create_connection((host, int(port)), 10) as raw:
                raw.sendall(line % guess.encode())
                assert b"400" in raw.recv(200) or b"505" in raw.recv(200)

    def links(self, batch: str) -> None:
        told = json.dumps(self.ask("GET", batch))
        links = [url for url in re.findall(r'"(http[^"]+)"', told) if "sig=" in url]
        assert links
        slot = self.ask("POST", "/v1/uploads", json={"filename": f"{NAME}.png", "bytes": 9})
        requests.put(slot["url"], data=b"x" * 9, headers=slot["headers"], timeout=30)
        for number, url in enumerate([*links, slot["url"]]):
            requests.get(url, timeout=30)
            requests.get(url.replace("sig=", "sig=A"), timeout=30)
            self.found.hidden[f"link {number}"] = parse_qs(urlsplit(url).query)["sig"][0]


def longest_part(text: str) -> str:
    """The signature itself out of a header such as `t=…,v1=…`."""
    return max(re.split(r"[,=\s]", text.rstrip("=")), key=len)


def birds_in(text: str, planted: dict[str, str]) -> list[str]:
    """Which canaries are in the text, spelled as planted, in upper case, or as the address of a page."""
    folded = text.casefold()
    return [name for name, value in planted.items() if value and value.casefold() in folded]


def test_no_log_holds_a_secret_or_anything_private(evidence: Evidence) -> None:
    assert {"web.log", "delivery.log", "sweep.log", "valkey.log", "supervisor.log"} <= set(evidence.written)
    assert sum(len(text.splitlines()) for text in evidence.written.values()) > 30
    found = {name: birds_in(text, evidence.hidden | evidence.private) for name, text in evidence.written.items()}
    assert {name: birds for name, birds in found.items() if birds} == {}
    assert [name for name, text in evidence.written.items() if BIRD in text.casefold()] == []


def test_the_queue_server_was_given_no_more_than_ids(evidence: Evidence) -> None:
    assert "jobs.image" in evidence.queue and "img_" in evidence.queue, "the file was read and unpacked"
    assert birds_in(evidence.queue, evidence.hidden | evidence.private) == []
    assert BIRD not in evidence.queue.casefold()


def test_the_database_holds_no_secret_that_opens_anything(evidence: Evidence) -> None:
    assert birds_in(evidence.records, evidence.private) == list(evidence.private), "the dump is of this run"
    assert birds_in(evidence.records, evidence.hidden) == []


def test_no_path_and_no_command_line_is_made_of_what_was_typed(evidence: Evidence) -> None:
    assert "gunicorn" in evidence.commands and "valkey" in evidence.commands
    assert birds_in(evidence.commands, evidence.hidden | evidence.private) == []
    assert any(path.startswith("objects/out/") for path in evidence.paths)
    assert [path for path in evidence.paths if BIRD in path.casefold()] == []


def test_nothing_but_the_service_listens_beyond_loopback_and_each_door_is_known(evidence: Evidence) -> None:
    known = {port: name for name, port in evidence.doors.items()}
    assert {port for _, port in evidence.listening} <= set(known)
    assert {address for address, _ in evidence.listening} == {"127.0.0.1"}
    assert {known[port] for _, port in evidence.listening} >= {"web", "queue", "dashboard"}
