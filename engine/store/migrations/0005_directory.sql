-- The clinic's directory, version by version; a row is written once and never changed. It names people: sealed.
CREATE TABLE directory (
    version integer PRIMARY KEY CHECK (version > 0),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    source text NOT NULL CHECK (source IN ('yaml', 'page', 'undo')),
    restored integer REFERENCES directory (version),
    note bytea,
    document bytea NOT NULL
);
CREATE INDEX directory_imports ON directory (version DESC) WHERE source = 'yaml';
