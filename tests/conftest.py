"""What every test may use. Real servers, never skipped (DESIGN 7)."""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Bound the teardown too: pytest-timeout stops its clock once a test has failed, and what hangs then hangs for ever.

    The alarm is repeated, for what it interrupts may go on to wait for something else.
    """
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        return (yield)

    def too_long(number: int, frame: FrameType | None) -> None:
        pytest.fail("the teardown of a test that had failed did not end")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, float(item.config.getini("timeout")), 30)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
