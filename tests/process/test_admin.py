"""scripts/admin as an operator calls it, on a running installation: cancel and requeue, keys that open the door at
once, exit codes, and no secret on the screen."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import redis
import requests
from customer import print_done, submit_print, usage
from installation import ROOT, Installation, installation, neighbour
from pictures import picture

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ART = picture(3600, 5400)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    quick = {"RATE_LIMITS": "false", "SWEEP_SECONDS": "600"}  # so that no sweep does what the operator is to do
    with neighbour() as near, installation(tmp_path_factory.mktemp("admin"), near, **quick) as running:
        yield running


def admin(service: Installation, *words: str, code: int = 0) -> str:
    """What `scripts/admin` prints; the exit code must be `code`."""
    head = [str(ROOT / "scripts" / "admin"), "--data-dir", str(service.data_dir)]
    environ = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run([*head, *words], env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def asked(service: Installation, *words: str) -> Any:
    return json.loads(admin(service, "--json", *words))


def account_id(service: Installation) -> str:
    (demo,) = [each for each in asked(service, "accounts", "list") if each["name"] == "Demo"]
    return str(demo["id"])


def test_a_new_account_works_at_once_and_not_after_its_key_is_revoked(service: Installation) -> None:
    made = asked(service, "accounts", "create", "Corner shop", "--plan", "starter")
    key = asked(service, "keys", "create", made["id"], "print", "--role", "write")
    headers = {"Authorization": f"Bearer {key['key']}"}
    shown = requests.get(service.base + "/v1/account", headers=headers, timeout=30).json()
    assert (shown["name"], shown["plan"], shown["available"]) == ("Corner shop", "starter", 75)
    admin(service, "grant", made["id"], "25", "--reason", "welcome")
    assert requests.get(service.base + "/v1/credits", headers=headers, timeout=30).json()["available"] == 100
    admin(service, "accounts", "suspend", made["id"])
    assert requests.get(service.base + "/v1/account", headers=headers, timeout=30).status_code == 403
    admin(service, "accounts", "resume", made["id"])
    admin(service, "keys", "revoke", made["id"], key["id"])
    assert requests.get(service.base + "/v1/account", headers=headers, timeout=30).status_code == 401


def test_a_batch_is_cancelled_and_the_credits_return(service: Installation) -> None:
    before = usage(service)
    made = submit_print(service, "poster", [(f"{n}.png", ART) for n in range(6)], size="24x36")
    told = asked(service, "batches", "cancel", made["batch_id"])
    assert told["cancelled"] + told["pending"] + told["succeeded"] == 6
    done = print_done(service, made["batch_id"])
    assert done["counts"]["canceled"] >= 3, done["counts"]
    after = usage(service)
    assert after["held"] == 0 and before["available"] - after["available"] == 55 * done["counts"]["completed"]
    assert asked(service, "ledger", "verify")["clean"]


def test_what_a_wiped_queue_forgot_is_queued_again(service: Installation) -> None:
    made = submit_print(service, "poster", [(f"{n}.png", ART) for n in range(3)], size="12x18")
    with redis.Redis.from_url((service.data_dir / "redis_url").read_text()) as client:
        client.flushall()
    told = asked(service, "batches", "requeue", made["batch_id"])
    assert told["requeued"] == made["batch_id"]
    assert print_done(service, made["batch_id"])["counts"]["completed"] == 3
    shown = asked(service, "batches", "show", made["batch_id"])
    assert [each["image"]["state"] for each in shown["images"]] == ["succeeded"] * 3
    assert any(each["role"] == "archive" for each in shown["artifacts"])
    listed = admin(service, "batches", "list", account_id(service), "print")
    assert made["batch_id"] in listed and "completed" in listed


def test_exit_codes_and_settings(service: Installation) -> None:
    assert "There is no such" in admin(service, "batches", "show", "bat_none", code=1)
    admin(service, "batches", "juggle", code=2)
    shown = admin(service, "config", "show")
    password = (service.data_dir / "redis_url").read_text().split(":")[2].split("@")[0]
    secret = (service.data_dir / "secret_key").read_text().strip()
    assert "SECRET_KEY: set" in shown and secret not in shown and password not in shown


def test_a_ledger_that_somebody_changed_by_hand_is_named_with_1(service: Installation) -> None:
    account = account_id(service)

    def by_hand(change: int) -> None:
        with closing(sqlite3.connect(service.data_dir / "darkroom.sqlite3", timeout=10)) as database:
            moved = f"available = available + {change}, granted = granted + {change}"
            database.execute(f"UPDATE accounts SET {moved} WHERE id = ?", (account,))
            database.commit()

    by_hand(7)
    words = [str(ROOT / "scripts" / "admin"), "--data-dir", str(service.data_dir), "--json", "ledger", "verify"]
    done = subprocess.run(words, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=120)
    by_hand(-7)
    assert done.returncode == 1, (done.stdout, done.stderr)
    told = json.loads(done.stdout)
    assert told["clean"] is False and len(told["violations"]) == 1 and account in told["violations"][0]
    assert asked(service, "ledger", "verify")["clean"]
