-- The connector's last published state: a change is published once, in the transaction that records it.
CREATE TABLE connector (
    name text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('ready', 'not_configured', 'down')),
    since timestamptz NOT NULL
);
