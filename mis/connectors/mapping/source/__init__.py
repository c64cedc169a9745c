"""Where a map's answers come from: HTTP or views of a database. Both give nodes and raise the closed error set."""

from mis.connectors.mapping.source.paths import Node, scalar, select
from mis.connectors.mapping.source.views import Views
from mis.connectors.mapping.source.wire import Wire

__all__ = ["Node", "Views", "Wire", "scalar", "select"]
