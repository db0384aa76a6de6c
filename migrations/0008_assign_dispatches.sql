-- A dispatch is assigned to a user.
ALTER TABLE dispatches ADD COLUMN assigned_to uuid;
CREATE INDEX dispatches_assigned_to_idx ON dispatches (assigned_to);
ALTER TABLE dispatches ADD FOREIGN KEY (assigned_to) REFERENCES users (user_id);
