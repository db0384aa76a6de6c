-- What the profile page shows. Constant defaults need no table rewrite.
ALTER TABLE users
  ADD COLUMN display_name text,
  ADD COLUMN locale text NOT NULL DEFAULT 'en';
COMMENT ON COLUMN users.locale IS 'BCP 47 language tag';
