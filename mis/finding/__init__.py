"""Who a caller may be, and what is known of him: candidates, never «the patient».

Theory of operation. A number is asked about in all its usual spellings, because servers match what is stored to the
letter. What comes back is judged here once more, because servers also answer what was not asked. Names stay in this
process's memory for as long as somebody waits; on disk there are only sealed ids. Each candidate shown and each card
is audited before it leaves.
"""

from mis.finding.cards import Cards
from mis.finding.finder import BadAsk, Finder
from mis.finding.inquiry import Inquiry
from mis.finding.links import Links
from mis.finding.lookups import Lookups
from mis.finding.making import Making
from mis.finding.spellings import belongs, spellings
from mis.finding.waiting import Waiting

__all__ = ["BadAsk", "Cards", "Finder", "Inquiry", "Links", "Lookups", "Making", "Waiting", "belongs", "spellings"]
