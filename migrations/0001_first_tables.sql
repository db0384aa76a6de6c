-- The tables every tenant starts with.
CREATE TABLE users (
  user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username text NOT NULL,
  email text NOT NULL,
  legacy_note text
);

CREATE TABLE equipment (
  equipment_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  equipment_type text NOT NULL,
  status text
);

CREATE TABLE dispatches (
  dispatch_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  equipment_id uuid NOT NULL REFERENCES equipment (equipment_id),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dispatches_equipment_id_idx ON dispatches (equipment_id);
