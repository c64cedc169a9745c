-- Since when a PBX's journal is read, by that PBX's clock: calls that began before are no business of ours.
ALTER TABLE journal_offsets ADD COLUMN began_at timestamptz NOT NULL DEFAULT now();
