"""Signed headers, verified by others: the standardwebhooks package, and the dialects' rules written out again here."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from jobs.signatures import HeaderNames, sign
from storage.model import Dialect

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode().rstrip("=")
ID = "evt_01HZX"
BODY = '{"event":"job.completed","büro":1}'.encode()
NAMES = HeaderNames()


def now() -> datetime:
    return datetime.now(UTC)


def signed(dialect: Dialect, secrets: tuple[str, ...] = (NEW,), body: bytes = BODY) -> dict[str, str]:
    return sign(dialect, "job.completed", ID, body, secrets, now(), NAMES)


def mac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("dialect", list(Dialect))
def test_an_independent_verifier_accepts_and_notices_every_change(dialect: Dialect) -> None:
    headers = signed(dialect)
    assert Webhook(NEW).verify(BODY, headers) == {"event": "job.completed", "büro": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY.replace(b"1", b"2"), headers)
    for name, other in (("webhook-id", "evt_other"), ("webhook-timestamp", str(int(now().timestamp()) - 1))):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, headers | {name: other})
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, headers)


@given(st.text(max_size=200), st.binary(min_size=24, max_size=64))
def test_any_body_and_secret(text: str, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode("utf-8", "replace")
    Webhook(secret).verify(body, signed(Dialect.SHELF, (secret,), body), json_parse=False)


def test_both_secrets_sign_during_a_rotation_the_new_one_first() -> None:
    headers = signed(Dialect.PRINT, (NEW, OLD))
    Webhook(NEW).verify(BODY, headers)
    Webhook(OLD).verify(BODY, headers)
    assert headers["webhook-signature"].split(" ")[0] == signed_alone(headers)
    assert headers["webhook-signature"].count("v1,") == 2


def signed_alone(headers: dict[str, str]) -> str:
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return sign(Dialect.PRINT, "e", ID, BODY, (NEW,), moment, NAMES)["webhook-signature"]


def test_the_print_dialects_headers() -> None:
    headers = signed(Dialect.PRINT, (NEW, OLD))
    moment = headers["webhook-timestamp"]
    assert headers["X-RatioReady-Signature"] == "sha256=" + mac(NEW, BODY)
    stamped = moment.encode() + b"." + BODY
    assert headers["X-Webhook-Signature"] == f"t={moment},v1={mac(NEW, stamped)},v1={mac(OLD, stamped)}"
    assert (headers["X-Webhook-Id"], headers["X-Webhook-Event"]) == (ID, "job.completed")
    assert headers["Content-Type"] == "application/json"
    named = sign(Dialect.PRINT, "e", ID, BODY, (NEW,), now(), HeaderNames(print_signature="X-Shop-Signature"))
    assert named["X-Shop-Signature"] == "sha256=" + mac(NEW, BODY)
    assert "X-RatioReady-Signature" not in named


def test_the_studio_dialects_headers() -> None:
    headers = signed(Dialect.STUDIO, (NEW, OLD))
    moment = headers["X-Webhook-Timestamp"]
    assert moment == headers["webhook-timestamp"]
    assert headers["X-Webhook-Signature"] == "sha256=" + mac(NEW, moment.encode() + b"." + BODY)
    assert (headers["X-Webhook-Id"], headers["X-Webhook-Event"]) == (ID, "job.completed")


def test_the_shelf_dialects_headers() -> None:
    headers = signed(Dialect.SHELF)
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Shelfforce-Signature"])
    assert found is not None
    assert found[2] == mac(NEW, found[1].encode() + b"." + BODY)
    assert headers["User-Agent"] == "Shelfforce-Webhooks/1.0"
    assert (headers["X-Shelfforce-Event"], headers["X-Shelfforce-Delivery"]) == ("job.completed", ID)
    renamed = sign(Dialect.SHELF, "e", ID, BODY, (NEW,), now(), HeaderNames(shelf_user_agent="Ours/2"))
    assert renamed["User-Agent"] == "Ours/2"


def test_the_time_is_the_attempts_and_the_id_is_not() -> None:
    first = sign(Dialect.SHELF, "e", ID, BODY, (NEW,), now(), NAMES)
    later = sign(Dialect.SHELF, "e", ID, BODY, (NEW,), now() + timedelta(seconds=90), NAMES)
    assert int(later["webhook-timestamp"]) - int(first["webhook-timestamp"]) in (90, 91)
    assert later["webhook-id"] == first["webhook-id"]
    assert later["X-Shelfforce-Signature"] != first["X-Shelfforce-Signature"]


@pytest.mark.parametrize("dialect", list(Dialect))
def test_without_a_secret_nothing_is_signed_and_no_secret_is_ever_a_header(dialect: Dialect) -> None:
    assert not [name for name in signed(dialect, ()) if "signature" in name.lower()]
    assert not [value for value in signed(dialect, (NEW, OLD)).values() if NEW in value or OLD in value]


@pytest.mark.parametrize("secret", ["", "plain", "whsec_", "whsec_!!", "whsec_a"])
def test_a_secret_of_another_form_is_an_error(secret: str) -> None:
    with pytest.raises(ValueError):
        signed(Dialect.PRINT, (secret,))
