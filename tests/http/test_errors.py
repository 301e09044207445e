"""Every way a request can fail, on every dialect's paths and outside of them, is JSON in the right words."""

import logging
from typing import Any

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient

from batch_api import errors
from storage.errors import Unavailable
from storage.objects import ObjectStoreDown

PLACES = {"print": "/v1/batch", "studio": "/api/v1/batch.php", "shelf": "/api/v1/analyses", "none": "/nowhere"}


def words(reply: Any, place: str) -> tuple[str, str]:
    """(code, request id) as this dialect spells them."""
    body = reply.json
    if place == "print":
        return body["error"]["code"], body["request_id"]
    if place == "shelf":
        return body["error"]["code"], reply.headers["X-Request-Id"]
    if place == "studio":
        assert body["success"] is False and isinstance(body["error"], str)
    return body["code"], body["request_id"]


@pytest.mark.parametrize(
    ("path", "place"),
    [("/v1/nothing", "print"), ("/api/v1/batch.phpx", "shelf"), ("/nothing", "none"), ("/files", "none")],
)
def test_unknown_paths_are_404_in_their_dialects_words(client: FlaskClient, path: str, place: str) -> None:
    reply = client.get(path, headers={"X-Request-Id": "my-id.7"})
    assert reply.status_code == 404
    code, known = words(reply, place)
    assert code.lower() == "not_found" and known == "my-id.7" == reply.headers["X-Request-Id"]
    assert reply.mimetype == ("application/problem+json" if place == "none" else "application/json")


@pytest.mark.parametrize("place", ["print", "studio"])
def test_a_wrong_method_is_405_with_allow(client: FlaskClient, place: str) -> None:
    reply = client.put(PLACES[place])
    assert reply.status_code == 405 and words(reply, place)[0] == "method_not_allowed"
    assert "POST" in reply.headers["Allow"]


@pytest.mark.parametrize("place", ["print", "studio", "shelf"])
def test_without_a_key_it_is_401_with_a_challenge(client: FlaskClient, place: str) -> None:
    reply = client.post(PLACES[place], data={})
    assert reply.status_code == 401 and reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("body", [b"{", b"[1,2]", b'{"a":NaN}', b"\xff\xfe", b'{"a":"\\u0000"}', b"[" * 100_000])
