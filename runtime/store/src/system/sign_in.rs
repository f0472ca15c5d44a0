//! The tables of signing in: how old passwords are, guesses, settings, second factors, tokens, and what waits for an answer.

/// The step that makes them.
pub(super) const STEP: &str = "
CREATE UNIQUE INDEX loam_account_folded ON loam_account (lower(login));
CREATE TABLE loam_password (account ID PRIMARY KEY REFERENCES loam_account(id), changed MOMENT NOT NULL, due BOOL NOT NULL, earlier JSON NOT NULL);
CREATE TABLE loam_guess (key TEXT PRIMARY KEY, wrong INT NOT NULL, last MOMENT NOT NULL);
CREATE INDEX loam_guess_last ON loam_guess (last);
CREATE TABLE loam_setting (name TEXT PRIMARY KEY, value JSON NOT NULL);
ALTER TABLE loam_session ADD COLUMN proved MOMENT;
ALTER TABLE loam_session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE loam_session ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE TABLE loam_token (id ID PRIMARY KEY, account ID NOT NULL REFERENCES loam_account(id), name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, writes BOOL NOT NULL, entities JSON NOT NULL, created MOMENT NOT NULL, expires MOMENT NOT NULL, used MOMENT, used_from TEXT);
CREATE INDEX loam_token_account ON loam_token (account, id);
CREATE TABLE loam_code (account ID PRIMARY KEY REFERENCES loam_account(id), secret TEXT NOT NULL, made MOMENT NOT NULL, last_step INT NOT NULL);
CREATE TABLE loam_recovery (account ID NOT NULL REFERENCES loam_account(id), code_hash TEXT NOT NULL, PRIMARY KEY (account, code_hash));
CREATE TABLE loam_passkey (id ID PRIMARY KEY, account ID NOT NULL REFERENCES loam_account(id), credential TEXT NOT NULL UNIQUE, public_key TEXT NOT NULL, count INT NOT NULL, name TEXT NOT NULL, made MOMENT NOT NULL, used MOMENT);
CREATE INDEX loam_passkey_account ON loam_passkey (account, id);
CREATE TABLE loam_waiting (key TEXT PRIMARY KEY, kind TEXT NOT NULL, account ID, value JSON NOT NULL, expires MOMENT NOT NULL);
CREATE INDEX loam_waiting_expires ON loam_waiting (expires);
CREATE TABLE loam_identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, account ID NOT NULL REFERENCES loam_account(id), PRIMARY KEY (issuer, subject));
";

/// When accounts last signed in and when they were last let in again, so that those nobody uses can be told. Those that are there
/// already count from now.
pub(super) const SEEN: &str = "
ALTER TABLE loam_account ADD COLUMN seen MOMENT;
ALTER TABLE loam_account ADD COLUMN enabled MOMENT;
SQLITE UPDATE loam_account SET enabled = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
POSTGRES UPDATE loam_account SET enabled = date_trunc('milliseconds', now());
";

/// Signing in elsewhere: who somebody is at another sign-in service, and by which door a session was begun. Nothing was ever
/// written to the table of that name before.
pub(super) const ELSEWHERE: &str = "
DROP TABLE loam_identity;
CREATE TABLE loam_identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, account ID NOT NULL REFERENCES loam_account(id), made MOMENT NOT NULL, used MOMENT, PRIMARY KEY (issuer, subject));
CREATE UNIQUE INDEX loam_identity_account ON loam_identity (account, issuer);
ALTER TABLE loam_session ADD COLUMN entrance TEXT NOT NULL DEFAULT 'here';
";

/// In which browser a session was begun; not known of those from before.
pub(super) const BROWSERS: &str = "
ALTER TABLE loam_session ADD COLUMN browser TEXT;
";
