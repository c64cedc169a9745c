-- The views Okno reads: columns and types are the agreement, what stands behind them is the MIS's own affair.
-- As they stand here they are empty; put a SELECT over the MIS's tables in place of each, keep names and types.
-- Times are timestamptz: where the MIS keeps local times, `start AT TIME ZONE 'Asia/Yekaterinburg'` of the branch.
-- Ids are text. What the MIS does not keep stays NULL (a flag: false). See docs/mis/smt-clinic.md.

CREATE SCHEMA IF NOT EXISTS okno;

-- One row for each patient. search_name: surname, given name, patronymic in lower case, е for ё, a space for a hyphen.
-- version changes whenever the row does. replaced_by: the patient this one was merged into.
CREATE OR REPLACE VIEW okno.patients AS SELECT
    NULL::text AS id, NULL::text AS family, NULL::text AS given, NULL::text AS patronymic, NULL::text AS search_name,
    NULL::date AS born,
    NULL::text AS sex,                      -- female | male | other | unknown
    NULL::text AS card_number, NULL::text AS version, NULL::text AS replaced_by,
    NULL::text AS relation,                 -- to the owner of the number: self | guardian | ward | family | other
    NULL::text AS doctor_id, NULL::text AS doctor_name,
    false AS deceased,
    false AS restricted,                    -- staff, VIP, secret: opened with a reason only
    false AS allergy, false AS vip, false AS complaint, false AS debt,
    false AS no_calls, false AS no_messages, false AS no_ads, false AS anonymous,
    NULL::text AS note
WHERE false;

-- One row for each number of each patient, his guardians' included. tail: the last ten digits of it.
CREATE OR REPLACE VIEW okno.patient_phones AS SELECT
    NULL::text AS patient_id, NULL::text AS phone, NULL::text AS tail
WHERE false;

-- Who belongs to a patient. relation: what he is to the patient. authority: he may speak for him; until: his right ends.
CREATE OR REPLACE VIEW okno.relatives AS SELECT
    NULL::text AS patient_id, NULL::text AS id, NULL::text AS name, NULL::date AS born,
    NULL::text AS relation, false AS authority, NULL::date AS until
WHERE false;

CREATE OR REPLACE VIEW okno.insurance AS SELECT
    NULL::text AS patient_id, NULL::text AS payer, NULL::text AS number, NULL::text AS programme,
    NULL::date AS valid_until, NULL::boolean AS needs_letter
WHERE false;

CREATE OR REPLACE VIEW okno.balances AS SELECT NULL::text AS patient_id, NULL::numeric AS balance WHERE false;

CREATE OR REPLACE VIEW okno.branches AS SELECT NULL::text AS id, NULL::text AS name, NULL::text AS note WHERE false;
CREATE OR REPLACE VIEW okno.specialties AS SELECT NULL::text AS id, NULL::text AS name, NULL::text AS note WHERE false;
CREATE OR REPLACE VIEW okno.cancel_reasons AS SELECT
    NULL::text AS id, NULL::text AS name, NULL::text AS note
WHERE false;

CREATE OR REPLACE VIEW okno.doctors AS SELECT
    NULL::text AS id, NULL::text AS name, NULL::text AS note,
    NULL::text[] AS specialties, NULL::text[] AS branches
WHERE false;

CREATE OR REPLACE VIEW okno.services AS SELECT
    NULL::text AS id, NULL::text AS name, NULL::text AS note,
    NULL::numeric AS price, NULL::integer AS minutes, NULL::text[] AS specialties
WHERE false;

-- The doctors' times from today on. id is the MIS's own, one that stays.
CREATE OR REPLACE VIEW okno.slots AS SELECT
    NULL::text AS id, NULL::text AS doctor_id, NULL::text AS doctor_name,
    NULL::text AS branch_id, NULL::text AS branch_name, NULL::text AS specialty_id, NULL::text AS specialty_name,
    NULL::timestamptz AS start_at, NULL::timestamptz AS end_at,
    NULL::text AS state,                    -- free | held | busy
    NULL::text AS version
WHERE false;

-- Visits, cancelled ones included. okno_key: our key of a visit that Okno made.
CREATE OR REPLACE VIEW okno.visits AS SELECT
    NULL::text AS id, NULL::text AS patient_id, NULL::text AS doctor_id, NULL::text AS doctor_name,
    NULL::text AS branch_id, NULL::text AS branch_name, NULL::text AS specialty_id, NULL::text AS specialty_name,
    NULL::text AS service_id, NULL::text AS service_name,
    NULL::timestamptz AS start_at, NULL::timestamptz AS end_at,
    NULL::text AS status,                   -- booked | arrived | checked-in | fulfilled | cancelled | noshow | waitlist
    false AS confirmed,
    NULL::text AS comment, NULL::text AS okno_key, NULL::text AS version,
    NULL::timestamptz AS created_at, NULL::timestamptz AS updated_at
WHERE false;

-- A login that can do nothing but read these. Its password is set by hand, not here.
-- CREATE ROLE okno_read LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
-- ALTER ROLE okno_read SET default_transaction_read_only = on;
-- ALTER ROLE okno_read SET statement_timeout = '3s';
-- GRANT USAGE ON SCHEMA okno TO okno_read;
-- GRANT SELECT ON ALL TABLES IN SCHEMA okno TO okno_read;
