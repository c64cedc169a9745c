-- One queue: offers, what operators are given besides presence, messages to them, alerts.
ALTER TABLE operators
    ADD COLUMN phone text NOT NULL DEFAULT 'desk',
    ADD COLUMN page text NOT NULL DEFAULT 'none',
    ADD COLUMN page_since timestamptz,
    ADD COLUMN missed integer NOT NULL DEFAULT 0,
    ADD COLUMN rang_out integer NOT NULL DEFAULT 0,
    ADD COLUMN last_accepted_at timestamptz,
    ADD COLUMN skills jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN moved boolean NOT NULL DEFAULT false;

ALTER TABLE requests
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN excluded text NOT NULL DEFAULT '',
    ADD COLUMN excluded_until timestamptz,
    ADD COLUMN preferred text NOT NULL DEFAULT '';

CREATE TABLE offers (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    request uuid NOT NULL,
    operator text NOT NULL,
    state text NOT NULL,
    weight integer NOT NULL,
    at timestamptz NOT NULL,
    expires_at timestamptz,
    accepted_at timestamptz,
    ended_at timestamptz,
    sticky boolean NOT NULL,
    by_hand boolean NOT NULL,
    confirmed boolean NOT NULL
);
CREATE INDEX offers_open ON offers (id) WHERE open;
CREATE INDEX offers_request ON offers (request, at DESC);
CREATE INDEX offers_operator ON offers (operator, at DESC);
-- The net under the single writer (P4): it should never catch anything. A turn may end one offer and begin another,
-- in whichever order its rows are written; the exclusion is judged at the COMMIT.
ALTER TABLE offers ADD CONSTRAINT offers_one_live
    EXCLUDE (request WITH =) WHERE (state IN ('pending', 'accepted', 'wrapping')) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE notices (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    operator text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    seen_at timestamptz,
    text bytea
);
CREATE INDEX notices_open ON notices (id) WHERE open;

CREATE TABLE alerts (
    id text PRIMARY KEY,
    open boolean NOT NULL,
    rule text NOT NULL,
    queue text NOT NULL,
    value double precision NOT NULL,
    since timestamptz NOT NULL,
    raised_at timestamptz,
    back_since timestamptz
);
CREATE INDEX alerts_open ON alerts (id) WHERE open;
