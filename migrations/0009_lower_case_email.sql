-- People sign in with whatever case they type.
UPDATE users SET email = lower(email);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
