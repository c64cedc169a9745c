-- Outbound lists: whom the clinic means to call, and who wants to be in none.
CREATE TABLE call_lists (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    title text NOT NULL,
    source text NOT NULL,
    mode text NOT NULL,
    queue text NOT NULL,
    flow text NOT NULL,
    pbx text NOT NULL,
    shown text NOT NULL,
    opens integer NOT NULL,
    closes integer NOT NULL,
    days text NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    at_once integer NOT NULL,
    per_minute integer NOT NULL,
    attempts integer NOT NULL,
    again_min integer NOT NULL,
    state text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    said_by text NOT NULL,
    said_at timestamptz,
    paced_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX call_lists_at ON call_lists (at DESC, id DESC);

CREATE TABLE list_targets (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    list uuid NOT NULL,
    place integer NOT NULL,
    zone text NOT NULL,
    state text NOT NULL,
    outcome text NOT NULL,
    answer text NOT NULL,
    attempt integer NOT NULL,
    next_at timestamptz,
    tried_at timestamptz,
    ended_at timestamptz,
    request uuid,
    command text NOT NULL,
    channel text NOT NULL,
    call uuid,
    phone bytea NOT NULL,
    name bytea,
    note bytea,
    ref bytea,
    phone_blind bytea NOT NULL,
    phone_last4 bytea NOT NULL
);
CREATE INDEX list_targets_of ON list_targets (list, place);
CREATE INDEX list_targets_open ON list_targets (id) WHERE open;
CREATE INDEX list_targets_phone ON list_targets (phone_blind);

CREATE TABLE no_lists (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    phone bytea NOT NULL,
    phone_blind bytea NOT NULL,
    phone_last4 bytea NOT NULL
);
CREATE INDEX no_lists_open ON no_lists (id) WHERE open;
