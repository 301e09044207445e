"""What is told of a batch that ended, by the clock, before it began."""

from dataclasses import replace
from datetime import timedelta

from engine_rig import Rig

from jobs.notify import studio
from jobs.submit import submit


def test_no_duration_is_negative(rig: Rig) -> None:
    batch = submit(rig.tools, rig.order(1), rig.doorbell).batch
    ended = replace(batch, completed_at=batch.created_at - timedelta(minutes=10))
    assert studio.metadata(ended, [])["processing_time_ms"] == 0
    later = replace(ended, completed_at=batch.created_at + timedelta(seconds=2))
    assert studio.metadata(later, [])["processing_time_ms"] == 2000
