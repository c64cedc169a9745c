"""How GNU Health is spoken to: Tryton's JSON-RPC and the values in it."""

from mis.connectors.gnu_health.wire.client import Row, Wire
from mis.connectors.gnu_health.wire.values import decoded, encoded

__all__ = ["Row", "Wire", "decoded", "encoded"]
