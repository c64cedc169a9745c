"""What the engine is asked about sounds: prompts (`prompts`), messages callers left (`messages`); `routes` of both."""
