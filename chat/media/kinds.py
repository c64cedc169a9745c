"""What a file is by its first bytes, whatever its sender calls it. Pure."""

from __future__ import annotations

import filetype

# As much as any signature needs.
HEAD_BYTES = 8192
UNKNOWN, TEXT = "application/octet-stream", "text/plain"
# Programs, by their first bytes: of Windows, Linux, macOS, Java; shortcuts of Windows.
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"L\x00\x00\x00\x01\x14\x02\x00",
)  # fmt: skip
# Office documents are zip archives inside: their name may say so, for it only chooses a picture on the screen.
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_LONGEST = 120


def program(head: bytes) -> bool:
    """Say whether a file is a program that could be run where it is opened."""
    return head.startswith(_PROGRAMS)


def kind_of(head: bytes, name: str) -> str:
    """Return the MIME type of what begins so: one that a signature proves, text, else `application/octet-stream`.

    Args:
        head: its first bytes, at most `HEAD_BYTES`.
        name: what its sender calls it; only an office document's is looked at.
    """
    found = filetype.guess(head) if head else None
    mime = str(found.mime) if found is not None else ""
    if mime == "application/zip":
        return next((office for end, office in _OFFICE.items() if name.lower().endswith(end)), mime)
    if mime in ("", "application/xml", "text/html", "image/svg+xml"):
        return TEXT if _words(head) else UNKNOWN
    return mime[:_LONGEST]


def _words(head: bytes) -> bool:
    if not head or b"\x00" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) >= HEAD_BYTES  # a letter cut in two by the head's end
    return True
