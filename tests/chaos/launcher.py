"""`okno up` as a clinic runs it, but for one thing: its engine reaches AMI by other settings, through the proxy.

    python -m tests.chaos.launcher ENGINE_SETTINGS --config FILE --state DIR

A managed Asterisk listens where the settings say, and the engine calls there; only with two sets of settings can
something stand between them.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from okno.command import cli, programs


def rewire(engine_settings: str) -> None:
    """Give every engine that `okno up` will start those settings."""
    plan = programs.plan

    def rewired(*args: Any, **more: Any) -> programs.Plan:
        made = plan(*args, **more)
        stages = [
            [
                replace(one, env={**one.env, "OKNO_CONFIG": engine_settings})
                if one.name.partition(":")[0] == "engine"
                else one
                for one in stage
            ]
            for stage in made.stages
        ]
        return replace(made, stages=stages)

    programs.plan = rewired


if __name__ == "__main__":
    rewire(sys.argv[1])
    sys.exit(cli.main(["up", *sys.argv[2:]]))
