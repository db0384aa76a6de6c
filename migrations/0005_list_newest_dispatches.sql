-- The dispatch board lists the newest first.
CREATE INDEX dispatches_created_at_idx ON dispatches (created_at DESC);
