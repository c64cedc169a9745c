"""What is answered by itself: greetings, closed doors, emergencies, idle ends, the question how it was."""
