-- What contacts are called, found by blind indexes of their words; what operators are told to say.

CREATE TABLE contact_names (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    name bytea,
    name_words bytea[] NOT NULL
);
COMMENT ON TABLE contact_names IS 'By contact: the name an operator gave. Who gave which, before: in the history of the request it was given in.';
COMMENT ON COLUMN contact_names.name_words IS 'A blind index of each word, normalised: equal words are equal here, and nothing else can be told.';
-- The words of a name are few and searched whole.
CREATE INDEX contact_names_words ON contact_names USING gin (name_words);

CREATE INDEX requests_contact ON requests (contact, created_at DESC, id DESC) WHERE contact IS NOT NULL;
CREATE INDEX requests_last4 ON requests (phone_last4, created_at DESC, id DESC) WHERE phone_last4 IS NOT NULL;
CREATE INDEX requests_number ON requests (number, year DESC);

-- Every version is kept: who wrote it, when; the newest of an id is the one that holds. They are about no patient.
CREATE TABLE hints (
    id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    revision bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    removed boolean NOT NULL,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 120),
    text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 4000),
    topic text NOT NULL CHECK (char_length(topic) <= 60),
    queues text[] NOT NULL,
    lines text[] NOT NULL,
    PRIMARY KEY (id, version)
);
COMMENT ON COLUMN hints.revision IS 'The greatest one names the state of all hints: a screen that has it needs nothing new.';
