"""Verbs about back-ups: take one while the service works, check one, bring one back. Restoring and checking need no
installation and no settings. Never deletes a back-up unless it is told how many to keep."""

from argparse import Namespace, _SubParsersAction
from pathlib import Path
from typing import Any

from jobs.backup.restoring import Report, restore, verify
from jobs.backup.taking import forget_old, take
from jobs.operator.words import ACTOR, Answer
from jobs.tools import Tools
from storage.errors import Invalid
from storage.records import audit


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """backup create FOLDER [--keep N] | verify FOLDER | restore FOLDER --into DATA_DIR."""
    verbs = nouns.add_parser("backup", help="database, objects and secrets").add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="a new one below FOLDER; what an earlier one there holds is linked")
    create.add_argument("folder", type=Path)
    create.add_argument("--keep", type=int, default=0, help="remove all but the newest N afterwards (0: none)")
    create.set_defaults(run=create_backup)
    check = verbs.add_parser("verify", help="read everything and compare")
    check.add_argument("folder", type=Path)
    check.set_defaults(run=verify_backup, needs="nothing")
    back = verbs.add_parser("restore", help="into an empty folder")
    back.add_argument("folder", type=Path)
    back.add_argument("--into", type=Path, required=True)
    back.set_defaults(run=restore_backup, needs="nothing")


def create_backup(tools: Tools, words: Namespace) -> Answer:
    """The command exits 1 when an object was missing: the back-up is there, and what it lacks is named."""
    if words.keep < 0:
        raise Invalid("--keep must not be negative.", field="keep", reason="out_of_range")
    taken = take(tools, words.folder)
    forgotten = forget_old(words.folder, words.keep)
    detail = {
        "folder": str(taken.folder),
        "copied": taken.copied,
        "linked": taken.linked,
        "missing": len(taken.missing),
    }
    with tools.database.write() as tx:
        audit.write(tx, ACTOR, "backup create", str(taken.folder), detail, tools.clock())
    words.exit_code = 1 if taken.missing else 0
    return {**detail, "bytes": taken.bytes, "missing": taken.missing, "removed": forgotten}, ()


def verify_backup(_: None, words: Namespace) -> Answer:
    return told(verify(words.folder), words)


def restore_backup(_: None, words: Namespace) -> Answer:
    report = restore(words.folder, words.into)
    own = "secret_key" in report.manifest.files
    key = "restored" if own else f"not in the back-up: start with the SECRET_KEY of id {report.manifest.secret_id}"
    return {**told(report, words)[0], "into": str(words.into), "secret_key": key}, ()


def told(report: Report, words: Namespace) -> Answer:
    words.exit_code = 1 if report.faults else 0
    return {
        "folder": str(report.folder),
        "clean": not report.faults,
        "objects": report.objects,
        "bytes": report.bytes,
        "faults": report.faults,
    }, ()
