-- The bus: what this service publishes (outbox), what it has taken in (inbox), what it gave up on (dead_letters).
-- Payloads carry no text of messages and no clear personal data.

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    stream text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    sent_as text,
    confirmed text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
COMMENT ON TABLE outbox IS 'A row lives until every consumer group of its stream has confirmed it after its own commit.';

CREATE TABLE inbox (
    event_id uuid NOT NULL,
    consumer_group text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, consumer_group)
);
CREATE INDEX inbox_age ON inbox (taken_at);
COMMENT ON TABLE inbox IS 'Events already handled here; written in the transaction of their handling.';

CREATE TABLE dead_letters (
    event_id uuid NOT NULL,
    consumer_group text NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    error text NOT NULL,
    tries integer NOT NULL,
    died_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, consumer_group)
);
COMMENT ON TABLE dead_letters IS 'Events whose handling failed every time; a person looks at them and sends them again.';
