-- What the MIS changed, whom it did not have time for, what is written back to it. Nobody's data stands in clear.
CREATE TABLE change_cursor (
    connector text PRIMARY KEY,
    cursor text NOT NULL,
    at timestamptz NOT NULL
);

-- A push comes twice and out of order; the poll brings the same again: one row is one change taken.
CREATE TABLE changes_taken (
    blind bytea PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX changes_taken_age ON changes_taken (taken_at);

-- A visit as it was last seen, so that a change can be told from what was so before.
CREATE TABLE visits_seen (
    blind bytea PRIMARY KEY,
    visit bytea NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX visits_seen_until ON visits_seen (until);

CREATE TABLE wishes (
    key uuid PRIMARY KEY,
    request uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'offered', 'done', 'given_up')),
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    urgent boolean NOT NULL,
    made_at timestamptz NOT NULL,
    offered_at timestamptz,
    patient_blind bytea NOT NULL,
    wish bytea NOT NULL
);
CREATE INDEX wishes_patient ON wishes (patient_blind, made_at);
CREATE INDEX wishes_open ON wishes (until) WHERE status IN ('waiting', 'offered');
COMMENT ON COLUMN wishes.wish IS 'JSON, sealed: the wish and the number to call.';

-- The list for confirmation calls, one row for each visit.
CREATE TABLE confirmations (
    blind bytea PRIMARY KEY,
    day date NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX confirmations_day ON confirmations (day);
CREATE TABLE confirmation_days (
    day date PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE reports (
    key uuid PRIMARY KEY,
    report bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    error text NOT NULL DEFAULT ''
);
CREATE INDEX reports_open ON reports (next_at) WHERE done_at IS NULL;

CREATE TABLE directories (
    kind text PRIMARY KEY,
    items jsonb NOT NULL,
    at timestamptz NOT NULL
);
