-- Who changed the assignment of a dispatch, and when.
CREATE TABLE dispatch_history (
  history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispatch_id uuid NOT NULL,
  assigned_from uuid,
  assigned_to uuid,
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION record_dispatch_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.assigned_to IS DISTINCT FROM OLD.assigned_to THEN
    INSERT INTO dispatch_history (dispatch_id, assigned_from, assigned_to)
    VALUES (NEW.dispatch_id, OLD.assigned_to, NEW.assigned_to);
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER dispatches_history
  AFTER UPDATE ON dispatches
  FOR EACH ROW EXECUTE FUNCTION record_dispatch_change();
