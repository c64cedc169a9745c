"""What supervisors do to operators, whose talk they hear, who is blocked: written down before it is done."""

from __future__ import annotations

from typing import Any

from engine import events as ev
from engine.asking.who import Asked, Who
from okno.database import DatabaseDown


async def noted(audit: Asked, asked: ev.Asked) -> bool:
    """Audit a command that steers or hears an operator, or blocks a number; others pass. False: it cannot be written.

    Args:
        audit: the engine's.
        asked: the command as it was understood.
    """
    action = "operator.steer"
    match asked:
        case ev.PresenceAsked(target=str(whom)) if whom != asked.operator:
            details: dict[str, Any] = {"presence": asked.presence, "reason": asked.reason, "phone": asked.phone}
        case ev.QueuesAsked(target=whom):
            details = {"queues": None if asked.queues is None else list(asked.queues)}
        case ev.SkillsAsked(target=whom):
            details = {"skills": None if asked.skills is None else dict(asked.skills)}
        case ev.SpyAsked(target=whom):
            action, details = "call.spy", {"how": asked.how}
        case ev.BlockAsked():
            until = asked.until.isoformat() if asked.until else None
            action, whom, details = "number.block", asked.request or asked.command, {"until": until}
        case ev.UnblockAsked(block=whom):
            action, details = "number.unblock", {}
        case _:
            return True
    try:
        who = Who(asked.actor, asked.role, "steer", asked.operator)
        await audit.about(who, action, whom, details=details)
    except DatabaseDown:
        return False
    return True
