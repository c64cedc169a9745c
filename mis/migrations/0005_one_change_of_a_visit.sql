-- A visit is moved, cancelled or confirmed by one deal at a time: two clicks, two operators, one outcome.
CREATE TABLE visits_in_hand (
    visit_blind bytea PRIMARY KEY,
    key uuid NOT NULL REFERENCES bookings (key) ON DELETE CASCADE
);
CREATE INDEX visits_in_hand_key ON visits_in_hand (key);
CREATE INDEX bookings_old ON bookings (changed_at) WHERE step = 'done';
