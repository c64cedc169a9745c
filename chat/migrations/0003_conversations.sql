-- Whatever came, as it came, each once; it is read afterwards. External ids and bodies are sealed or blind.
CREATE TABLE raw_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    ext_blind bytea NOT NULL,
    peer_blind bytea NOT NULL,
    body bytea NOT NULL,
    row uuid NOT NULL,                       -- of the seal's associated data: the id is not known before the insert
    received_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
    error text NOT NULL DEFAULT '',
    done_at timestamptz,
    UNIQUE (account, ext_blind)
);
CREATE INDEX raw_event_waiting ON raw_event (account, peer_blind, id) WHERE state = 'waiting';
CREATE INDEX raw_event_done ON raw_event (done_at) WHERE state <> 'waiting';
CREATE INDEX raw_event_dead ON raw_event (account, done_at) WHERE state = 'dead';

-- A person as a channel knows him. `person` is sealed JSON of chat.wire.Peer.
CREATE TABLE identity (
    id uuid PRIMARY KEY,
    account text NOT NULL,
    peer_blind bytea NOT NULL,
    person bytea NOT NULL,
    first_at timestamptz NOT NULL,
    blocked_at timestamptz,
    blocked_by text NOT NULL DEFAULT '',
    unreachable text NOT NULL DEFAULT '',
    UNIQUE (account, peer_blind)
);

-- A conversation; one open for each person and account. `entry` and `extra` are sealed JSON, `subject` sealed.
-- `version`, `owner` and `status_told` are what the engine said of its request.
CREATE TABLE conversation (
    id uuid PRIMARY KEY,
    identity uuid NOT NULL REFERENCES identity,
    account text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('chat', 'form', 'email')),
    open boolean NOT NULL DEFAULT true,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_why text NOT NULL DEFAULT '',
    last_seq bigint NOT NULL DEFAULT 0,      -- of its last message or change of a message: one counter
    said_seq bigint NOT NULL DEFAULT 0,      -- his last message
    said_at timestamptz,
    answered_seq bigint NOT NULL DEFAULT 0,  -- our last message to him, by a person
    answered_at timestamptz,
    heard_seq bigint NOT NULL DEFAULT 0,     -- up to where he has read
    seen_seq bigint NOT NULL DEFAULT 0,      -- up to where we have read
    told_seq bigint NOT NULL DEFAULT 0,      -- his last message the engine was told of
    window_until timestamptz,
    touched_at timestamptz NOT NULL,
    request uuid,
    number text NOT NULL DEFAULT '',
    version int NOT NULL DEFAULT 0,
    status_told text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    operator jsonb NOT NULL DEFAULT '{}',
    queue text NOT NULL DEFAULT '',
    priority int NOT NULL DEFAULT 0,
    emergency boolean NOT NULL DEFAULT false,
    marks jsonb NOT NULL DEFAULT '{}',       -- what was said by itself once: greeted, closed, emergency, surveyed
    score int,
    subject bytea,
    entry bytea,
    extra bytea
);
CREATE UNIQUE INDEX conversation_open ON conversation (identity) WHERE open;
CREATE INDEX conversation_of ON conversation (identity, opened_at);
CREATE INDEX conversation_idle ON conversation (touched_at) WHERE open;
CREATE INDEX conversation_closed ON conversation (closed_at) WHERE NOT open;

