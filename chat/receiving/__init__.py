"""What comes in: kept as it came before it is answered, read afterwards, serially for each person."""
