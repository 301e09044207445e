"""Rude requests at every door: broken forms, JSON bombs, odd numbers, NULs, wrong types for each field of each body in
the document, odd headers and methods. Always a documented answer, never a 500, and nothing is left after a refusal."""

import io
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import factories
import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from batch_api.openapi import document
from jobs.tools import Tools
from storage.model import Dialect
from storage.records.tables import batches

URL = "https://images.example.com/a.png"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
CT = "multipart/form-data; boundary=B"
FORM = "application/x-www-form-urlencoded"
DOORS = {
    Dialect.PRINT: ("/v1/batch/upscale", "images"),
    Dialect.STUDIO: ("/api/v1/batch.php", "image_files[]"),
    Dialect.SHELF: ("/api/v1/analyses", "images"),
}
OPEN_FORM = [Dialect.PRINT, Dialect.STUDIO]
LONG_NUMBER = "9" * 5000  # more digits than Python turns into a number


@pytest.fixture
def door(make_client: Callable[..., tuple[FlaskClient, Tools]]) -> Any:
    """ask(dialect, path, …) → reply; refusals are held to leave nothing in staging."""
    client, tools = make_client(rate_limits=False, print_queue_cap=100_000)
    client.application.testing = False
    tenant = factories.tenant(tools, credits=10**8)

    def left() -> int:
        return len([*tools.objects.list("staging/"), *tools.objects.scratch_dir().iterdir()])

    def ask(dialect: Dialect, path: str = "", method: str = "POST", **more: Any) -> Any:
        before, head = left(), tenant.headers(dialect, Prefer="respond-async") | more.pop("headers", {})
        began = time.monotonic()
        reply = client.open(path or DOORS[dialect][0], method=method, headers=head, **more)
        assert reply.status_code < 500 or reply.status_code == 503, (method, path, reply.text[:300])
        assert reply.status_code < 400 or left() == before, "a refusal left something in staging"
        assert time.monotonic() - began < 5
        return reply

    ask.client, ask.tools, ask.tenant = client, tools, tenant  # type: ignore[attr-defined]
    return ask


def multipart(*parts: bytes) -> bytes:
    return b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"


def text(name: bytes, value: bytes = b"1") -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value


def file(name: bytes = b"images", shown: bytes = b"a.png", data: bytes = PNG) -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"; filename="' + shown + b'"\r\n\r\n' + data


GOOD = (text(b"action", b"bg-remove"), file(), file(b"image_files[]"))
MULTIPARTS = {
    "no boundary": ("multipart/form-data", multipart(*GOOD)),
    "wrong boundary": ("multipart/form-data; boundary=C", multipart(*GOOD)),
    "long boundary": ("multipart/form-data; boundary=" + "B" * 500, multipart(*GOOD)),
    "control boundary": ('multipart/form-data; boundary="\x01\x02 "', multipart(*GOOD)),
    "truncated": (CT, multipart(*GOOD)[:-9]),
    "truncated header": (CT, multipart(*GOOD)[:30]),
    "empty": (CT, b""),
    "5000 parts": (CT, multipart(*GOOD, *[text(b"k%d" % number) for number in range(5000)])),
    "5000 files": (CT, multipart(*[file() for _ in range(5000)])),
    "10000 empty files": (CT, multipart(*[file(b"images", b"", b"")] * 10_000)),
    "header bomb": (CT, multipart(b"X: " + b"a" * 500_000 + b"\r\n" + file(), *GOOD)),
    "many headers": (CT, multipart(b"".join(b"X%d: a\r\n" % n for n in range(5000)) + file(), *GOOD)),
    "no disposition": (CT, multipart(*GOOD, b"X: y\r\n\r\nx")),
    "line feeds only": (CT, multipart(*GOOD).replace(b"\r\n", b"\n")),
    "header in a file name": (CT, multipart(*GOOD, file(shown=b"a\r\nX: y.png"))),
    "NUL in a file name": (CT, multipart(*GOOD, file(b"image_files[]", b"a\0b.png"))),
    "name of bad UTF-8": (CT, multipart(*GOOD, text(b"\xff\xfe"))),
    "file name of bad UTF-8": (CT, multipart(*GOOD, file(shown=b"\xff.png"))),
    "surrogate file name": (CT, multipart(*GOOD, file(shown=b"\xed\xa0\x80.png"))),
    "value of bad UTF-8": (CT, multipart(*GOOD, text(b"title", b"\xff"))),
    "NUL in a value": (CT, multipart(*GOOD, text(b"client_ref", b"a\0b"))),
    "nested names": (CT, multipart(*GOOD, text(b"a" + b"[x]" * 100))),
    "long number in a name": (CT, multipart(*GOOD, text(b"options[" + LONG_NUMBER.encode() + b"]"))),
}


@pytest.mark.parametrize("dialect", DOORS)
def test_a_broken_form_is_refused_and_leaves_nothing(door: Any, dialect: Dialect) -> None:
    for case, (kind, body) in MULTIPARTS.items():
        reply = door(dialect, data=body, content_type=kind)
        assert reply.status_code in (400, 413, 415, 422) and reply.json["error"], (case, reply.text)


