-- The engine's database: the single writer's world (rows with open = true) and its history (the rest).
-- bytea columns are sealed (AES-256-GCM, AAD table.column.row) or blind indexes (*_blind, *_last4: keyed HMAC).

-- One row. The leader's transactions all update it: the epoch is checked and the turn numbered in one statement.
CREATE TABLE lease (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch bigint NOT NULL DEFAULT 0,
    turn bigint NOT NULL DEFAULT 0,
    holder text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);
INSERT INTO lease DEFAULT VALUES;
COMMENT ON TABLE lease IS 'Who leads, by the clock of the database; taking it raises the epoch.';

CREATE TABLE contacts (
    id uuid PRIMARY KEY,
    phone bytea NOT NULL,
    phone_blind bytea NOT NULL UNIQUE,
    phone_last4 bytea NOT NULL,
    first_seen timestamptz NOT NULL
);
CREATE INDEX contacts_last4 ON contacts (phone_last4);

CREATE TABLE calls (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    pbx text NOT NULL,
    direction text NOT NULL,
    channel text NOT NULL,
    aliases text[] NOT NULL,
    phone bytea,
    phone_blind bytea,
    phone_last4 bytea,
    anonymous boolean NOT NULL,
    caller_name bytea,
    dialled bytea,
    source text NOT NULL,
    queue text NOT NULL,
    phase text NOT NULL,
    started_at timestamptz NOT NULL,
    queued_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    result text NOT NULL,
    ended_by text,
    request uuid,
    contact uuid,
    exit_status text NOT NULL,
    out_of_hours boolean NOT NULL,
    UNIQUE (pbx, channel) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX calls_open ON calls (id) WHERE open;
CREATE INDEX calls_time ON calls (started_at DESC, id DESC);
CREATE INDEX calls_queue ON calls (queue, started_at DESC, id DESC);
CREATE INDEX calls_phone ON calls (phone_blind, started_at DESC, id DESC) WHERE phone_blind IS NOT NULL;
CREATE INDEX calls_last4 ON calls (phone_last4, started_at DESC, id DESC) WHERE phone_last4 IS NOT NULL;
CREATE INDEX calls_request ON calls (request) WHERE request IS NOT NULL;

CREATE TABLE legs (
    call uuid NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    position integer NOT NULL,
    operator text NOT NULL,
    channel text NOT NULL,
    queue text NOT NULL,
    rang_at timestamptz NOT NULL,
    lifted_at timestamptz,
    answered_at timestamptz,
    left_at timestamptz,
    result text NOT NULL,
    left_by text,
    talk_s double precision NOT NULL,
    PRIMARY KEY (call, position)
);
CREATE INDEX legs_operator ON legs (operator, rang_at DESC);

CREATE TABLE requests (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    year integer NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    queue text NOT NULL,
    priority integer NOT NULL,
    due_at timestamptz,
    owner text,
    contact uuid,
    patient text,
    phone bytea,
    phone_blind bytea,
    phone_last4 bytea,
    source text NOT NULL,
    calls uuid[] NOT NULL,
    conversation text,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL,
    queued_at timestamptz,
    since timestamptz NOT NULL,
    first_response_at timestamptz,
    closed_at timestamptz,
    postponed_until timestamptz,
    version integer NOT NULL,
    UNIQUE (year, number)
);
CREATE INDEX requests_open ON requests (id) WHERE open;
CREATE INDEX requests_time ON requests (created_at DESC, id DESC);
CREATE INDEX requests_status ON requests (status, created_at DESC, id DESC);
CREATE INDEX requests_owner ON requests (owner, created_at DESC, id DESC) WHERE owner IS NOT NULL;
CREATE INDEX requests_phone ON requests (phone_blind, created_at DESC, id DESC) WHERE phone_blind IS NOT NULL;

CREATE TABLE history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line uuid NOT NULL UNIQUE,
    request uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    what text NOT NULL,
    call uuid,
    operator text,
    queue text,
    note bytea
);
CREATE INDEX history_request ON history (request, id);
COMMENT ON COLUMN history.line IS 'The row''s own name, made before it is written: the sealed note is bound to it.';

CREATE TABLE operators (
    id text PRIMARY KEY,
    open boolean NOT NULL,
    title_ru text NOT NULL,
    title_en text NOT NULL,
    extension text NOT NULL,
    pbx text NOT NULL,
    interface text NOT NULL,
    queues text[] NOT NULL,
    presence text NOT NULL,
    presence_reason text NOT NULL,
    presence_since timestamptz,
    voice text NOT NULL,
    voice_since timestamptz,
    device text NOT NULL,
    call uuid,
    wrap_up uuid,
    pauses text[] NOT NULL,
    handled_today integer NOT NULL,
    talk_today_s double precision NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE queues (
    id text PRIMARY KEY,
    open boolean NOT NULL,
    title_ru text NOT NULL,
    title_en text NOT NULL,
    service_level_s integer NOT NULL,
    service_level_target integer NOT NULL,
    wrap_up_s integer NOT NULL,
    missed_due_s integer NOT NULL,
    priority integer NOT NULL,
    today jsonb NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE timers (
    id text PRIMARY KEY,
    open boolean NOT NULL,
    due timestamptz NOT NULL
);

CREATE TABLE counters (
    id text PRIMARY KEY,
    open boolean NOT NULL,
    value bigint NOT NULL
);

CREATE TABLE commands (
    id text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    ok boolean NOT NULL,
    why text NOT NULL,
    by text NOT NULL,
    request uuid
);
CREATE INDEX commands_at ON commands (at);
COMMENT ON TABLE commands IS 'What was answered to a command: the same id again gets the same answer, after a restart too.';

CREATE TABLE poisoned_events (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    event bytea NOT NULL
);
COMMENT ON TABLE poisoned_events IS 'Events that could not be reduced or written; sealed, for a person to look at.';
