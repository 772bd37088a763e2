"""Short fingerprints of content."""

from __future__ import annotations

import hashlib


def digest(*chunks: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the chunks, each preceded by its length."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(len(chunk).to_bytes(8, "big"))
        sha.update(chunk)
    return sha.hexdigest()[:16]


def text_digest(text: str) -> str:
    """The first 16 hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
