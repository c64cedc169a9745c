"""What channels share: calls to a cloud and what becomes of them, careful reading of what came, whom to trust."""
