"""How long a submission of 50 images takes, from the first byte sent to the reply: the product, no worker running,
against a bare Flask view that writes the same 51 rows into the same kind of database (SQLite, WAL, FULL), and against
requests that do nothing. One client, one kept connection. The addresses are never fetched.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.benches.serving import Server, ask, environment, gunicorn, product
from scripts.benches.table import Figure, Row
from scripts.benches.timing import Reading, Setup, percentile

if TYPE_CHECKING:
    from flask import Flask

ROUNDS = 5
IMAGES = 50
PRINT, SHELF = "/v1/batch/wallart", "/api/v1/analyses/batch"
JSON = {"Content-Type": "application/json"}


def _row(what: str, ours: str, theirs: str, shown: str = "bare insert") -> Row:
    return Row("submit", what, "ms", Figure("service", ours, "service"), Figure("bare", theirs, shown))


ROWS = (
    _row("print batch of 50 addresses, p50", "print_p50", "insert_p50"),
    _row("print batch of 50 addresses, p95", "print_p95", "insert_p95"),
    _row("the same with an idempotency key, p50", "keyed_p50", "insert_p50"),
    _row("shelf batch of 50 addresses, p50", "shelf_p50", "insert_p50"),
    _row("shelf batch of 50 addresses, p95", "shelf_p95", "insert_p95"),
    _row("a request that does nothing, p50", "nothing_p50", "nothing_p50", "bare no-op"),
)


def run(side: str, setup: Setup) -> Reading:
    """Medians and 95th percentiles in ms over 40 submissions of a kind (quick: 8), after a few that are not counted."""
    count = 8 if setup.quick else 40
    folder = setup.folder / secrets.token_hex(4)
    folder.mkdir()
    own = Setup(folder, setup.samples, setup.models, setup.quick)
    if side == "service":
        with product(own) as server:
            return Reading(service_figures(server, count), server.peak_mib())
    with gunicorn(f"scripts.benches.submit:bare_app({str(folder)!r})", environment(own)) as server:
        shop = batch_body("image_urls")
        insert = times(server, count, "/insert", lambda: (shop, JSON))
        return Reading(figures("insert", insert) | figures("nothing", times(server, count, "/nothing")),
                       server.peak_mib())  # fmt: skip


def service_figures(server: Server, count: int) -> dict[str, float]:
    shop, shelf = batch_body("image_urls"), batch_body("images")
    plain = JSON | server.headers("print")
    found = figures("print", times(server, count, PRINT, lambda: (shop, plain)))
    keyed = times(server, count, PRINT, lambda: (shop, {**plain, "Idempotency-Key": secrets.token_hex(16)}))
    found |= figures("keyed", keyed)
    found |= figures("shelf", times(server, count, SHELF, lambda: (shelf, JSON | server.headers("shelf"))))
    return found | figures("nothing", times(server, count, "/healthz"))


def batch_body(name: str) -> bytes:
    """50 addresses as the dialect with this field writes them."""
    urls = [f"https://images.example.com/designs/{number:03}.jpg" for number in range(IMAGES)]
    shelf = [{"imageUrl": url, "externalId": f"store-{number}"} for number, url in enumerate(urls)]
    return json.dumps({name: shelf if name == "images" else urls}).encode()


def times(
    server: Server, count: int, path: str, make: Callable[[], tuple[bytes, dict[str, str]]] | None = None
) -> list[float]:
    """Milliseconds of `count` requests, one after the other; a GET where there is nothing to send."""
    found = []
    with closing(server.connect()) as link:
        for number in range(-3, count):
            body, headers = make() if make else (None, {})
            start = time.perf_counter()
            ask(link, "POST" if make else "GET", path, body, headers)
            if number >= 0:
                found.append((time.perf_counter() - start) * 1000)
    return found


def figures(name: str, milliseconds: list[float]) -> dict[str, float]:
    return {f"{name}_p50": percentile(milliseconds, 0.5), f"{name}_p95": percentile(milliseconds, 0.95)}


def bare_app(folder: str) -> "Flask":
    """The least that may answer "accepted": the batch and its images are on the disk."""
    from flask import Flask, jsonify, request

    app, path, own = Flask("bare"), Path(folder) / "bare.sqlite3", threading.local()
    with closing(sqlite3.connect(path)) as first:
        first.execute("PRAGMA journal_mode=WAL")
        first.execute("CREATE TABLE batches (id TEXT PRIMARY KEY, body TEXT)")
        first.execute("CREATE TABLE images (id TEXT PRIMARY KEY, batch_id TEXT, url TEXT)")

    @app.post("/insert")
    def insert() -> Any:
        sent: dict[str, Any] = request.get_json()
        batch = secrets.token_hex(8)
        rows = [(secrets.token_hex(8), batch, url) for url in sent["image_urls"]]
        if not hasattr(own, "link"):  # kept: closing the last connection would write the whole log back each time
            own.link = sqlite3.connect(path, isolation_level=None)
            own.link.execute("PRAGMA synchronous=FULL")
        own.link.execute("BEGIN IMMEDIATE")
        own.link.execute("INSERT INTO batches VALUES (?, ?)", (batch, json.dumps(sent)))
        own.link.executemany("INSERT INTO images VALUES (?, ?, ?)", rows)
        own.link.execute("COMMIT")
        return jsonify({"id": batch, "jobs": [row[0] for row in rows]}), 202

    @app.get("/nothing")
    def nothing() -> str:
        return "ok"

    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    return app
