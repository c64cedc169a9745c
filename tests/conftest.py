"""What every test may use. Real servers, never skipped (DESIGN 7)."""

from pathlib import Path

import pytest

pytest_plugins = ("tests.fixtures", "tests.pbx.bench", "tests.mis.fhir_server", "tests.mis.gnu_health_server")

# Where a real browser and real SIP phones keep their own time on a machine that others use too.
TIMED = {"demo", "screens", "system"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of browsers and phones that fails is played once more, and the report says so (decision 23)."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in TIMED:
            item.add_marker(pytest.mark.flaky(reruns=1))
