-- To whom a mail went by itself within a day, and which: two robots must not write to each other.
CREATE TABLE mail_automatic (
    address_blind bytea PRIMARY KEY,
    message uuid NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX mail_automatic_at ON mail_automatic (at);
