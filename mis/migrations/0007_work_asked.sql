-- What a person was asked to do is about: a visit to confirm, a time that came free, a wish. One row gone is one thing over.
CREATE TABLE work_asked (
    key uuid NOT NULL,
    about bytea NOT NULL,
    reason text NOT NULL,
    start timestamptz NOT NULL,
    PRIMARY KEY (key, about)
);
CREATE INDEX work_asked_about ON work_asked (about);
CREATE INDEX work_asked_start ON work_asked (start);
