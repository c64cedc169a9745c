"""REST /api/v1: what others script against. Every route is declared once; checks and OpenAPI come from that."""
