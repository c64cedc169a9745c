"""What a booking may do next: pure rules over plain data, no clock, no wire, no database."""
