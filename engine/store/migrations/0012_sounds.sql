-- What callers hear (uploaded prompts: nobody's data) and what they leave: messages, sealed.
CREATE TABLE prompts (
    file text PRIMARY KEY CHECK (file ~ '^[0-9a-f]{64}$'),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    seconds real NOT NULL,
    sound bytea NOT NULL
);
COMMENT ON TABLE prompts IS 'A-law, 8000 Hz; named by the SHA-256 of the sound. Versions of the directory name them.';

CREATE TABLE recordings (
    id uuid PRIMARY KEY,
    call uuid NOT NULL,
    at timestamptz NOT NULL,
    seconds real NOT NULL,
    sound bytea NOT NULL
);
CREATE INDEX recordings_call ON recordings (call);
COMMENT ON COLUMN recordings.sound IS 'A-law, 8000 Hz, in base64, sealed.';
