"""Patients, as far as a request knows them: whom an operator confirmed, and what `mis` wants or tells."""
