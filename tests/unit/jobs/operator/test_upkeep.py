"""The verbs for an installation's life: drained and open again, swept at once, checked, its failed work tried again."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from deeds import Run, deeds
from engine_rig import Clock, SilentDoorbell

from jobs.operator import batches as batch_verbs
from jobs.operator import installation
from jobs.operator.__main__ import main
from jobs.queue_policy import QueuePolicy
from jobs.sweep_lock import sole_sweeper
from jobs.tools import Tools, open_tools
from storage.model import Batch
from storage.objects import ObjectStoreDown
from storage.records import audit, batches, images


def test_a_drain_is_thrown_shown_and_lifted(admin: Run, tools: Tools, batch: Batch) -> None:
    assert admin("drain", "show")[1] == {"drained": False, "since": None, "reason": None, "open_images": 2}
    code, shown = admin("drain", "on", "--reason", "new disk")
    assert (code, shown["drained"], shown["reason"], shown["open_images"]) == (0, True, "new disk", 2)
    assert admin("drain", "on", "--reason", "again")[1]["reason"] == "new disk", "the first reason stays"
    factories.finish_all(tools, batch.id)
    assert admin("drain", "show")[1]["open_images"] == 0
    assert admin("drain", "off")[1]["drained"] is False and admin("drain", "off")[0] == 0
    assert deeds(tools) == [("drain on", "intake", {"reason": "new disk"}), ("drain off", "intake", {})]


def test_a_sweep_at_once_queues_and_tidies(
    admin: Run, tools: Tools, batch: Batch, doorbell: SilentDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: tools)
    assert admin("sweep", "once") == (0, {"swept": True})
    with tools.database.read() as tx:
        assert doorbell.pushed == [image.id for image in images.list_images(tx, batch.id)], "missed twice is lost"
    with sole_sweeper(tools):
        code, said = admin("sweep", "once")
    assert (code, said) == (1, "Another sweep is at work at this moment; try again.\n")
    assert [verb for verb, *_ in deeds(tools)] == ["sweep once"]


def test_failed_images_are_tried_again_as_a_batch_of_their_own(
    admin: Run,
    tools: Tools,
    tenant: factories.Tenant,
    batch: Batch,
    doorbell: SilentDoorbell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: tools)
    assert admin("batches", "retry", batch.id) == (1, "The batch is not finished yet.\n")
    factories.finish_all(tools, batch.id, failing=[1])
    before = factories.available(tools, tenant)
    code, told = admin("batches", "retry", batch.id)
    assert (code, told["retry_of"], told["images"], told["credits_held"]) == (0, batch.id, 1, 3)
    assert factories.available(tools, tenant) == before - 3 and doorbell.rung[-1] == told["batch"]
    with tools.database.read() as tx:
        old, new = images.list_images(tx, batch.id)[1], images.list_images(tx, told["batch"])[0]
        assert new.sources == old.sources and batches.get_batch(tx, told["batch"]).labels["retry_of"] == batch.id
    factories.finish_all(tools, told["batch"])
    assert admin("batches", "retry", told["batch"]) == (1, "None of its images failed.\n")
    assert admin("batches", "purge", batch.id)[1]["purged_at"] is not None
    assert admin("batches", "retry", batch.id)[1].startswith("Its pictures were deleted")
    assert admin("ledger", "verify")[1]["clean"]


def test_a_batch_is_purged_before_its_time(admin: Run, tools: Tools, batch: Batch) -> None:
    assert admin("batches", "purge", batch.id) == (1, "The batch is not finished; cancel it first.\n")
    factories.finish_all(tools, batch.id)
    assert [*tools.objects.list("")] != []
    code, shown = admin("batches", "purge", batch.id)
    assert (code, shown["state"]) == (0, "completed") and [*tools.objects.list("")] == []


def test_a_time_without_a_zone_is_wrong_words(admin: Run) -> None:
    for text in ("yesterday", "2026-11-22T00:00:00"):
        with pytest.raises(SystemExit) as left:
            admin("deliveries", "replay", "acct_1", "wh_1", "--since", text)
        assert left.value.code == 2


def test_the_audit_log_is_listed_newest_first_and_cannot_be_changed(
    admin: Run, tools: Tools, tenant: factories.Tenant
) -> None:
    admin("accounts", "plan", tenant.account.id, "pro")
    admin("adjust", tenant.account.id, "5", "--reason", "x")
    _, listed = admin("audit", "list", "--limit", "2")
    assert [each["verb"] for each in listed] == ["adjust", "accounts plan"]
    path = tools.settings.data_dir / "darkroom.sqlite3"
    with sqlite3.connect(path) as raw:
        for statement in ("DELETE FROM audit_entries", "UPDATE audit_entries SET actor = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(statement)
    with tools.database.read() as tx:
        assert len(audit.entries(tx, 2)) == 2


def verdicts(answer: Any) -> dict[str, str]:
    return {each["name"]: each["state"] for each in answer["checks"]}


def test_a_sound_installation_passes_the_check_and_no_value_is_shown(
    admin: Run, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:canary@127.0.0.1:1/0")
    monkeypatch.setenv("SECRET_KEY", secret := "canary-0123456789-abcdefghijklmnopq")
    monkeypatch.setattr(installation, "read_policy", lambda client: QueuePolicy("noeviction", True))
    code, told = admin("config", "check")
    assert (code, told["ok"], set(verdicts(told).values())) == (0, True, {"ok"})
    assert {"DATA_DIR", "REDIS_URL", "SECRET_KEY"} <= set(told["set"]) and "PORT" not in told["set"]
    assert "canary" not in json.dumps(told) and secret not in admin("config", "check", as_json=False)[1]


def old_package(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    patch.setattr(installation, "below_floor", lambda: ["pillow 9.0 is older than 13.0.0."])


def no_temporary_folder(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    (data_dir / "file").touch()
    patch.setattr(installation.tempfile, "gettempdir", lambda: str(data_dir / "file" / "no"))


def simple_secret(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    patch.setenv("JWT_SECRET", "a" * 40)


def failpoints(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    patch.setenv("FAILPOINTS", "submit.after_commit=kill")


def old_schema(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "darkroom.sqlite3") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0003'")


def evicting(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    patch.setattr(installation, "read_policy", lambda client: QueuePolicy("allkeys-lru", True))


def no_store(patch: pytest.MonkeyPatch, data_dir: Path) -> None:
    def down(tools: Tools) -> None:
        raise ObjectStoreDown("disk")

    patch.setitem(installation.CHECKS, "objects", down)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (old_package, "packages"),
        (no_temporary_folder, "folders"),
        (simple_secret, "secrets"),
        (failpoints, "secrets"),
        (old_schema, "schema"),
        (evicting, "queue"),
        (no_store, "objects"),
    ],
)
def test_the_check_names_what_must_not_be(
    admin: Run, tools: Tools, monkeypatch: pytest.MonkeyPatch, spoil: Any, name: str
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SECRET_KEY", "0123456789-abcdefghijklmnopqrstuvwxyz")
    monkeypatch.setattr(installation, "read_policy", lambda client: QueuePolicy("noeviction", True))
    spoil(monkeypatch, tools.settings.data_dir)
    code, told = admin("config", "check")
    assert (code, [each for each, state in verdicts(told).items() if state != "ok"]) == (1, [name])


def test_an_empty_folder_gets_a_schema_and_no_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Any:
        assert main(["--json", "--data-dir", str(tmp_path / "fresh"), *words]) == 0
        return json.loads(capsys.readouterr().out)

    assert run("schema", "show")["state"] == "missing"
    made = run("schema", "upgrade")
    assert made["before"] == "" and run("schema", "show")["state"] == "current"
    assert run("schema", "upgrade")["before"] == made["version"] and run("accounts", "list") == []
    assert [each["verb"] for each in run("audit", "list")] == ["schema upgrade"]
    with sqlite3.connect(tmp_path / "fresh" / "darkroom.sqlite3") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    assert main(["--data-dir", str(tmp_path / "fresh"), "schema", "upgrade"]) == 1
    assert "made by a newer program" in capsys.readouterr().err


def test_a_backup_is_made_checked_and_brought_back(
    admin: Run, tools: Tools, tmp_path: Path, batch: Batch, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: tools)
    place = tmp_path / "kept"
    code, first = admin("backup", "create", str(place))
    assert (code, first["copied"], first["missing"]) == (0, 2, [])
    clock.forward(1)
    code, second = admin("backup", "create", str(place), "--keep", "1")
    assert (code, second["linked"], second["removed"]) == (0, 2, [Path(first["folder"]).name])
    assert admin("backup", "verify", str(place))[1]["clean"]
    code, back = admin("backup", "restore", str(place), "--into", str(tmp_path / "new"))
    assert (code, back["clean"], back["secret_key"]) == (0, True, "restored")
    assert admin("backup", "restore", str(place), "--into", str(tmp_path / "new"))[0] == 1
    (Path(second["folder"]) / "database.sqlite3").write_bytes(b"")
    code, told = admin("backup", "verify", str(place))
    assert (code, told["clean"], told["faults"]) == (1, False, ["database.sqlite3 is damaged or missing."])
    assert admin("backup", "create", str(place), "--keep", "-1")[0] == 1
    assert admin("backup", "verify", str(tmp_path / "none")) == (1, f"{tmp_path / 'none'} holds no finished back-up.\n")


def test_an_erasure_needs_a_yes(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    code, said = admin("accounts", "delete", tenant.account.id)
    assert code == 1 and "--yes is needed" in said and deeds(tools) == []
    assert admin("accounts", "delete", "acct_none", "--yes")[0] == 1 and deeds(tools) == []


def test_the_doorbell_is_asked_for_before_anything_is_erased(
    admin: Run, tools: Tools, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.queue import DoorbellSilent

    def silent(tools: Tools) -> None:
        raise DoorbellSilent("away")

    monkeypatch.setattr(batch_verbs, "doorbell", silent)
    assert admin("accounts", "delete", tenant.account.id, "--yes")[0] == 1 and deeds(tools) == []
    assert replace(tenant.account) == admin_account(tools, tenant)


def admin_account(tools: Tools, tenant: factories.Tenant) -> Any:
    from storage.records import accounts

    with tools.database.read() as tx:
        return accounts.get_account(tx, tenant.account.id)


def test_after_a_rotation_every_secret_is_sealed_by_the_new_key_alone(
    admin: Run, tools: Tools, tenant: factories.Tenant, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.model import Dialect
    from storage.post import Message
    from storage.records import accounts, endpoints, outbox

    now, account, url = tools.clock(), tenant.account.id, "https://shop.example/hook"
    with tools.database.write() as tx:
        endpoint, first = endpoints.create_endpoint(tx, account, Dialect.PRINT, url, ["*"], "", now)
        second = endpoints.rotate_secret(tx, account, endpoint.id, now)
        message = Message(Dialect.PRINT, "job.completed", url, b"{}", secrets=("whsec_canary",))
        (sent,) = outbox.add_messages(tx, account, [message], batch_id=batch.id, image_id=None, now=now)
    old, new = tools.settings.secret_key, "n" * 40
    both = replace(tools.settings, secret_key=new, secret_key_previous=old)
    monkeypatch.setattr("jobs.operator.upkeep.RESEALED_AT_ONCE", 2)
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: open_tools(both))
    code, told = admin("secrets", "reseal")
    assert (code, told["left"]) == (0, 0) and told["resealed"] >= 4
    assert admin("secrets", "reseal")[1] == {"resealed": 0, "left": 0}
    assert [(verb, detail) for verb, _, detail in deeds(tools)] == [("secrets reseal", {"secrets": told["resealed"]})]
    alone = open_tools(replace(tools.settings, secret_key=new))
    with alone.database.read() as tx:
        assert accounts.get_account(tx, account).webhook_secret == tenant.account.webhook_secret
        assert endpoints.get_endpoint(tx, account, endpoint.id).secrets == (second, first)
        assert outbox.get_delivery(tx, sent).secrets == ("whsec_canary",)
    alone.database.dispose()
    stray = replace(tools.settings, secret_key="x" * 40)
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: open_tools(stray))
    assert admin("secrets", "reseal")[0] == 1
