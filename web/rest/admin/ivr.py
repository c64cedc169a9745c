"""The routes of flows: kinds of steps, live counts, a draft's mistakes, a draft walked."""

from __future__ import annotations

from web.rest.admin.directory import LONGEST
from web.rest.admin.models import CheckBody, FlowCounts, FlowFlaws, Kinds, TryBody, Walked
from web.rest.endpoint import Visit, endpoint


class Ivr:
    """What callers hear before they wait."""

    @endpoint("GET", "/ivr/kinds", "directory.read", answers=Kinds, people=True)
    async def ivr_kinds(self, visit: Visit) -> Kinds:
        """List the kinds of steps with the JSON schema of each."""
        return Kinds.model_validate(await visit.engine.ivr_kinds())

    @endpoint("GET", "/ivr/counts", "directory.read", answers=FlowCounts, people=True)
    async def ivr_counts(self, visit: Visit) -> FlowCounts:
        """Count callers by flow and step, now and since the engine began."""
        return FlowCounts.model_validate(await visit.engine.ivr_counts())

    @endpoint(
        "POST", "/ivr/check", "directory.change", answers=FlowFlaws, body=CheckBody, people=True, longest=LONGEST
    )
    async def ivr_check(self, visit: Visit) -> FlowFlaws:
        """Tell what is wrong with the flows of a directory; nothing is saved."""
        return FlowFlaws.model_validate(await visit.engine.ivr_check(visit.body.document))

    @endpoint("POST", "/ivr/try", "directory.change", answers=Walked, body=TryBody, people=True, longest=LONGEST)
    async def ivr_try(self, visit: Visit) -> Walked:
        """Walk a flow of a directory with what was pressed so far; nothing is saved and nobody is called."""
        return Walked.model_validate(await visit.engine.ivr_try(visit.body.model_dump(mode="json")))
