-- Bookings, moves, cancellations and confirmations: each step is written here before it is done.
-- Whose visit it is stands only sealed; the blind indexes find a patient's deals and a visit we made ourselves.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE bookings (
    key uuid PRIMARY KEY,
    request uuid NOT NULL,
    action text NOT NULL CHECK (action IN ('book', 'move', 'cancel', 'confirm')),
    status text NOT NULL,
    step text NOT NULL,
    turn integer NOT NULL,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    next_at timestamptz,
    patient_blind bytea NOT NULL,
    visit_blind bytea,
    deal bytea NOT NULL
);
CREATE INDEX bookings_request ON bookings (request, made_at);
CREATE INDEX bookings_open ON bookings (next_at) WHERE step <> 'done';
CREATE INDEX bookings_visit ON bookings (visit_blind, changed_at) WHERE visit_blind IS NOT NULL;
COMMENT ON COLUMN bookings.turn IS 'Counts the writes of a row: a process that did not see the last one writes nothing.';
COMMENT ON COLUMN bookings.deal IS 'JSON, sealed.';

-- A doctor's time that is ours to take: no two at once. `until` is set when it is booked; until then no MIS need list it.
CREATE TABLE reservations (
    key uuid PRIMARY KEY REFERENCES bookings (key) ON DELETE CASCADE,
    request uuid NOT NULL,
    doctor text NOT NULL,
    during tstzrange NOT NULL,
    until timestamptz,
    CONSTRAINT one_at_a_time EXCLUDE USING gist (doctor WITH =, during WITH &&)
);
