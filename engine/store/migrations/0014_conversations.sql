-- Conversations as the engine knows them: who writes by which channel and since when an answer is waited for; no text.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    identity uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    request uuid,
    seq bigint NOT NULL,
    replied_seq bigint NOT NULL,
    said_at timestamptz NOT NULL,
    replied_at timestamptz,
    waits_since timestamptz,
    unheard integer NOT NULL,
    emergency boolean NOT NULL,
    window_until timestamptz,
    verified boolean NOT NULL,
    joined boolean NOT NULL,
    over boolean NOT NULL,
    name bytea,
    phone bytea,
    phone_blind bytea,
    phone_last4 bytea
);
CREATE INDEX conversations_open ON conversations (id) WHERE open;
CREATE INDEX conversations_identity ON conversations (identity, said_at DESC);
COMMENT ON COLUMN conversations.phone IS 'The number he says is his; the contact it belongs to is said by contact_points.';
CREATE INDEX history_given_up ON history (at) WHERE what = 'given_up';
-- What was said in a survey after a conversation belongs to no call.
ALTER TABLE survey_scores ALTER COLUMN call DROP NOT NULL, ADD COLUMN request uuid;
CREATE INDEX requests_conversation ON requests (conversation, created_at DESC) WHERE conversation IS NOT NULL;
