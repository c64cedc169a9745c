-- Who a number may belong to. Everything of a person is sealed; numbers and ids are found by their blind indexes.

CREATE TABLE lookups (
    phone bytea PRIMARY KEY,
    found bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX lookups_at ON lookups (at);
COMMENT ON TABLE lookups IS 'Cache for when the MIS is away: blind index of a number, sealed ids without names; 24 h.';

CREATE TABLE patient_links (
    phone bytea NOT NULL,
    patient_blind bytea NOT NULL,
    patient bytea NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('confirmed', 'disowned')),
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (phone, patient_blind)
);
COMMENT ON TABLE patient_links IS 'What operators said of a number: this patient''s, or not his.';
