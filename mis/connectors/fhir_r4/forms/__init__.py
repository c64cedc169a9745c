"""FHIR R4 as it is read."""
