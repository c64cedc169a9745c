"""The demo clinic's MIS: a real FHIR R4 server (sekmet-fhir) beside Okno, filled with an invented clinic."""
