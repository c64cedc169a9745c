"""What the staff's gateway and the engine ask of `chat`: to see conversations, to write in them, to hear of them."""
