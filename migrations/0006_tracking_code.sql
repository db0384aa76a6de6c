-- Customers follow a dispatch by a code that nobody can guess. Written plainly this rewrites the
-- table under a lock that stops every reader; Lockstep stages it.
ALTER TABLE dispatches ADD COLUMN tracking_code uuid NOT NULL DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX dispatches_tracking_code_key ON dispatches (tracking_code);
