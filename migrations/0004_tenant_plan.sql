-- lockstep: scope = shared

-- Which plan a tenant pays for; one table for the whole database.
ALTER TABLE tenant_management.tenants ADD COLUMN plan text NOT NULL DEFAULT 'standard';
COMMENT ON COLUMN tenant_management.tenants.plan IS 'standard, plus or enterprise';
