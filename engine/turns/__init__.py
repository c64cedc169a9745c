"""The parts of the loop: turns and their steps, the writer behind it, timers, commands, what acts on the world."""
