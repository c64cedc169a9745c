-- A move is also about the visit it leaves: the MIS tells of its cancellation, and that is no news.
ALTER TABLE bookings ADD COLUMN left_blind bytea;
CREATE INDEX bookings_left ON bookings (left_blind, changed_at) WHERE left_blind IS NOT NULL;
