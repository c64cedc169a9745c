"""Who it may be: patients by number, by name, by card; families by the links the MIS keeps."""

from __future__ import annotations

from mis.connectors.fhir_r4.fhir import Fhir
from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.reading import candidate, read_all
from mis.connectors.fhir_r4.wire import token
from mis.terms import Candidates, Context, Invalid, PatientQuery

ALONG = (
    ("_include", "Patient:link"),
    ("_include:iterate", "RelatedPerson:patient"),
)


class People(Fhir):
    """Patients of a FHIR server."""

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits."""
        params = []
        if query.phones:
            params.append(("phone", ",".join(token(one) for one in query.phones)))
        params += [("name", token(word)) for word in query.name.split()]
        if query.born:
            params.append(("birthdate", query.born.isoformat()))
        if query.card_number:
            params.append(("identifier", f"{self._options.card_system}|{token(query.card_number)}".lstrip("|")))
        if not params:
            raise Invalid("query")
        found = await self._wire.search(ctx, "Patient", [*params, *ALONG], limit=query.limit)
        forms, all_read = read_all(fhir.Patient, found.matches)
        people = tuple(candidate(one, self._options) for one in forms)
        return Candidates(people=people, complete=found.complete and all_read)
