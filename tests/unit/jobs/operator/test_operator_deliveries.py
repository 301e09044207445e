"""The verbs about webhook deliveries: every one of an account is listed, and any can be sent again."""

import json

import factories
import pytest
from deeds import Run, deeds

from jobs.tools import Tools
from storage.model import Dialect
from storage.post import Attempt, Message
from storage.records import outbox


@pytest.fixture
def sent(tools: Tools, tenant: factories.Tenant) -> list[str]:
    """Two callbacks without an endpoint: the first failed for good, the second waits."""
    url = "https://shop.example/hook"
    messages = [Message(Dialect.PRINT, "job.completed", url, b'{"body": 1}', secrets=("whsec_canary",))] * 2
    moment = tools.clock()
    with tools.database.write() as tx:
        ids = outbox.add_messages(tx, tenant.account.id, messages, batch_id="bat_1", image_id=None, now=moment)
        (claimed,) = outbox.claim_due(tx, moment, limit=1, lease_s=60, among=ids[:1])
        assert claimed.token is not None
        attempt = Attempt(claimed.id, 0, moment, 12, 500, "", "no")
        outbox.record_attempt(tx, attempt, claimed.token, delivered=False, next_at=None)
    return ids


def test_callbacks_without_an_endpoint_are_listed_with_their_last_attempt(
    admin: Run, tenant: factories.Tenant, stranger: factories.Tenant, sent: list[str]
) -> None:
    code, listed = admin("deliveries", "list", tenant.account.id)
    assert code == 0 and [each["id"] for each in listed] == sent[::-1]
    assert [(each["state"], each["last_status"], each["attempts"]) for each in listed] == [
        ("pending", None, 0), ("failed", 500, 1)]  # fmt: skip
    assert listed[0]["endpoint_id"] is None and "canary" not in json.dumps(listed) and "body" not in listed[0]
    assert [each["id"] for each in admin("deliveries", "list", tenant.account.id, "--state", "failed")[1]] == sent[:1]
    assert len(admin("deliveries", "list", tenant.account.id, "--limit", "1")[1]) == 1
    assert admin("deliveries", "list", stranger.account.id) == (0, [])
    code, text = admin("deliveries", "list", tenant.account.id, as_json=False)
    assert code == 0 and text.splitlines()[0].split()[:3] == ["id", "event", "state"] and sent[0] in text


def test_one_that_failed_for_good_is_due_again(admin: Run, tools: Tools, sent: list[str]) -> None:
    code, told = admin("deliveries", "resend", sent[0])
    assert (code, told["id"], told["state"], told["attempts"]) == (0, sent[0], "pending", 1)
    with tools.database.read() as tx:
        again = outbox.get_delivery(tx, sent[0])
        assert again.state == "pending" and again.body == b'{"body": 1}'
    assert deeds(tools) == [("deliveries resend", sent[0], {"account": again.account_id})]


@pytest.mark.parametrize("words", [("list", "acct_none"), ("resend", "evt_none")])
def test_what_is_unknown_is_refused(admin: Run, tools: Tools, words: tuple[str, ...]) -> None:
    code, said = admin("deliveries", *words)
    assert code == 1 and said.startswith("There is no such") and deeds(tools) == []


def test_an_unknown_state_is_wrong_words(admin: Run) -> None:
    with pytest.raises(SystemExit) as left:
        admin("deliveries", "list", "acct_1", "--state", "lost")
    assert left.value.code == 2
