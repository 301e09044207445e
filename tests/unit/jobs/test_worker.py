"""A worker process listens on exactly one queue, keeps its lease, and leaves as it was asked to."""

import logging
import sys
import threading
import time

import fakeredis
import pytest
from engine_rig import NoEngines

from jobs import process, worker
from jobs.failpoints import Tripped, reach, read_rules
from jobs.heartbeat import Heartbeat
from jobs.job_log import JobLines, redact
from jobs.process import Equipment, equip, equipment
from jobs.rehearsal import rehearse
from jobs.worker import ForkingWorker, KeepingWorker, main
from storage.model import Pool
from storage.records import accounts


@pytest.mark.parametrize("words", [[], ["pixels", "models"], ["pixels,models"], ["default"]])
def test_a_list_of_queues_is_refused(words, capsys):
    assert main(words) == 2
    assert "exactly one" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [ForkingWorker, KeepingWorker])
def test_intervals_are_ours(kind):
    made = kind(["pixels"], connection=fakeredis.FakeRedis(server=fakeredis.FakeServer()), prepare_for_work=False)
    assert (made.maintenance_interval, made.job_monitoring_interval, made.worker_ttl) == (30, 5, 60)
    assert len(made.queues) == 1


def test_nothing_works_in_a_process_that_was_not_equipped(monkeypatch):
    monkeypatch.setattr(process, "_held", {})
    with pytest.raises(RuntimeError, match="equipped"):
        equipment()


def test_a_fork_forgets_the_connections_it_inherited(rig, monkeypatch):
    monkeypatch.setattr(process, "_held", {})
    equip(Equipment(rig.tools, NoEngines(), rig.doorbell, forks=True))
    forgotten = []
    monkeypatch.setattr(rig.tools.database, "forget", lambda: forgotten.append(1))
    equipment()
    process._held["pid"] = -1
    equipment()
    equipment()
    assert forgotten == [1]


def test_a_rehearsal_leaves_nothing_behind(rig):
    with rig.tools.database.read() as tx:
        before = accounts.list_accounts(tx)
    rehearse(rig.tools, Pool.PIXELS)
    with rig.tools.database.read() as tx:
        assert accounts.list_accounts(tx) == before


def test_a_lease_is_renewed_while_work_goes_on():
    renewed = threading.Event()

    def renew() -> bool:
        renewed.set()
        return True

    with Heartbeat(renew, every_s=0.01, life_s=5, clock=time.monotonic) as beat:
        assert renewed.wait(5) and not beat.lost


def test_a_refused_renewal_is_a_lost_lease():
    with Heartbeat(lambda: False, every_s=0.01, life_s=5, clock=time.monotonic) as beat:
        for _ in range(500):
            if beat.lost:
                break
            time.sleep(0.01)
        assert beat.lost


def test_a_lease_is_lost_when_the_database_stays_away_for_its_life():
    now = [0.0]

    def away() -> bool:
        raise OSError("no database")

    with Heartbeat(away, every_s=0.01, life_s=60, clock=lambda: now[0]) as beat:
        assert not beat.lost
        now[0] = 61
        assert beat.lost


def test_grace_over_means_cut(monkeypatch):
    monkeypatch.setattr(worker, "GRACE_S", 0.01)
    cut, leaving = threading.Event(), worker.Leaving()
    leaving.ask(cut.set)
    assert leaving.asked and cut.wait(5) and leaving.cut


def test_a_failpoint_acts_only_where_it_is_named():
    assert read_rules("a.b=kill@0.5, c=raise") == {"a.b": ("kill", 0.5), "c": ("raise", 1.0)}
    reach("", "c")
    reach("c=raise", "other")
    with pytest.raises(Tripped):
        reach("c=raise", "c")
    with pytest.raises(ValueError, match="action"):
        read_rules("c=explode")


def test_the_log_is_one_json_object_without_secrets():
    import json

    said = ("key pk_abc123 at %s", ("https://a/b?sig=1",), None)
    record = logging.LogRecord("darkroom.x", logging.INFO, __file__, 1, *said)
    record.event, record.batch_id = "batch.x", "bat_1"
    line = json.loads(JobLines().format(record))
    assert (line["level"], line["event"], line["batch_id"]) == ("info", "batch.x", "bat_1")
    assert "pk_abc123" not in line["message"] and "sig=1" not in line["message"] and line["ts"].endswith("Z")
    assert redact("Bearer abc") == "Bearer [hidden]"


def test_the_web_process_reaches_submit_without_imaging():
    import subprocess

    heavy = ("cv2", "PIL", "onnxruntime", "numpy")
    code = f"import sys, jobs.submit, jobs.cancel; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
