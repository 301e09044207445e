"""Sealing secrets that must be readable again (webhook secrets): Fernet under a key derived from the configured one.

What is sealed carries the id of its key, so that a rotation can still open what the former key sealed. Never stores
or logs a secret, and never seals what only needs comparing: API keys are hashed, not sealed.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

CONTEXT = b"darkroom/sealing/1:"
KEY_ID_LENGTH = 8


class SealBroken(Exception):
    """A sealed text that no configured key opens: damaged, or SECRET_KEY was changed without its predecessor."""


def derive(secret: str) -> tuple[str, Fernet]:
    """(key id, cipher) of one configured secret. SHA-256 suffices: the secret is random, 32 characters at least."""
    raw = hashlib.sha256(CONTEXT + secret.encode()).digest()
    return hashlib.sha256(raw).hexdigest()[:KEY_ID_LENGTH], Fernet(base64.urlsafe_b64encode(raw))


class Sealer:
    """`seal("whsec_…")` → "<key id>.<token>"; `open` gives the text back or raises SealBroken."""

    def __init__(self, secret: str, previous: str = "") -> None:
        self._current, cipher = derive(secret)
        self._ciphers = {self._current: cipher}
        if previous:
            key_id, former = derive(previous)
            self._ciphers.setdefault(key_id, former)

    @property
    def key_id(self) -> str:
        """Which key seals at present."""
        return self._current

    def seal(self, text: str) -> str:
        """The text, encrypted and authenticated under the current key."""
        return f"{self._current}.{self._ciphers[self._current].encrypt(text.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """What was sealed. Raises SealBroken."""
        key_id, _, token = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"no key with id {key_id[:KEY_ID_LENGTH]!r}")
        try:
            return cipher.decrypt(token.encode()).decode()
        except InvalidToken as fault:
            raise SealBroken(f"not sealed by key {key_id}") from fault
