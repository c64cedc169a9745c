-- What people wrote in the forms of sites: how much it is, and what was answered. The letter itself is an event.
-- `asked` is the sealed letter of one that no person wrote, kept a week to be looked at.
CREATE TABLE feedback (
    key uuid PRIMARY KEY,
    reference text NOT NULL,
    site text NOT NULL,
    at timestamptz NOT NULL,
    once bytea,
    body bytea,
    address_blind bytea,
    person_blind bytea,
    asked bytea
);
CREATE UNIQUE INDEX feedback_once ON feedback (site, once) WHERE once IS NOT NULL;
CREATE INDEX feedback_address ON feedback (address_blind, at);
CREATE INDEX feedback_person ON feedback (person_blind, at);
CREATE INDEX feedback_at ON feedback (at);
