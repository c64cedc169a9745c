-- Stays of callers in queues, what the PBX's journal told and how far it was read, what it repaired.

ALTER TABLE calls ADD COLUMN voicemail boolean NOT NULL DEFAULT false;
ALTER TABLE calls ADD COLUMN others uuid[] NOT NULL DEFAULT '{}';

CREATE TABLE visits (
    call uuid NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    position integer NOT NULL,
    queue text NOT NULL,
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    exit text NOT NULL,
    operator text NOT NULL,
    PRIMARY KEY (call, position)
);
CREATE INDEX visits_queue ON visits (queue, joined_at DESC);

-- A call before this table had one stay at most.
INSERT INTO visits (call, position, queue, joined_at, left_at, exit, operator)
SELECT id, 0, queue, queued_at, COALESCE(answered_at, ended_at),
       CASE WHEN open AND answered_at IS NULL THEN 'waiting' WHEN answered_at IS NOT NULL THEN 'answered'
            WHEN result = 'abandoned' THEN 'abandoned' WHEN result = 'lost_by_pbx' THEN 'lost' ELSE 'timeout' END, ''
  FROM calls WHERE queued_at IS NOT NULL;

-- How far each file of a PBX's journal need not be read again: the oldest record that an open call may still need.
CREATE TABLE journal_offsets (
    pbx text NOT NULL,
    file text NOT NULL,          -- cel | queue_log
    inode bigint NOT NULL,
    position bigint NOT NULL,
    last_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pbx, file)
);

-- Each call the journal mended, with both sides; they hold numbers, so they are sealed.
CREATE TABLE journal_repairs (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    pbx text NOT NULL,
    call uuid NOT NULL,
    kind text NOT NULL,          -- missing | open | differs
    fields text[] NOT NULL,
    was bytea,
    now bytea NOT NULL
);
CREATE INDEX journal_repairs_at ON journal_repairs (at DESC);
