"""Whole runs of the upload client against a stand-in service: what arrives, what is written, what the code says."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fake_service import FakeService, Trouble, result_of
from uploading_client import Client

ACTIONS = ("bg-remove", "upscale", "analysis")
STEPS = ("planned", "posting", "posted", "submitted", "fetching", "fetched", "saved", "saved:2", "closed", "torn",
         "torn:2", "torn:3", "torn:4", "planned:2", "submitted:2", "closed:2")  # fmt: skip
DEATHS = [("bg-remove", step) for step in STEPS]
DEATHS += [("upscale", step) for step in ("posting", "posted", "saved")]
DEATHS += [("analysis", step) for step in ("posting", "slot", "slot:2", "posted", "saved")]


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_folder_becomes_batches_and_results(client: Client, service: FakeService, action: str) -> None:
    paths = [client.picture(f"part{number % 2}/{number:02d}.png") for number in range(5)]
    ran = client.run("--batch-size", "2", action=action)
    assert ran.code == 0, ran.told
    assert sorted(service.uploaded()) == sorted(sha(path) for path in paths)
    assert [len(batch.sources) for batch in service.batches.values()] == [2, 2, 1]
    assert ran.summary["images"] == {
        "found": 5, "already_done": 0, "same_content": 0, "sent": 5, "done": 5, "failed": 0, "waiting": 0, "left_out": 0
    }  # fmt: skip
    results = client.results()
    assert {name.rpartition("/")[0] for name in results} == {
        str(path.relative_to(client.folder / "in").with_suffix("")) for path in paths
    }
    if action != "analysis":
        assert sorted(results.values()) == sorted(result_of(sha(path)) for path in paths)


@pytest.mark.parametrize(("action", "step"), DEATHS)
def test_death_at_any_step_loses_nothing_and_sends_nothing_twice(
    client: Client, service: FakeService, action: str, step: str
) -> None:
    paths = [client.picture(f"{number}.png") for number in range(3)]
    first = client.run("--batch-size", "2", "--failpoint", step, action=action)
    assert first.code is None, f"{step} was not reached: {first.told}"
    second = client.run("--batch-size", "2", action=action)
    assert second.code == 0, second.told
    assert sorted(service.uploaded()) == sorted(sha(path) for path in paths)
    assert len(client.results()) == 3 and not [name for name in client.results() if name.endswith(".part")]
    if action != "analysis":
        assert sorted(client.results().values()) == sorted(result_of(sha(path)) for path in paths)
    third = client.run("--batch-size", "2", action=action)
    assert (third.code, third.summary["images"]["already_done"], len(service.batches)) == (0, 3, 2)


def test_what_is_done_is_not_sent_again_whatever_it_is_called_now(client: Client, service: FakeService) -> None:
    first = client.picture("a.png", "same")
    assert client.run().code == 0
    first.rename(first.with_name("b.png"))
    client.picture("c.png", "same")
    ran = client.run()
    assert (ran.code, ran.summary["images"]["already_done"], len(service.batches)) == (0, 2, 1)


def test_other_options_are_another_order(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    assert client.run("--option", "platform=amazon", "--option", "resolution=2K").code == 0
    assert client.run("--option", "resolution=2K", "--option", "platform=amazon").code == 0
    assert len(service.batches) == 1
    texts = next(iter(service.batches.values())).texts
    assert ("options[platform]", "amazon") in texts and ("resolution", "2K") in texts
    assert client.run("--option", "resolution=4K").code == 0
    assert len(service.batches) == 2


def test_the_same_content_twice_is_sent_once(client: Client, service: FakeService) -> None:
    client.picture("a.png", "same")
    client.picture("b.png", "same")
    ran = client.run()
    assert (ran.code, ran.summary["images"]["same_content"], len(service.uploaded())) == (0, 1, 1)


@pytest.mark.parametrize("action", ["bg-remove", "upscale"])
def test_a_bad_picture_is_found_and_the_others_go_on(client: Client, service: FakeService, action: str) -> None:
    good = [client.picture(f"{number}.png") for number in range(6)]
    (client.folder / "in" / "broken.png").write_bytes(b"no picture")
    ran = client.run(action=action)
    assert ran.code == 1
    assert ran.summary["failures"] == [
        {"source": str(client.folder / "in/broken.png"), "error": "'broken.png' is not a picture."}
    ]
    assert sorted(service.uploaded()) == sorted(sha(path) for path in good)
    again = client.run(action=action)
    assert again.code == 1 and again.summary["images"]["already_done"] == 6
    assert len(service.uploaded()) == 6


def test_a_failed_picture_is_sent_again_only_when_asked(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    service.expired = True
    ran = client.run()
    assert ran.code == 1 and "deleted" in ran.summary["failures"][0]["error"]
    service.expired = False
    assert client.run().code == 1 and len(service.batches) == 1
    assert client.run("--retry-failed").code == 0
    assert len(service.batches) == 2  # under a key of its own, or the old reply would have come back


def test_a_wrong_option_is_told_and_blames_no_picture(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    client.picture("b.png")
    ran = client.run("--option", "size=wrong", action="poster")
    assert ran.code == 2 and "size: No such size." in ran.told
    assert client.run("--option", "size=A1", action="poster").code == 0


def test_too_few_credits_stop_the_sending_and_keep_the_plan(client: Client, service: FakeService) -> None:
    for number in range(4):
        client.picture(f"{number}.png")
    service.credits = 3
    ran = client.run("--batch-size", "2")
    assert ran.code == 3 and ran.summary["images"]["done"] == 2 and ran.summary["images"]["waiting"] == 2
    service.credits = 10
    assert client.run("--batch-size", "2").code == 0
    assert len(service.uploaded()) == len(set(service.uploaded())) == 4


def test_a_refused_key_says_so(client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    client.picture("a.png")
    key = client.folder / "key"
    key.write_text("sk_unknown\n")
    ran = client.run("--key-file", str(key))
    assert ran.code == 4 and "not valid" in ran.told


BUSY = Trouble("POST .*batch", status=429, headers={"Retry-After": "1"})
TROUBLES = [
    ("bg-remove", BUSY),
    ("upscale", BUSY),
    ("analysis", BUSY),
    ("bg-remove", Trouble("POST .*batch", status=503, times=2)),
    ("bg-remove", Trouble("POST .*batch", how="cut", after=5000)),
    ("upscale", Trouble("POST .*batch", how="lose")),
    ("analysis", Trouble("POST .*batch", how="lose")),
    ("upscale", Trouble("GET .*usage", status=502, body=b"<html>bad gateway</html>")),
    ("upscale", Trouble("GET .*batch", how="lose")),
    ("bg-remove", Trouble("GET /result", status=500)),
    ("upscale", Trouble("GET /result", how="lose")),
    ("analysis", Trouble("PUT /slots", status=500)),
    ("analysis", Trouble("PUT /slots", how="cut", after=500)),
    ("analysis", Trouble("POST /api/v1/uploads", status=429, headers={"Retry-After": "1"})),
]


@pytest.mark.parametrize(("action", "trouble"), TROUBLES, ids=str)
def test_passing_trouble_is_waited_out(client: Client, service: FakeService, action: str, trouble: Trouble) -> None:
    paths = [client.picture(f"{number}.png") for number in range(2)]
    trouble = Trouble(**vars(trouble))
    service.troubles.append(trouble)
    ran = client.run(action=action)
    assert ran.code == 0 and trouble.times == 0, ran.told
    assert sorted(service.uploaded()) == sorted(sha(path) for path in paths)
    assert len(client.results()) == 2


def test_lasting_trouble_ends_with_75_and_the_next_run_goes_on(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    service.troubles.append(Trouble("POST", status=503, times=1000))
    ran = client.run("--retry-minutes", "0.001")
    assert ran.code == 75 and "gave up" in ran.told
    service.troubles.clear()
    assert client.run().code == 0 and len(service.batches) == 1


def test_a_longer_pause_than_our_patience_is_not_begun(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    service.troubles.append(Trouble("POST", status=429, headers={"Retry-After": "3600"}, times=1000))
    ran = client.run("--retry-minutes", "10")
    assert ran.code == 75 and len([line for line in service.requests if line[0] == "POST"]) == 1


def test_results_are_checked_and_fetched_again_when_they_are_wrong(client: Client, service: FakeService) -> None:
    path = client.picture("a.png")
    service.wrong_bytes = 2
    assert client.run().code == 0
    assert client.results() == {"a/result_001.png": result_of(sha(path))} and service.downloads == 3
    service.wrong_bytes = 1000
    client.picture("b.png")
    assert client.run("--retry-minutes", "0.001").code == 75
    assert not [name for name in client.results() if name.startswith("b/")]


@pytest.mark.parametrize("name", ["../../evil.png", "/etc/evil.png", "..", "a\\..\\evil.png", ".hidden", "a\x00b.png"])
def test_no_name_of_the_service_leads_out_of_the_folder(client: Client, service: FakeService, name: str) -> None:
    path = client.picture("a.png")
    service.names[sha(path)] = name
    assert client.run().code == 0
    (found,) = client.results()
    assert found.startswith("a/") and found.count("/") == 1 and not found.startswith("a/.")


def test_a_link_in_the_output_folder_is_not_followed(client: Client, service: FakeService, tmp_path: Path) -> None:
    client.picture("a.png")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (client.folder / "out").mkdir()
    (client.folder / "out" / "a").symlink_to(elsewhere)
    ran = client.run()
    assert ran.code == 2 and "leads out" in ran.told and not list(elsewhere.iterdir())


def test_without_waiting_the_results_come_with_a_later_run(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    service.looks_before_final = 1
    assert client.run("--no-wait").code == 0 and client.results() == {}
    ran = client.run("--collect", sources=())
    assert ran.code == 0 and ran.summary["images"]["done"] == 1 and len(client.results()) == 1


def test_a_full_queue_is_waited_out_by_fetching_results(client: Client, service: FakeService) -> None:
    for number in range(3):
        client.picture(f"{number}.png")
    assert client.run("--batch-size", "1", "--no-wait", sources=(str(client.folder / "in" / "0.png"),)).code == 0
    service.looks_before_final = 3
    service.troubles.append(Trouble("POST .*batch", status=429, headers={"Retry-After": "1"}, times=2))
    ran = client.run("--batch-size", "1")
    assert ran.code == 0 and len(client.results()) == 3 and len(service.batches) == 3


def test_addresses_and_files_of_a_list_go_together(client: Client, service: FakeService) -> None:
    path = client.picture("a.png")
    listed = client.folder / "list.txt"
    listed.write_text(f"# today\nin/a.png\nhttps://images.example.com/b.jpg?x=1\n\n{path}\n")
    ran = client.run(sources=(f"@{listed}",), action="upscale")
    assert ran.code == 0 and service.uploaded() == ["https://images.example.com/b.jpg?x=1", sha(path)]
    assert set(client.results()) == {"a/result_002.png", "b/result_001.png"}


def test_a_batch_is_never_larger_than_the_plan_allows(client: Client, service: FakeService) -> None:
    service.most = 2
    for number in range(5):
        client.picture(f"{number}.png")
    assert client.run("--batch-size", "100").code == 0
    assert [len(batch.sources) for batch in service.batches.values()] == [2, 2, 1]


def test_a_batch_that_the_service_forgot_is_a_failure_and_not_sent_again(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    assert client.run("--no-wait", "--failpoint", "submitted").code is None
    service.batches.clear()
    ran = client.run()
    assert ran.code == 1 and "does not know" in ran.summary["failures"][0]["error"]
    assert not service.batches


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("change", ["changed", "gone"])
def test_a_file_that_changed_after_a_crash_makes_no_second_batch_of_the_others(
    client: Client, service: FakeService, action: str, change: str
) -> None:
    service.slots_until = "2001-01-01T00:00:00Z"
    kept, other = client.picture("a.png"), client.picture("b.png")
    before = [sha(kept), sha(other)]
    assert client.run("--failpoint", "posted", action=action).code is None
    other.write_bytes(other.read_bytes() + b"more") if change == "changed" else other.unlink()
    ran = client.run(action=action)
    assert ran.code == 1 and [failure["source"] for failure in ran.summary["failures"]] == [str(kept)]
    assert service.uploaded() == before + ([sha(other)] if change == "changed" else [])
    assert client.run("--retry-failed", action=action).code == 0
    assert sorted(name.partition("/")[0] for name in client.results()) == (["a", "b"] if other.exists() else ["a"])


def test_a_file_that_was_sent_to_a_living_slot_is_not_needed_again(client: Client, service: FakeService) -> None:
    paths = [client.picture("a.png"), client.picture("b.png")]
    before = [sha(path) for path in paths]
    assert client.run("--failpoint", "posted", action="analysis").code is None
    puts = [path for method, path in service.requests if method == "PUT"]
    paths[1].unlink()
    assert client.run(action="analysis").code == 0
    assert service.uploaded() == before and set(client.results()) == {"a/analysis.json", "b/analysis.json"}
    assert [path for method, path in service.requests if method == "PUT"] == puts


def test_a_file_that_changes_while_it_is_sent_leaves_the_others_alone(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uploading import planning

    kept, other = client.picture("a.png"), client.picture("b.png")
    identify = planning.identify

    def then_changed(*args: Any) -> Any:
        found = identify(*args)
        if found.name == "b.png":
            other.write_bytes(other.read_bytes() + b"more")
        return found

    monkeypatch.setattr(planning, "identify", then_changed)
    ran = client.run()
    assert ran.code == 75 and service.uploaded() == [sha(kept)] and "changed before it was sent" in ran.told
    monkeypatch.setattr(planning, "identify", identify)
    assert client.run().code == 0 and service.uploaded() == [sha(kept), sha(other)]


def test_a_file_that_is_being_written_is_left_to_the_next_run(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uploading.ending import Ending

    kept, growing, empty = client.picture("a.png"), client.picture("b.png"), client.folder / "in" / "c.png"
    empty.touch()

    def while_it_waits(self: Ending, seconds: float) -> None:
        if 0 < seconds <= 2:
            growing.open("ab").write(b"more")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Ending, "sleep", while_it_waits)
        ran = client.run()
    assert ran.code == 75 and ran.summary["images"]["left_out"] == 2
    assert service.uploaded() == [sha(kept)] and ran.told.count("is still being written") == 2
    empty.unlink()
    assert client.run().code == 0
    assert service.uploaded() == [sha(kept), sha(growing)]


def test_a_damaged_journal_ends_the_run_before_anything_is_asked(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    assert client.run("--no-wait", "--failpoint", "submitted").code is None
    journal = client.folder / "out/.upload-state/journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + b'{"do": "planned", "pl' + lines[1][20:] + lines[2])
    asked = len(service.requests)
    ran = client.run()
    assert ran.code == 2 and "Line 2" in ran.told and len(service.requests) == asked
    journal.write_bytes(b"".join(lines))
    assert client.run().code == 0 and len(service.batches) == 1


def test_orders_of_several_dialects_share_a_state_folder(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    assert client.run("--no-wait", "--failpoint", "submitted", action="upscale").code is None
    ran = client.run(action="bg-remove")
    assert ran.code == 0 and ran.summary["images"]["waiting"] == 1 and "their own command" in ran.told
    assert client.run(action="upscale").summary["images"]["done"] == 1
    assert len(service.batches) == 2


def test_a_reply_that_is_not_understood_is_no_failed_picture(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    service.troubles.append(Trouble("GET .*usage", status=200, body=b"{}"))
    ran = client.run()
    assert ran.code == 70 and "maxBatchSize" in ran.told
    assert client.run().code == 0


def test_a_place_that_cannot_be_written_is_wrong_usage(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    (client.folder / "out").write_text("a file")
    assert client.run().code == 2 and not service.requests


def test_a_picture_that_cannot_be_read_is_named(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    broken = client.folder / "in" / "b.png"
    broken.symlink_to("/proc/self/mem")  # a regular file to look at, an error to read
    ran = client.run("--settle", "0")
    assert ran.code == 1 and [failure["source"] for failure in ran.summary["failures"]] == [str(broken)]
    assert len(service.uploaded()) == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_what_the_service_warns_of_is_told_once(client: Client, service: FakeService, action: str) -> None:
    service.warnings = ["Option 'platfrm' is not known."]
    for number in range(3):
        client.picture(f"{number}.png")
    ran = client.run("--batch-size", "1", action=action)
    assert ran.code == 0 and ran.summary["warnings"] == service.warnings
    assert ran.told.count("platfrm") == 1


def test_a_batch_size_above_the_plan_is_told(client: Client, service: FakeService) -> None:
    client.picture("a.png")
    assert "batches have 20 images" in client.run("--batch-size", "21").told


@pytest.mark.parametrize(
    "more",
    [
        ("--interval", "1"),
        ("--watch", "--no-wait"),
        ("--watch", "--collect"),
        ("--option", "action=x"),
        ("--option", "image_files[]=x"),
        ("--retry-minutes", "-1"),
        ("--dialect", "print"),
        ("--key-file", "/nowhere"),
        ("--url", "ftp://x"),
        ("--collect",),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    client: Client, service: FakeService, more: tuple[str, ...]
) -> None:
    client.picture("a.png")
    ran = client.run(*more)
    assert ran.code == 2 and ran.told.strip() and not service.requests
