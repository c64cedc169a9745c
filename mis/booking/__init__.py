"""Booking that is true: one visit from the wish to a read-back, whatever dies meanwhile."""

from mis.booking.bookings import Bookings, NoSuchBooking

__all__ = ["Bookings", "NoSuchBooking"]
