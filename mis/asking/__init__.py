"""The routes by which other services ask `mis`, by topic. What is said of a person comes sealed and is opened here."""

from mis.asking.bookings import Bookings
from mis.asking.opening import Door
from mis.asking.patients import Patients
from mis.asking.pushes import listening
from mis.asking.wishes import Wishes

__all__ = ["Bookings", "Door", "Patients", "Wishes", "listening"]