@pytest.mark.parametrize("dialect", OPEN_FORM)
def test_an_odd_file_name_is_only_a_name(door: Any, dialect: Dialect) -> None:
    field = DOORS[dialect][1].encode()
    for name in (b"a%0d%0aX: y.png", b"../../../etc/passwd", b"x" * 3000 + b".png", b"\xe2\x80\xaegnp.exe"):
        reply = door(dialect, data=multipart(text(b"action", b"bg-remove"), file(field, name)), content_type=CT)
        assert reply.status_code in (200, 202) and "X" not in reply.headers, (name, reply.text)
    assert all(found.key.startswith("staging/up_") for found in door.tools.objects.list(""))


def test_a_nul_ends_the_name_of_a_field_and_is_stored_nowhere(door: Any) -> None:
    form = multipart(
        text(b"action", b"bg-remove"), text(b"a\0b"), file(b"image_files[]\0x"), file(b"image_files[]"), file(b"odd\0x")
    )
    reply = door(Dialect.STUDIO, data=form, content_type=CT)
    assert reply.status_code == 200 and "File field 'odd' is not known and was ignored." in reply.json["warnings"]
    with door.tools.database.read() as tx:
        assert "\\u0000" not in str(tx.execute(select(batches.c.warnings)).all())


BROKEN_FORMS = [
    b"&".join(b"k%d=1" % number for number in range(10_000)),
    b"&" * 1_000_000,
    b"=" * 100_000,
    b"x" * 100_000 + b"=1",
    b"%ff=1",
    b"a=%ed%a0%80",
    b"a" + b"[x]" * 100 + b"=1",
    b"client_ref=%00&action=bg-remove",
]


@pytest.mark.parametrize("dialect", DOORS)
def test_a_broken_urlencoded_body_is_refused(door: Any, dialect: Dialect) -> None:
    for body in BROKEN_FORMS:
        whole = body + b"&action=bg-remove&image_urls[]=" + URL.encode()
        assert door(dialect, data=whole, content_type=FORM).status_code in (400, 413, 415, 422), body[:50]


@pytest.mark.parametrize("dialect", OPEN_FORM)
def test_a_long_number_in_a_name_is_a_name(door: Any, dialect: Dialect) -> None:
    body = f"options[{LONG_NUMBER}]=1&action=bg-remove&image_urls[]={URL}"
    assert door(dialect, data=body, content_type=FORM).status_code in (200, 202)


JSONS = {
    "deep lists": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 200_000,
    "many lists": b'{"a":[' + b"[]," * 2_000_000 + b"[]]}",
    "many numbers": b'{"a":[' + b"0," * 3_000_000 + b"0]}",
    "escaped NUL": b'{"a":"\\u0000"}',
    "bare NUL": b'{"a":"\0"}',
    "half a character": b'{"a":"\\ud800"}',
    "half a character as a name": b'{"\\uDFFF":1}',
    "NaN": b'{"a":NaN}',
    "endless": b'{"a":1e999}',
    "long number": b'{"a":' + LONG_NUMBER.encode() + b"}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "BOM": b"\xef\xbb\xbf{}",
    "list": b"[]",
    "cut": b'{"a":',
}


@pytest.mark.parametrize("dialect", DOORS)
def test_broken_json_is_refused_at_once(door: Any, dialect: Dialect) -> None:
    small = {Dialect.PRINT: ["/v1/keys", "/v1/webhooks"], Dialect.SHELF: ["/api/v1/webhooks"]}
    for path in (DOORS[dialect][0], *small.get(dialect, [])):
        for case, body in JSONS.items():
            began = time.process_time()
            reply = door(dialect, path, data=body, content_type="application/json")
            assert reply.status_code in (400, 413, 422), (case, reply.text)
            assert time.process_time() - began < 1, case


WRONG: list[Any] = [None, 10**400, True, [[]], {"a": {"b": []}}, "", LONG_NUMBER, "a\0b", "\r\nX: y",
                    "9999-12-31T23:59:59-23:59", ["\u202e🙂"] * 1500]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], wrong)
    return copy


def bodies(app: Flask, dialect: Dialect) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """(method, address, operation, example with every documented field) of all that take JSON."""
    for path, item in json.loads(json.dumps(document(app)))["paths"].items():
        if dialect is not (
            Dialect.PRINT if path[:4] == "/v1/" else Dialect.STUDIO if ".php" in path else Dialect.SHELF
        ):
            continue
        for verb in {"post", "patch"} & item.keys():
            media = item[verb].get("requestBody", {}).get("content", {}).get("application/json")
            if media is not None:
                example = media.get("example") or next(iter(media["examples"].values()))["value"]
                yield verb, path, item[verb], dict.fromkeys(media["schema"].get("properties", {}), "x") | example


