"""What connectors to a MIS share: connections, the cursor of changes, and what an answer that fails leaves behind.

It stands on the kernel and `mis.terms` alone and knows no MIS.
"""

from mis.wire.cursor import mark, read_cursor, write_cursor
from mis.wire.outcome import after, before, lost, sample
from mis.wire.session import MOST_BYTES, Sessions, never_again, whole

__all__ = [
    "MOST_BYTES", "Sessions", "after", "before", "lost", "mark", "never_again", "read_cursor", "sample",
    "whole", "write_cursor",
]
