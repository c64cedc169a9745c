"""Where log lines go: JSON, one a line, to stderr and to a file that rotates."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from okno.logs.faults import describe
from okno.logs.scrub import scrub, scrub_field, scrub_foreign

_FILE_BYTES = 20_000_000
_FILES_KEPT = 5
_LONGEST = 4000  # a message longer than this is somebody's data, not ours
_OURS = ("okno", "engine", "chat", "mis", "web", "bench", "tests")
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
# Chatty at DEBUG, and about wire contents rather than about us.
_QUIET = ("asyncio", "aiohttp.access", "engineio", "socketio", "panoramisk", "multipart", "PIL", "redis", "faker")


class JsonLines(logging.Formatter):
    """One JSON object a line; everything in it is scrubbed: message, arguments, extra fields, exceptions.

    Args:
        service: the name of the process, in every line.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one record; a record that cannot be formatted says so instead of raising."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "service": self._service,
            "from": record.name,
            "event": self._event(record),
        }
        for key, value in record.__dict__.items():
            if key not in _STANDARD and key not in line:
                line[scrub(key)] = scrub_field(key, value)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(
            line, ensure_ascii=False, separators=(",", ":"), default=lambda value: f"<{type(value).__name__}>"
        )

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        try:
            message = record.getMessage()[:_LONGEST]
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            message = f"{record.msg} (its arguments do not fit: {type(error).__name__})"
        return scrub(message) if record.name.partition(".")[0] in _OURS else scrub_foreign(message)


class PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner may read."""

    def _open(self):  # type: ignore[no-untyped-def]  # the base's type is TextIOWrapper, private to typeshed
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding)


def setup(service: str, level: str = "info", folder: Path | None = None) -> None:
    """Send the logs of this process to stderr and, if there is a folder, to `<folder>/<service>.log`.

    Calling it again replaces what it set up before.

    Args:
        service: the name in every line and of the file.
        level: "debug", "info", "warning" or "error".
        folder: made if missing; files rotate at 20 MB, five are kept.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handlers.append(PrivateFile(folder / f"{service}.log", "a", _FILE_BYTES, _FILES_KEPT, encoding="utf-8"))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler.formatter, JsonLines)]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(JsonLines(service))
        root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # logging's own complaint would print the record unscrubbed
    sys.excepthook = _last_words


def get(name: str) -> logging.Logger:
    """Return the logger of a module: `log = okno.logs.get(__name__)`, then `log.info("event_name", extra={…})`."""
    return logging.getLogger(name)


def _last_words(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Log what ended the process; the interpreter's own traceback would show source and values."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("okno").critical("process_died", exc_info=(kind, error, where))
