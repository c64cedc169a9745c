"""Forms in which people ask to be called back: what is posted, by what rules, what is kept of it."""

from chat.forms.keeping import Forms
from chat.forms.posting import Malformed, Posting, read

__all__ = ["Forms", "Malformed", "Posting", "read"]
