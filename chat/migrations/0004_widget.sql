-- Who uses the widget of a site. His browser holds a token, of which the hash is here; `person` is sealed JSON: what he
-- said of himself and to which words he consented. `peer` is what he is called as a person of the site's account: of
-- one the site vouches for, a fingerprint of the site's own id of him. The two levels bound how fast he writes.
CREATE TABLE widget_visitor (
    id uuid PRIMARY KEY,
    token bytea NOT NULL UNIQUE,
    site text NOT NULL,
    peer text NOT NULL,
    vouched boolean NOT NULL DEFAULT false,
    person bytea NOT NULL,
    address_blind bytea NOT NULL,
    at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    quick double precision NOT NULL,
    hourly double precision NOT NULL,
    spent_at timestamptz NOT NULL
);
CREATE INDEX widget_visitor_address ON widget_visitor (address_blind, at);
CREATE INDEX widget_visitor_peer ON widget_visitor (peer, at) WHERE vouched;
CREATE INDEX widget_visitor_expires ON widget_visitor (expires_at);

-- From which address conversations were begun, for an hour.
CREATE TABLE widget_began (
    address_blind bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX widget_began_address ON widget_began (address_blind, at);

-- What visitors sent with messages, until it is fetched like any channel's file. `name` and the chunks are sealed.
CREATE TABLE widget_upload (
    id uuid PRIMARY KEY,
    visitor uuid NOT NULL REFERENCES widget_visitor ON DELETE CASCADE,
    at timestamptz NOT NULL,
    name bytea NOT NULL,
    mime text NOT NULL,
    size bigint NOT NULL
);
CREATE INDEX widget_upload_of ON widget_upload (visitor, at);
CREATE INDEX widget_upload_at ON widget_upload (at);
CREATE TABLE widget_upload_chunk (
    upload uuid NOT NULL REFERENCES widget_upload ON DELETE CASCADE,
    n int NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (upload, n)
);
