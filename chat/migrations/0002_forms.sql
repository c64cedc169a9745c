-- What people posted in the forms of sites. `asked` is sealed; numbers and addresses are blind indexes only.
-- `of` is the posting this one repeats. A posting that was no person's is kept a week, to be looked at.
CREATE TABLE forms (
    key uuid PRIMARY KEY,
    reference text NOT NULL,
    site text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'again', 'spam', 'reached', 'not_reached', 'withdrawn')),
    spam text NOT NULL DEFAULT '',
    of uuid,
    wanted_at timestamptz,
    once bytea,
    body bytea,
    phone_blind bytea,
    address_blind bytea,
    asked bytea NOT NULL,
    keep_until timestamptz NOT NULL
);
CREATE INDEX forms_phone ON forms (phone_blind, at) WHERE state <> 'spam';
CREATE INDEX forms_address ON forms (address_blind, at);
CREATE INDEX forms_once ON forms (once, at) WHERE once IS NOT NULL;
CREATE INDEX forms_over ON forms (keep_until);
CREATE INDEX forms_reference ON forms (site, reference);
