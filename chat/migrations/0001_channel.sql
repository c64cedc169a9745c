-- Each channel's last published state: a change is published once, in the transaction that records it.
CREATE TABLE channel (
    name text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('ready', 'down', 'removed')),
    since timestamptz NOT NULL
);