-- `seq` counts within the conversation and is never written again; people see (`shown_at`, `place`, `seq`). Each change
-- of a message takes the next number too, in `changed`: who has all up to a number asks for what changed after it.
-- `id` of a message of ours is the one minted where the operator clicked. `body` is sealed JSON {text, html, …}.
CREATE TABLE message (
    id uuid PRIMARY KEY,
    conversation uuid NOT NULL REFERENCES conversation,
    seq bigint NOT NULL,
    changed bigint NOT NULL,
    side text NOT NULL CHECK (side IN ('in', 'out', 'note', 'system')),
    what text NOT NULL DEFAULT 'text',       -- text, unsupported, event; for system: an i18n key below chat.said.
    author text NOT NULL DEFAULT '',         -- the operator of what is ours; empty: nobody (the rules)
    at timestamptz NOT NULL,
    shown_at timestamptz NOT NULL,
    place numeric(20) NOT NULL DEFAULT 0,
    sent_at timestamptz,                     -- the channel's own time, when it came late
    ext_blind bytea,
    ext bytea,                               -- the channel's id, sealed
    album text NOT NULL DEFAULT '',
    reply_to uuid,
    body bytea NOT NULL,
    version int NOT NULL DEFAULT 1,
    edited_at timestamptz,
    deleted_at timestamptz,
    deleted_by text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT '' CHECK (state IN ('', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown')),
    error text NOT NULL DEFAULT '',
    UNIQUE (conversation, seq)
);
CREATE UNIQUE INDEX message_ext ON message (conversation, ext_blind) WHERE ext_blind IS NOT NULL;
CREATE INDEX message_told ON message (ext_blind) WHERE ext_blind IS NOT NULL;
CREATE INDEX message_changed ON message (conversation, changed);
CREATE INDEX message_late ON message (conversation, shown_at) WHERE side = 'in' AND sent_at IS NOT NULL;
CREATE INDEX message_shown ON message (conversation, shown_at, place, seq);

-- What a message was before it was changed or taken back.
CREATE TABLE message_version (
    message uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    version int NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL DEFAULT '',
    body bytea NOT NULL,
    PRIMARY KEY (message, version)
);

-- What goes with messages. `name`, `ref` and the chunks are sealed; the content is fetched after the answer.
CREATE TABLE attachment (
    id uuid PRIMARY KEY,
    message uuid REFERENCES message ON DELETE CASCADE,   -- none yet: uploaded, not sent
    account text NOT NULL DEFAULT '',
    place int NOT NULL DEFAULT 0,
    kind text NOT NULL,
    name bytea,
    mime text NOT NULL DEFAULT '',
    size bigint,
    state text NOT NULL CHECK (state IN ('pending', 'ready', 'expired', 'refused', 'too_big', 'words')),
    ref bytea,
    words bytea,                             -- what stands for it where there is nothing to fetch
    attempts int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL DEFAULT ''
);
CREATE INDEX attachment_of ON attachment (message, place);
CREATE INDEX attachment_pending ON attachment (next_at) WHERE state = 'pending';
CREATE TABLE attachment_chunk (
    attachment uuid NOT NULL REFERENCES attachment ON DELETE CASCADE,
    n int NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (attachment, n)
);

-- What of ours is on its way; the row goes when it is sent, failed or unknown. The oldest of an identity goes first.
CREATE TABLE outgoing (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    account text NOT NULL,
    identity uuid NOT NULL REFERENCES identity,
    what text NOT NULL DEFAULT 'message' CHECK (what IN ('message', 'edit', 'delete')),
    attempt int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    taken_at timestamptz,                    -- written to the wire from here on: what died meanwhile is `unknown`
    taken_by int,                            -- the sender that took it: it holds an advisory lock while it lives
    by text NOT NULL DEFAULT '',             -- who edits or deletes
    body bytea,                              -- the text it becomes, sealed as message.body is
    template jsonb
);
CREATE INDEX outgoing_message ON outgoing (message);
CREATE INDEX outgoing_next ON outgoing (account, identity, n);

-- What a channel said of a message before it had told us what it calls it: it is looked up when it has.
CREATE TABLE told_early (
    ext_blind bytea NOT NULL,
    state text NOT NULL,
    error text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    PRIMARY KEY (ext_blind, state)
);
CREATE INDEX told_early_old ON told_early (at);

-- How an account is, and how far it was read.
CREATE TABLE account (
    key text PRIMARY KEY,
    colour text NOT NULL DEFAULT 'green',
    why text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    heard_at timestamptz,
    cursor jsonb NOT NULL DEFAULT '{}'
);

-- What is answered by itself, as the engine told it last.
CREATE TABLE rules (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version int NOT NULL,
    told jsonb NOT NULL
);

-- To which words he consented, in the widget or a form. `address` and `agent` are sealed.
CREATE TABLE consent (
    id uuid PRIMARY KEY,
    identity uuid NOT NULL REFERENCES identity,
    at timestamptz NOT NULL,
    version text NOT NULL,
    text_sha256 bytea NOT NULL,
    address bytea,
    agent bytea
);
