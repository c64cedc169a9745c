"""What every test may use. Real servers, never skipped (DESIGN 7)."""

pytest_plugins = ("tests.fixtures", "tests.pbx.bench")