@pytest.mark.parametrize("dialect", DOORS)
def test_every_field_of_every_body_stands_wrong_types(door: Any, dialect: Dialect) -> None:
    accepted, seen = 0, set()
    for verb, path, operation, example in bodies(door.client.application, dialect):
        makes_batch = path.startswith(("/v1/batch", "/api/v1/batch.php", "/api/v1/analyses"))
        for place in places(example):
            if path.startswith("/v1/batch") and place in seen:
                continue  # the print job types share most of their fields
            seen.add(place)
            for wrong in WRONG:
                body = json.dumps(replaced(example, place, wrong))
                address = path.replace("{", "").replace("}", "")
                reply = door(dialect, address, verb.upper(), data=body, content_type="application/json")
                assert str(reply.status_code) in operation["responses"], (verb, path, place, wrong, reply.text)
                accepted += makes_batch and reply.status_code < 300
    with door.tools.database.read() as tx:
        assert tx.execute(select(func.count()).select_from(batches)).scalar() == accepted
    assert len(seen) > 5


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/credits/transactions", "/api/v1/analyses", "/api/v1/webhooks"])
def test_an_odd_limit_is_refused(door: Any, path: str) -> None:
    dialect = Dialect.SHELF if path.startswith("/api") else Dialect.PRINT
    for limit in ("²", LONG_NUMBER, "-1", "", "1e1", "0", " 1", "١"):
        assert door(dialect, path, "GET", query_string={"limit": limit}).status_code in (400, 422), limit


def test_an_odd_filter_of_the_shelf_is_no_fault_of_ours(door: Any) -> None:
    odd = ("from=0001-01-01T00:00:00%2B23:59", "to=9999-12-31T23:59:59-23:59", "cursor=x", "from=%ff", "status=")
    for query in odd:
        assert door(Dialect.SHELF, f"/api/v1/analyses?{query}", "GET").status_code == 422, query
    assert door(Dialect.SHELF, "/api/v1/analyses?metadata.=x", "GET").status_code == 200


def test_every_address_stands_every_method(door: Any) -> None:
    paths = list(document(door.client.application)["paths"])
    for path, method in itertools.product(paths, ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]):
        dialect = Dialect.STUDIO if "batch.php" in path else Dialect.SHELF if path.startswith("/api") else Dialect.PRINT
        reply = door(dialect, path.replace("{", "").replace("}", ""), method)
        if reply.status_code == 405:
            assert set(reply.headers["Allow"].split(", ")) & {"GET", "POST", "DELETE"}, (path, method)


def test_an_odd_session_is_401(client: FlaskClient) -> None:
    for claims in ({"sub": 5}, {"sub": "\ud800"}, {"sub": "a\0b"}, {"sub": ["x"]}, {"sub": "x", "nbf": 10**30}):
        token = jwt.api_jws.encode(json.dumps({"exp": 9_999_999_999, **claims}).encode(), "j" * 40, "HS256")
        reply = client.get("/v1/account", headers={"Authorization": f"Bearer {token}"})
        assert (reply.status_code, reply.json["error"]["code"]) == (401, "invalid_api_key"), claims


@pytest.mark.parametrize("path", ["/v1/account", "/api/v1/batch.php?job_id=x", "/api/v1/usage"])
def test_an_odd_credential_is_401(client: FlaskClient, path: str) -> None:
    for word in ("", "Bearer", "Basic eDp5", "Bearer \xff", "Bearer " + "x" * 100_000, "Bearer ..", "Bearer a.b.c"):
        reply = client.get(path, headers={"Authorization": word, "X-Merchant-Id": "\xff"})
        assert reply.status_code == 401 and reply.headers["WWW-Authenticate"] == "Bearer", word


@pytest.mark.parametrize("dialect", DOORS)
def test_a_length_that_is_none_is_refused(door: Any, dialect: Dialect) -> None:
    for length in ("-1", "abc", "1e3", "5, 5", "9" * 30):
        odd = {"CONTENT_LENGTH": length}
        reply = door(dialect, input_stream=io.BytesIO(b"{}"), content_type="application/json", environ_overrides=odd)
        assert reply.status_code in (400, 413, 422), length


class BrokenChunks(io.BytesIO):
    """A server's stream of a body whose second chunk is none; its error belongs to no family."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise RuntimeError("no chunk")
        return piece


@pytest.mark.parametrize("dialect", DOORS)
def test_a_broken_chunk_is_refused_and_leaves_nothing(door: Any, dialect: Dialect) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    for kind, start in ((CT, multipart(*GOOD)[:-9]), ("application/json", b"{"), (FORM, b"a=")):
        reply = door(dialect, input_stream=BrokenChunks(start), content_type=kind, environ_overrides=chunked)
        assert reply.status_code in (400, 413, 415, 422), (kind, reply.text)


@pytest.mark.parametrize("dialect", DOORS)
def test_an_odd_idempotency_key_is_refused(door: Any, dialect: Dialect) -> None:
    body: dict[str, Any] = {"action": "bg-remove"} if dialect is Dialect.STUDIO else {}
    body |= {"imageUrl": URL} if dialect is Dialect.SHELF else {"image_urls": [URL]}
    for key in ("", '""', "x" * 256, "\xe9", "a\tb", " ", "\x7f"):
        assert door(dialect, json=body, headers={"Idempotency-Key": key}).status_code in (400, 422), key
