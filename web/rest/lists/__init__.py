"""Outbound lists in REST: made of a file, of the MIS's calls to confirm, or of numbers; watched, steered, read out."""
