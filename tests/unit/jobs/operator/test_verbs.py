"""Every verb of scripts/admin through its main(): what it shows, its exit code, its audit row, and that no secret of an
account, key or endpoint is shown where it was not just made."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from deeds import Run, deeds
from engine_rig import SilentDoorbell

from jobs.operator import batches as batch_verbs
from jobs.operator.__main__ import main
from jobs.queue import DoorbellSilent
from jobs.tools import Tools
from storage.model import Batch
from storage.records import accounts, batches, ledger


def test_an_account_is_made_shown_and_listed(admin: Run, tools: Tools) -> None:
    code, made = admin("accounts", "create", "Søren's shop", "--plan", "pro", "--credits", "40")
    assert code == 0 and made["webhook_signing_secret"].startswith("whsec_")
    code, shown = admin("accounts", "show", made["id"])
    assert (code, shown["account"]["plan"], shown["balance"]["available"]) == (0, "pro", 40)
    code, listed = admin("accounts", "list")
    assert [(each["name"], each["merchant_id"]) for each in listed] == [("Søren's shop", made["merchant_id"])]
    assert made["webhook_signing_secret"] not in json.dumps([shown, listed]), "shown once only"
    assert ("account.create", made["id"], {"plan": "pro", "credits": 40}) in deeds(tools)


def test_a_new_account_gets_75_credits_unless_told(admin: Run) -> None:
    _, made = admin("accounts", "create", "Plain")
    assert admin("accounts", "show", made["id"])[1]["balance"]["available"] == 75


def test_plan_suspension_and_return(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    account = tenant.account.id
    assert admin("accounts", "plan", account, "starter")[1]["account"]["plan"] == "starter"
    assert admin("accounts", "suspend", account)[1]["account"]["suspended_at"] is not None
    assert admin("accounts", "resume", account)[1]["account"]["suspended_at"] is None
    assert [verb for verb, subject, _ in deeds(tools) if subject == account] == [
        "accounts plan", "accounts suspend", "accounts resume"]  # fmt: skip


def test_keys_are_made_listed_and_revoked(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    account = tenant.account.id
    _, made = admin("keys", "create", account, "shelf", "--role", "read", "--name", "robot", "--test")
    assert made["key"].startswith("sf_test_") and "once" in made["note"]
    _, listed = admin("keys", "list", account)
    (found,) = [each for each in listed if each["id"] == made["id"]]
    assert (found["dialect"], found["role"], found["name"], found["revoked_at"]) == ("shelf", "read", "robot", None)
    assert made["key"] not in json.dumps(listed)
    assert admin("keys", "revoke", account, made["id"]) == (0, {"revoked": made["id"]})
    _, listed = admin("keys", "list", account)
    assert [each["id"] for each in listed if each["revoked_at"]] == [made["id"]]
    verbs = [(verb, subject) for verb, subject, _ in deeds(tools)]
    assert verbs == [("key.create", made["id"]), ("key.revoke", made["id"])]
    assert made["key"] not in json.dumps(deeds(tools))


def test_a_clean_ledger_and_one_that_is_not(admin: Run, monkeypatch: pytest.MonkeyPatch, batch: Batch) -> None:
    assert admin("ledger", "verify") == (0, {"clean": True, "violations": []})
    monkeypatch.setattr(ledger, "verify", lambda tx: ["balance of acct_1 is 3, its entries say 4"])
    code, told = admin("ledger", "verify")
    assert (code, told["clean"]) == (1, False) and told["violations"]


def test_batches_are_listed_and_shown(admin: Run, tools: Tools, tenant: factories.Tenant, batch: Batch) -> None:
    _, listed = admin("batches", "list", tenant.account.id, "print")
    assert [(each["id"], each["total"]) for each in listed] == [(batch.id, 2)]
    assert admin("batches", "list", tenant.account.id, "print", "--state", "completed")[1] == []
    assert admin("batches", "list", tenant.account.id, "studio") == (0, [])
    _, shown = admin("batches", "show", batch.id)
    assert [each["image"]["state"] for each in shown["images"]] == ["queued", "queued"]
    assert shown["artifacts"] == [] and shown["images"][0]["attempts"] == []
    factories.finish_all(tools, batch.id, failing=[1])
    _, shown = admin("batches", "show", batch.id)
    assert [each["image"]["state"] for each in shown["images"]] == ["succeeded", "failed"]
    assert {each["role"] for each in shown["artifacts"]} == {"print", "archive"}
    assert shown["images"][1]["attempts"][0]["code"] == "corrupt_image"


def test_a_batch_is_cancelled_and_its_credits_return(
    admin: Run, tools: Tools, tenant: factories.Tenant, batch: Batch, doorbell: SilentDoorbell
) -> None:
    held = factories.available(tools, tenant)
    code, shown = admin("batches", "cancel", batch.id)
    assert (code, shown["pending"], shown["cancelled"]) == (0, 0, 2) and doorbell.packaging == [batch.id]
    assert factories.available(tools, tenant) >= held + 4
    assert deeds(tools) == [("batches cancel", batch.id, {})]
    assert admin("batches", "cancel", batch.id)[0] == 0, "again changes nothing"


def test_open_work_is_queued_again(admin: Run, tools: Tools, batch: Batch, doorbell: SilentDoorbell) -> None:
    doorbell.rung.clear()
    code, told = admin("batches", "requeue", batch.id)
    assert (code, told["open_images"], doorbell.rung) == (0, 2, [batch.id])
    with tools.database.read() as tx:
        pictures = [each.id for each in batch_verbs.images.list_images(tx, batch.id)]
    for image_id in pictures:
        factories.finish_image(tools, image_id)
    assert admin("batches", "requeue", batch.id)[0] == 0 and doorbell.packaging == [batch.id]
    factories.finish_batch(tools, batch.id)
    assert admin("batches", "requeue", batch.id)[1]["state"] == "completed"
    assert (doorbell.rung, doorbell.packaging) == ([batch.id], [batch.id]), "a finished batch is not rung for"
    assert [verb for verb, _, _ in deeds(tools)] == ["batches requeue"] * 3
    with tools.database.read() as tx:
        assert batches.get_batch(tx, batch.id).state == "completed"


def test_a_silent_queue_server_is_told(
    admin: Run, batch: Batch, doorbell: SilentDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any) -> None:
        raise DoorbellSilent("away")

    monkeypatch.setattr(doorbell, "ring", silent)
    code, said = admin("batches", "requeue", batch.id)
    assert code == 1 and "queue server does not answer" in said


@pytest.mark.parametrize(
    "words",
    [
        ("accounts", "show", "acct_none"),
        ("accounts", "plan", "acct_none", "pro"),
        ("accounts", "suspend", "acct_none"),
        ("keys", "create", "acct_none", "print"),
        ("keys", "revoke", "acct_none", "key_none"),
        ("grant", "acct_none", "5", "--reason", "x"),
        ("batches", "show", "bat_none"),
        ("batches", "cancel", "bat_none"),
        ("batches", "requeue", "bat_none"),
    ],
)
def test_what_does_not_exist_is_refused_and_noted_nowhere(admin: Run, tools: Tools, words: tuple[str, ...]) -> None:
    code, said = admin(*words)
    assert code == 1 and said.startswith("There is no ") and deeds(tools) == []


@pytest.mark.parametrize("words", [(), ("accounts",), ("accounts", "plan", "a", "gold"), ("keys", "create", "a", "x")])
def test_wrong_words_exit_with_2(admin: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        admin(*words)
    assert left.value.code == 2


def test_the_settings_are_shown_without_their_secrets(
    admin: Run, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("SECRET_KEY", "JWT_SECRET", "S3_SECRET_ACCESS_KEY", "S3_ACCESS_KEY_ID", "DASHBOARD_PASSWORD")
    secrets = {name: f"canary-{name.lower()}" + "x" * 32 for name in names}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    (tools.settings.data_dir / "redis_url").write_text("redis://:canary@127.0.0.1:6379/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:canary@db/shop")
    code, shown = admin("config", "show")
    assert code == 0 and "canary" not in json.dumps(shown)
    assert {shown[name] for name in secrets} == {"set"} and shown["JWT_SECRET"] == "set"
    assert shown["REDIS_URL"] == "redis://:[hidden]@127.0.0.1:6379/0"
    code, text = admin("config", "show", as_json=False)
    assert code == 0 and "canary" not in text and "PORT: 8000" in text


def test_a_folder_without_an_installation_stays_empty(
    admin: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    (tmp_path / "typo").mkdir()
    assert main(["--data-dir", str(tmp_path / "typo"), "accounts", "list"]) == 2
    assert "There is no installation in" in capsys.readouterr().err and list((tmp_path / "typo").iterdir()) == []


def test_tables_line_up(admin: Run, tenant: factories.Tenant) -> None:
    code, text = admin("accounts", "list", as_json=False)
    head, row = text.splitlines()
    assert code == 0 and head.split()[:4] == ["id", "name", "merchant_id", "plan"]
    assert row.index(tenant.account.merchant_id) == head.index("merchant_id")
    assert admin("batches", "list", tenant.account.id, "print", as_json=False) == (0, "(nothing)\n")


def test_the_doorbell_needs_a_queue_server(tools: Tools) -> None:
    with pytest.raises(DoorbellSilent):
        batch_verbs.doorbell(replace(tools, settings=replace(tools.settings, redis_url="")))


def test_a_new_webhook_secret_is_shown_once(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    account = tenant.account.id
    code, told = admin("accounts", "rotate-secret", account)
    assert code == 0 and told["webhook_signing_secret"].startswith("whsec_")
    assert told["webhook_signing_secret"] != tenant.account.webhook_secret
    with tools.database.read() as tx:
        assert accounts.get_account(tx, account).webhook_secret == told["webhook_signing_secret"]
    assert told["webhook_signing_secret"] not in json.dumps([admin("accounts", "show", account), deeds(tools)])
    assert deeds(tools) == [("accounts rotate-secret", account, {})]


def test_partner_keys_are_of_print_alone(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    code, made = admin("keys", "create", tenant.account.id, "print", "--partner")
    assert code == 0 and made["key"].startswith("ptr_")
    assert [(verb, subject) for verb, subject, _ in deeds(tools)] == [("key.create", made["id"])]
    code, said = admin("keys", "create", tenant.account.id, "studio", "--partner")
    assert (code, said) == (1, "Only print has partner keys.\n") and len(deeds(tools)) == 1
