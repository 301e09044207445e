"""The drill: a back-up is taken while batches run, everything is killed and put away, and another folder goes on."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from customer import archive, print_done, submit_print
from installation import ROOT, Installation, installation, neighbour
from left_behind import lock_is_free, processes
from pictures import picture
from servers import wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "4", "RATE_LIMITS": "false"}
ART = picture(3600, 5400)


def admin(*words: str) -> Any:
    """What scripts/admin answers; it must succeed."""
    command = [sys.executable, "-m", "jobs.operator", "--json", *words]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def kill_everything(service: Installation) -> None:
    """No goodbye for anybody: the machine is gone."""
    service.process.kill()
    service.process.wait()
    for pid in processes(service.data_dir):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: lock_is_free(service.data_dir), 20, "the end of every process")


def open_images(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as found:
        (count,) = found.execute("SELECT coalesce(sum(pending), 0) FROM batches").fetchone()
    return int(count)


def test_another_folder_goes_on_where_the_backup_was_taken(tmp_path: Path) -> None:
    backups, old, new = tmp_path / "backups", tmp_path / "old", tmp_path / "new"
    with neighbour() as near:
        hook = {"size": "12x18", "webhook_url": near.url + "/hook"}
        with installation(old, near, **QUICK) as service:
            done = submit_print(service, "poster", [("a.png", ART)], size="12x18")
            print_done(service, done["batch_id"])
            before = admin("--data-dir", str(old), "backup", "create", str(backups))
            running = [submit_print(service, "poster", [(f"{n}.png", ART) for n in range(3)], **hook) for _ in range(2)]
            taken = admin("--data-dir", str(old), "backup", "create", str(backups))
            later = submit_print(service, "poster", [("late.png", ART)], size="12x18")
            kill_everything(service)
        assert taken["missing"] == [] and taken["linked"] == before["copied"] > 0, "the second copies what is new"
        shutil.rmtree(old)
        newest = sorted(backups.iterdir())[-1]
        assert open_images(newest / "database.sqlite3") > 0, "the back-up was not taken while work went on"
        assert admin("backup", "verify", str(backups))["clean"]
        told = admin("backup", "restore", str(backups), "--into", str(new))
        assert told["clean"] and told["secret_key"] == "restored"
        with installation(new, near, **QUICK) as service:
            for each in [done, *running]:
                batch = print_done(service, each["batch_id"])
                assert batch["status"] == "completed" and batch["counts"]["completed"] == len(batch["jobs"])
                archive(service, batch)
            late = requests.get(f"{service.base}/v1/batch/{later['batch_id']}", headers=service.print, timeout=30)
            assert late.status_code == 404, "what came after the back-up is not in it"
            assert admin("--data-dir", str(new), "ledger", "verify")["clean"]
            wait_for(lambda: ends(near) >= {each["batch_id"] for each in running}, 60, "every end told")


def ends(near: Any) -> set[str]:
    hooks = [hook.json for hook in near.hooks if hook.path == "/hook"]
    return {hook["batch_id"] for hook in hooks if hook["event"] == "batch.completed"}
