"""What the engine's door understands: commands, queries about people (audited), cards."""
