"""What all verbs share: the name they sign the audit log with, and the shape of an answer. Never does anything."""

from typing import Any

ACTOR = "scripts/admin"
Answer = tuple[Any, tuple[str, ...]]  # what is shown, and the columns when it is a list
