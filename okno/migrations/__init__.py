"""The kernel's tables, which stand in every service's database: bus and audit."""
