-- What callers answered to surveys: the key, nothing of the person.
CREATE TABLE survey_scores (
    id uuid PRIMARY KEY,
    open boolean NOT NULL,
    call uuid NOT NULL,
    question text NOT NULL,
    score integer NOT NULL,
    operator text NOT NULL,
    queue text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX survey_scores_at ON survey_scores (at DESC);
CREATE INDEX survey_scores_call ON survey_scores (call);
