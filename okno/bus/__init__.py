"""Feeds between services: outbox → Redis Streams → consumer groups → confirmation. At least once, deduplicated.

Theory of operation. A fact is published by writing an outbox row in the transaction that makes it true. The relay
sends unsent rows to the stream and keeps them. A consumer handles an event and notes its id (inbox) in one
transaction, then confirms on `<stream>:confirmed`; when every group has confirmed, the relay removes the row and the
stream's entry. So Redis may lose everything at any moment: what nobody confirmed is sent again, and what is sent
twice is taken once.
"""

from okno.bus.consumer import Consumer, DeadLetter, Handler
from okno.bus.outbox import BusEvent, Outbox
from okno.bus.relay import Relay
from okno.bus.streams import BusDown, connect, redis_url_for

__all__ = ["BusDown", "BusEvent", "Consumer", "DeadLetter", "Handler", "Outbox", "Relay", "connect", "redis_url_for"]
