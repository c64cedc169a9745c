"""The figures of a run: for a person, and as JSON for bench/RESULTS.md."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.chaos.faults import KINDS, Done
from tests.chaos.verdict import Verdict

SHOWN = 40


@dataclass(slots=True)
class Report:
    """Everything a run found. `repairs`: what the journal mended, by kind; `alarms`: figures that should stay 0.

    `checks`: what `okno journal check` and `okno audit verify` found wrong.
    `stuck`: operators and queues that are not at rest although nobody calls. `errors`: what the services logged as errors, by service and event: some are what a fault looks like from inside.
    """

    seed: int
    placed: int
    length_s: float
    settled_s: float
    verdict: Verdict
    faults: list[Done] = field(default_factory=list)
    repairs: dict[str, int] = field(default_factory=dict)
    repaired_fields: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, float] = field(default_factory=dict)
    transfers: int = 0
    leaks: list[str] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    stuck: list[str] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether P1 was kept and everything came back."""
        return self.verdict.kept and all(one.healed_at is not None for one in self.faults)

    def figures(self) -> dict[str, Any]:
        """The figures alone, as they are written."""
        verdict = self.verdict
        made = Counter(one.fault.kind for one in self.faults)
        return {
            "seed": self.seed, "calls_placed": self.placed, "external_calls_known": verdict.known,
            "minutes": round(self.length_s / 60, 1), "kills": {kind: made[kind] for kind in KINDS},
            "overlapping": sum(one.overlapped for one in self.faults),
            "ami_cuts": dict(Counter(one.fault.cut for one in self.faults if one.fault.cut)),
            "lost": len(verdict.lost), "duplicated": len(verdict.duplicated), "invented": len(verdict.invented),
            "without_a_request": len(verdict.without_request), "lost_by_pbx": verdict.results["lost_by_pbx"],
            "results": dict(verdict.results), "transfers": self.transfers,
            "only_sipp": len(verdict.only_sipp), "only_sipp_unexcused": len(verdict.unexcused),
            "repairs": self.repairs, "repaired_fields": self.repaired_fields,
            "disagreements_with_sipp": len(verdict.disagreements), "alarms": self.alarms, "errors": self.errors,
            "leaks": self.leaks, "stuck": self.stuck,
            "checks": {words: said.splitlines()[0] if said else "well" for words, said in self.checks.items()},
            "settled_s": round(self.settled_s, 1), "healed_s": {kind: self._healed(kind) for kind in KINDS},
            "never_healed": [f"{one.fault.kind} at {one.at:%T}" for one in self.faults if one.healed_at is None],
        }  # fmt: skip

    def write(self, file: Path) -> None:
        """Write figures and every line of evidence as JSON."""
        verdict = self.verdict
        told = self.figures() | {
            "evidence": {
                "lost": verdict.lost, "duplicated": verdict.duplicated, "invented": verdict.invented,
                "without_a_request": verdict.without_request, "only_sipp": verdict.only_sipp,
                "disagreements": verdict.disagreements, "checks": self.checks,
                "faults": [
                    {"at": one.at.isoformat(), "kind": one.fault.kind, "cut": one.fault.cut, "for_s": one.fault.for_s,
                     "healed_s": round(one.healed_s, 2), "overlapped": one.overlapped} for one in self.faults
                ],
            }
        }  # fmt: skip
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")

    def text(self) -> str:
        """The report as a person reads it."""
        lines = [f"{name:24} {json.dumps(value, ensure_ascii=False)}" for name, value in self.figures().items()]
        verdict = self.verdict
        for name in ("lost", "duplicated", "invented", "without_request", "only_sipp", "disagreements"):
            found: list[str] = getattr(verdict, name)
            if found:
                lines += ["", f"{name}:", *(f"  {line}" for line in found[:SHOWN])]
                lines += [f"  and {len(found) - SHOWN} more"] * (len(found) > SHOWN)
        for words, said in self.checks.items():
            lines += ["", f"{words}:", *(f"  {line}" for line in said.splitlines()[:SHOWN])] if said else []
        return "\n".join(lines)

    def line(self) -> str:
        """The figures in one line."""
        told, verdict = self.figures(), self.verdict
        healed = {kind: took.get("max") for kind, took in told["healed_s"].items()}
        return (
            f"{self.placed} calls, {len(verdict.lost)} lost, {len(verdict.duplicated)} doubled,"
            f" {len(verdict.without_request)} without a request, {told['lost_by_pbx']} lost by the PBX,"
            f" {len(verdict.only_sipp)} only SIPp knows; mended {self.repairs}; healed, s: {healed}"
        )

    def _healed(self, kind: str) -> dict[str, float]:
        took = sorted(one.healed_s for one in self.faults if one.fault.kind == kind)
        return {"median": round(median(took), 1), "max": round(took[-1], 1)} if took else {}
