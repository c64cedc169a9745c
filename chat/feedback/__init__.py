"""The form in which people write to the clinic on its site: what is posted, and how much is too much."""

from chat.feedback.keeping import Feedback, Repeated
from chat.feedback.posting import Letter, Posted, read

__all__ = ["Feedback", "Letter", "Posted", "Repeated", "read"]
