-- What the dispatch board reads.
CREATE OR REPLACE VIEW open_dispatches AS
SELECT d.dispatch_id, d.created_at, e.equipment_type, e.status
FROM dispatches d
JOIN equipment e USING (equipment_id)
WHERE e.status IS DISTINCT FROM 'retired';
