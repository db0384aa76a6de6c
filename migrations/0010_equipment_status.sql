-- Equipment without a status is available; from now on every row says so.
ALTER TABLE equipment ALTER COLUMN status SET DEFAULT 'available';
UPDATE equipment SET status = 'available' WHERE status IS NULL;
ALTER TABLE equipment ALTER COLUMN status SET NOT NULL;
ALTER TABLE equipment ADD CONSTRAINT equipment_status_known
  CHECK (status IN ('available', 'dispatched', 'in_repair', 'retired'));
