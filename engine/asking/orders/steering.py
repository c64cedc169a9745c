"""What supervisors do to operators, and whose talk they hear, is written down before it is done."""

from __future__ import annotations

from typing import Any

from engine import events as ev
from engine.asking.who import Asked, Who
from okno.database import DatabaseDown


async def noted(audit: Asked, asked: ev.Asked) -> bool:
    """Audit a command by which a supervisor steers or hears an operator; any other passes. False: it cannot be written.

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
        case _:
            return True
    try:
        who = Who(asked.actor, asked.role, "steer", asked.operator)
        await audit.about(who, action, whom, details=details)
    except DatabaseDown:
        return False
    return True
