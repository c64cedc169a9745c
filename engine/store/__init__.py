"""The engine's database: the open world and its history, sealed; the lease; queries. Decides nothing."""
