"""The operators' phones and the people outside: who lifts, who does not, after how long. Pure choice of rules."""

from __future__ import annotations

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address, Sipp
from okno.settings import Settings

# A chance is of what the rules before it left over. Together: 7 % let it ring, 4 % are busy, 3 % decline, 86 % lift.
OPERATORS = (
    Rule(Behaviour("silent"), chance=0.07),
    Rule(Behaviour("busy", ring_s=0.3), chance=0.043),
    Rule(Behaviour("refuse", ring_s=1.5), chance=0.034),
    Rule(Behaviour("answer", ring_s=1.2), chance=0.2),
    Rule(Behaviour("answer", ring_s=2.5), chance=0.3),
    Rule(Behaviour("answer", ring_s=4.0), chance=0.3),
    # Now and then it is the operator who says goodbye first.
    Rule(Behaviour("answer", ring_s=2.0, talk_s=25.0), chance=0.3),
    Rule(Behaviour("answer", ring_s=6.5)),
)
# The code that puts a phone into its operator's queues (`dialplan/phones.conf.j2`).
LOG_IN = "*41"
OUTSIDE = (
    Rule(Behaviour("silent"), chance=0.2),
    Rule(Behaviour("busy", ring_s=0.5), chance=0.15),
    Rule(Behaviour("answer", ring_s=4.0, talk_s=12.0), chance=0.3),
    Rule(Behaviour("answer", ring_s=6.0, talk_s=40.0)),
)


def start(settings: Settings) -> list[Sipp]:
    """Start every operator's phone and everybody outside: two processes. Raises NoSipp."""
    ports = settings.demo
    return [
        sipp.phones(Address("127.0.0.1", ports.phones_port), (*_ready(settings), *OPERATORS)),
        sipp.phones(Address("127.0.0.2", ports.patients_port), OUTSIDE),
    ]


def _ready(settings: Settings) -> list[Rule]:
    """Who stands in no queue is rung only by his own order (to listen, to call somebody): his phone always lifts."""
    answer = Behaviour("answer", ring_s=1.5)
    return [Rule(answer, called=operator.extension) for operator in settings.operators if not operator.queues]


def log_ins(settings: Settings) -> list[Call]:
    """The calls by which the operators' phones log in, where a phone stands in its queues only while logged in."""
    if settings.pbxes[0].members != "logged_in":
        return []
    return [Call(operator.extension, LOG_IN, None) for operator in settings.operators if operator.queues]
