-- Which patient of the MIS a request is about: personal data, sealed. The plain column was never written.
ALTER TABLE requests DROP COLUMN patient;
ALTER TABLE requests ADD COLUMN patient bytea, ADD COLUMN meant bytea;
COMMENT ON COLUMN requests.patient IS 'Whom an operator has confirmed by two identifiers.';
COMMENT ON COLUMN requests.meant IS 'Whom the MIS means by work it wants done; confirmed by nobody.';
