"""Around a connector: deadlines, room for so many at once, breakers, one flight for many, retries of reads.

Theory of operation. `Guarded` is itself a Connector, so nobody else knows of any of this. Each class of operations
has a breaker and room of its own, so that a MIS which cannot write may still be read, and a storm of look-ups never
stands before a booking or its read-back. A read ends within `mis.read_s` and may be tried again; a write is sent once,
ends within `mis.write_s`, and when its end was not seen it is OutcomeUnknown, which is resolved by looking (P2).
"""

from mis.guard.breaker import Breaker
from mis.guard.figures import Figures
from mis.guard.flights import Flights
from mis.guard.guarded import Guarded
from mis.guard.standing import Standing

__all__ = ["Breaker", "Figures", "Flights", "Guarded", "Standing"]
