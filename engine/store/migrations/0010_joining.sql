-- A contact may have several numbers, and a number goes over to whom an operator last said it is of.
CREATE TABLE contact_points (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    contact uuid NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    phone bytea NOT NULL,
    phone_blind bytea NOT NULL,
    phone_last4 bytea NOT NULL
);
CREATE INDEX contact_points_phone ON contact_points (phone_blind, at DESC, id DESC);
CREATE INDEX contact_points_last4 ON contact_points (phone_last4);
CREATE INDEX contact_points_contact ON contact_points (contact);
COMMENT ON TABLE contact_points IS 'The numbers contacts have besides the first; of a number the newest row holds.';
