-- The application stopped reading it two releases ago.
ALTER TABLE users DROP COLUMN legacy_note;
