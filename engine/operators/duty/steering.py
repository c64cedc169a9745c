"""What a supervisor makes of an operator's day: other queues, other skills, until he logs off or midnight."""

from dataclasses import replace

from engine.effects import AnswerCommand
from engine.events import Asked, QueuesAsked, SkillsAsked
from engine.operators.freeing import put
from engine.operators.membership import follow
from engine.operators.pausing import logs_in
from engine.room import Said
from engine.world import Operator, Queue, Rules, View

# Whose word goes for others.
STEERS = "supervisor"


def steers(event: Asked, operator: Operator) -> bool:
    """Whether a supervisor speaks for this operator."""
    return event.role == STEERS and event.operator != operator.key


def on_queues(world: View, event: QueuesAsked) -> Said:
    """Other queues: his phone and his offers follow. Where the PBX's own configuration has them, it cannot."""
    operator, why = _target(world, event)
    queues = () if operator is None else operator.home_queues if event.queues is None else event.queues
    known = {queue.key for queue in world.all(Queue) if queue.active}
    if not why and operator is not None and not logs_in(world, operator):
        why = "fixed_members"
    if not why and not known.issuperset(queues):
        why = "no_such_queue"
    if operator is None or why:
        yield AnswerCommand(command=event.command, ok=False, why=why)
        return
    yield from _moved(world, replace(operator, queues=tuple(dict.fromkeys(queues))), event)


def on_skills(world: View, event: SkillsAsked) -> Said:
    """Other skills: his offers follow, and how far in front he stands in his queues."""
    operator, why = _target(world, event)
    skills = () if operator is None else operator.home_skills if event.skills is None else event.skills
    rules = world.get(Rules, "rules") or Rules()
    if not why and not {name for name, _ in skills} <= {*rules.skills}:
        why = "no_such_skill"
    if operator is None or why:
        yield AnswerCommand(command=event.command, ok=False, why=why)
        return
    yield from _moved(world, replace(operator, skills=tuple(sorted(skills))), event)


def reset(operator: Operator) -> Operator:
    """The operator with what the directory gives him."""
    return replace(operator, queues=operator.home_queues, skills=operator.home_skills, moved=False)


def _target(world: View, event: QueuesAsked | SkillsAsked) -> tuple[Operator | None, str]:
    operator = world.get(Operator, event.target)
    if event.role != STEERS:
        return operator, "forbidden"
    return (operator, "") if operator is not None and operator.active else (None, "not_found")


def _moved(world: View, operator: Operator, event: QueuesAsked | SkillsAsked) -> Said:
    home = (operator.queues, operator.skills) == (operator.home_queues, operator.home_skills)
    operator = replace(operator, moved=not home, steered_by=event.actor)
    yield from put(world, operator, event.at)
    yield from follow(world, operator)
    yield AnswerCommand(command=event.command, ok=True, by=event.actor)
