-- Who may come in: people with passwords, their sessions, service tokens, and how often somebody tried in vain.
-- Nothing here is about patients.

create table accounts (
    id          uuid primary key,
    login       text not null unique check (login = lower(login) and length(login) between 2 and 64),
    title       text not null,
    role        text not null check (role in ('operator', 'supervisor', 'administrator', 'auditor')),
    operator    text,
    password    text not null,
    lang        text check (lang in ('ru', 'en')),
    theme       text check (theme in ('light', 'dark', 'system')),
    created_at  timestamptz not null default now(),
    password_at timestamptz not null default now(),
    disabled_at timestamptz,
    check (role <> 'operator' or operator is not null)
);

-- Only the SHA-256 of the cookie is here: whoever reads the table cannot come in with it.
create table sessions (
    id_hash    bytea primary key check (length(id_hash) = 32),
    account    uuid not null references accounts (id),
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_account on sessions (account, created_at);
create index sessions_expires on sessions (expires_at);

create table api_tokens (
    id         uuid primary key,
    name       text not null,
    token_hash bytea not null unique check (length(token_hash) = 32),
    role       text not null check (role in ('operator', 'supervisor', 'administrator', 'auditor')),
    operator   text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    used_at    timestamptz
);

-- One row for each pair of login and address that failed lately; the key is a hash of the pair.
create table login_attempts (
    pair     bytea primary key check (length(pair) = 32),
    failures integer not null,
    tried_at timestamptz not null,
    free_at  timestamptz not null
);
create index login_attempts_tried on login_attempts (tried_at);
