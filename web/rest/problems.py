"""What went wrong, as RFC 9457 problem details: generic, without an echo of what was sent."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from pydantic import ValidationError

from okno.errors import Refused
from okno.service import ServiceRefused
from okno.service.doors import problem as answer

# How an order the engine refused is told; every other reason is a conflict with the present state.
_STATUS_OF_WHY = {
    "not_found": 404,
    **dict.fromkeys(("forbidden", "not_yours", "no_operator"), 403),
    **dict.fromkeys(("bad_outcome", "bad_target", "bad_time", "bad_reason", "bad_queue", "empty_note"), 422),
    **dict.fromkeys(("not_ready", "pbx_down", "unsaved"), 503),
}


class Problem(Refused):
    """A request of REST cannot be answered as asked.

    Args:
        status: the HTTP status.
        title: one line in English, without anybody's data.
        key: the i18n key of the words a person sees.
        more: further members of the problem.
    """

    def __init__(self, status: int, title: str, key: str, **more: object) -> None:
        super().__init__(title)
        self.status, self.title, self.words, self.more = status, title, key, more

    def response(self) -> web.Response:
        """Return it as an answer."""
        response = answer(self.status, self.title, key=self.words, **self.more)
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="okno"'
        return response


def malformed(error: ValidationError, where: str) -> Problem:
    """Return the problem of a query or a body that does not fit, naming fields but not what stood in them."""
    faults: Sequence[dict[str, str]] = [
        {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Problem(422, f"the {where} is not as the contract says", "error.malformed", errors=faults)


def refused(refusal: ServiceRefused) -> Problem:
    """Return the problem of what the engine refused."""
    status = refusal.status if refusal.status in (400, 403, 404, 409, 422) else 409
    titles = {400: "the cursor or a filter is not understood", 403: "not allowed", 404: "there is no such thing"}
    return Problem(status, titles.get(status, "refused"), f"error.http_{status}")


def not_done(why: str, by: str | None) -> Problem:
    """Return the problem of an order that was understood and not carried out."""
    more = {"why": why} | ({"by": by} if by else {})
    return Problem(_STATUS_OF_WHY.get(why, 409), "the order was refused", f"refused.{why}", **more)
