-- Screens on a wall: who may watch the queues' counters and nothing else. Of a token and a session only the SHA-256.
create table wallboards (
    id           uuid primary key,
    name         text not null,
    token_hash   bytea not null unique check (length(token_hash) = 32),
    announcement text not null default '',
    made_by      text not null,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz
);
create table wallboard_sessions (
    id_hash    bytea primary key check (length(id_hash) = 32),
    wallboard  uuid not null references wallboards (id),
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    expires_at timestamptz not null
);
create index wallboard_sessions_expires on wallboard_sessions (expires_at);
