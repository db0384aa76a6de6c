CREATE TABLE dispatch_notes (
  note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispatch_id uuid NOT NULL REFERENCES dispatches (dispatch_id) ON DELETE CASCADE,
  author_id uuid REFERENCES users (user_id),
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON dispatch_notes (dispatch_id);
CREATE INDEX ON dispatch_notes (author_id);
