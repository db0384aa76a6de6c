ALTER TABLE equipment ADD COLUMN serial_number text;
ALTER TABLE equipment ADD UNIQUE (serial_number);