def test_broken_json_is_400(client: FlaskClient, tenant: factories.Tenant, body: bytes) -> None:
    reply = client.post("/v1/batch", data=body, content_type="application/json", headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["code"] == "invalid_request"


def test_another_media_type_is_415(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/v1/batch", data=b"<x/>", content_type="text/xml", headers=tenant.headers())
    assert reply.status_code == 415 and reply.json["error"]["code"] == "unsupported_media_type"


def test_a_bug_is_500_without_insides(
    client: FlaskClient, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr("batch_api.print_shop.account.ledger.balance", explode)
    with caplog.at_level(logging.ERROR):
        reply = client.get("/v1/credits", headers=tenant.headers())
    assert reply.status_code == 500 and reply.json["error"]["code"] == "internal_error"
    assert "recipe" not in reply.text and "recipe" in caplog.text


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ObjectStoreDown("disk: no space"), "service_unavailable"),
        (Unavailable("busy", code="database_busy", retry_after=2), "service_unavailable"),
    ],
)
def test_an_absent_part_is_503_with_retry_after(
    client: FlaskClient, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr("batch_api.print_shop.account.ledger.balance", fail)
    reply = client.get("/v1/credits", headers=tenant.headers())
    assert reply.status_code == 503 and reply.json["error"]["code"] == code and int(reply.headers["Retry-After"]) > 0
    assert "disk" not in reply.text


@pytest.mark.parametrize("path", ["/healthz", "/v1/credits", "/nothing", "/docs", "/openapi.json", "/files/x"])
def test_every_reply_carries_the_safe_headers(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "Cache-Control" in reply.headers and "X-Request-Id" in reply.headers
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert "Strict-Transport-Security" not in reply.headers


def test_an_unsafe_request_id_is_replaced(client: FlaskClient) -> None:
    for given in ("x" * 65, "a b", "<script>", ""):
        assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"].startswith("req_")


@pytest.mark.parametrize(
    ("path", "told"),
    [("/v1/credits", True), ("/api/v1/batch.php?job_id=x", True), ("/api/v1/analyses", False), ("/nowhere", True)],
)
def test_a_callers_request_id_comes_back_in_header_and_problem(client: FlaskClient, path: str, told: bool) -> None:
    """The shelf's documented form of an error has no place for it beside the header."""
    reply = client.get(path, headers={"X-Request-Id": "shop-7:a.b_c"})
    assert reply.status_code >= 400 and reply.headers["X-Request-Id"] == "shop-7:a.b_c"
    assert (reply.get_json().get("request_id") == "shop-7:a.b_c") is told


def test_a_trace_is_passed_on_and_logged_and_ids_in_addresses_are_found(
    client: FlaskClient, tenant: factories.Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with caplog.at_level(logging.INFO, logger="darkroom.request"):
        reply = client.get("/v1/batch/bat_0m3x8qexample", headers=tenant.headers(traceparent=trace))
        odd = client.get("/v1/batch/<script>", headers=tenant.headers(traceparent="00-zz-1"))
    assert reply.headers["traceparent"] == trace and "traceparent" not in odd.headers
    first, second = (vars(record) for record in caplog.records if record.name == "darkroom.request")
    assert (first["trace_id"], first["batch_id"]) == ("0af7651916cd43dd8448eb211c80319c", "bat_0m3x8qexample")
    assert "trace_id" not in second and "batch_id" not in second and first["event"] == "request"


def test_origins_hosts_and_https(make_client: Any) -> None:
    client, _ = make_client(
        cors_origins=("https://app.example.com",),
        trusted_hosts=("api.example.com",),
        base_url="https://api.example.com",
    )
    good = client.get("/healthz", base_url="https://api.example.com", headers={"Origin": "https://app.example.com"})
    assert good.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Strict-Transport-Security" in good.headers
    other = client.get("/healthz", base_url="https://api.example.com", headers={"Origin": "https://evil.example.com"})
    assert "Access-Control-Allow-Origin" not in other.headers
    ask = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    early = client.options("/v1/batch", base_url="https://api.example.com", headers=ask)
    assert early.status_code == 204 and "POST" in early.headers["Access-Control-Allow-Methods"]
    assert client.get("/healthz", base_url="https://elsewhere.example.com").status_code == 400


def test_forwarded_headers_are_believed_only_when_told(make_client: Any) -> None:
    client, tools = make_client()
    forged = {"X-API-Key": "pk_guess", "X-Forwarded-For": "203.0.113.9"}
    for number in range(20):
        client.get("/v1/credits", headers={**forged, "X-Forwarded-For": f"203.0.113.{number}"})
    assert client.get("/v1/credits", headers=forged).status_code == 429
    proxied, tools = make_client(trusted_hops=1, data_dir=tools.settings.data_dir / "second")
    for number in range(20):
        proxied.get("/v1/credits", headers={**forged, "X-Forwarded-For": f"203.0.113.{number}"})
    assert proxied.get("/v1/credits", headers=forged).status_code == 401


def test_an_ipv6_network_is_one_address(make_client: Any) -> None:
    client, _ = make_client(trusted_hops=1)
    for number in range(20):
        client.get("/v1/credits", headers={"X-API-Key": "pk_guess", "X-Forwarded-For": f"2001:db8:1:2::{number:x}"})
    told = {
        address: client.get("/v1/credits", headers={"X-API-Key": "pk_guess", "X-Forwarded-For": address}).status_code
        for address in ("2001:db8:1:2:ffff::1", "2001:db8:1:3::1", "fe80::1%eth0", "203.0.113.1", "nonsense")
    }
    assert told == {"2001:db8:1:2:ffff::1": 429} | dict.fromkeys(list(told)[1:], 401)


def test_the_log_line_of_a_request_names_it_and_hides_its_secrets(
    client: FlaskClient, tenant: factories.Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="darkroom.request"):
        client.get("/v1/credits?token=hush", headers=tenant.headers(**{"X-Request-Id": "find-me"}))
    line = next(record for record in caplog.records if record.name == "darkroom.request")
    assert (line.method, line.route, line.status) == ("GET", "/v1/credits", 200)
    assert line.account_id == tenant.account.id and line.duration_ms >= 0
    assert "hush" not in str(vars(line)) and tenant.headers()["Authorization"][7:] not in str(vars(line))


def test_flat_messages_names_nested_fields() -> None:
    nested = {"a": {"b": ["bad"]}, "_schema": ["odd"], "c": ["worse", "worst"]}
    assert errors.flat_messages(nested) == [("a.b", "bad"), ("body", "odd"), ("c", "worse"), ("c", "worst")]


def test_no_route_is_forgotten_by_every_door(app: Flask) -> None:
    served = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert any(name.startswith("print.") for name in served) and "health.Alive" in served
