"""What is kept about people beside the world: moments of their past; and what operators are told to say."""
