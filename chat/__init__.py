"""Messengers, the site's widget and forms, e-mail, SMS: conversations and messages live here and nowhere else."""
