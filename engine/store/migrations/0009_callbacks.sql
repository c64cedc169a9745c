-- Missed calls that join, promises to call back, numbers nobody is called back at, messages callers leave.
ALTER TABLE calls ADD COLUMN self_served boolean NOT NULL DEFAULT false;
ALTER TABLE requests
    ADD COLUMN missed integer NOT NULL DEFAULT 0,
    ADD COLUMN joined uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN recording text NOT NULL DEFAULT '';

CREATE TABLE callbacks (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    origin text NOT NULL,
    asked_at timestamptz NOT NULL,
    state text NOT NULL,
    wanted_at timestamptz,
    place_at timestamptz,
    next_at timestamptz,
    attempt integer NOT NULL,
    tries jsonb NOT NULL
);
CREATE INDEX callbacks_open ON callbacks (id) WHERE open;
COMMENT ON TABLE callbacks IS 'The promise of the request with the same id; its number is that request''s.';

CREATE TABLE blocked (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz,
    phone bytea NOT NULL,
    reason bytea,
    phone_blind bytea NOT NULL,
    phone_last4 bytea NOT NULL
);
CREATE INDEX blocked_open ON blocked (id) WHERE open;
