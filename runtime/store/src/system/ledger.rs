//! The ledger's tables. What was written stays: the database itself refuses changes and deletions.
//!
//! Of an entry only the four columns of salts and values may change, and only to nothing. `at` is text on both databases, and
//! every hash says its algorithm, so that each byte of a row is part of what is hashed or compared.

pub(super) const STEP: &str = "
CREATE TABLE loam_entry (id ID PRIMARY KEY, at TEXT NOT NULL, actor ID, behalf ID, session TEXT, act ID NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, record ID, outcome TEXT NOT NULL, facts TEXT, who_hash TEXT, what_hash TEXT, who_salt TEXT, who TEXT, what_salt TEXT, what TEXT);
CREATE INDEX loam_entry_record ON loam_entry (record, id) WHERE record IS NOT NULL;
CREATE INDEX loam_entry_actor ON loam_entry (actor, id);
CREATE INDEX loam_entry_refused ON loam_entry (id) WHERE outcome <> 'done';
CREATE INDEX loam_entry_publish ON loam_entry (id) WHERE action = 'publish';
CREATE TABLE loam_unplaced (entry ID PRIMARY KEY);
CREATE TABLE loam_leaf (position INT PRIMARY KEY, entry ID NOT NULL UNIQUE, hash TEXT NOT NULL);
CREATE TABLE loam_tile (level INT NOT NULL, place INT NOT NULL, hashes TEXT NOT NULL, root TEXT NOT NULL, PRIMARY KEY (level, place));
CREATE TABLE loam_head (size INT PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE loam_leader (task TEXT PRIMARY KEY, holder TEXT NOT NULL, token INT NOT NULL, until MOMENT NOT NULL);
SQLITE CREATE TRIGGER loam_entry_waits AFTER INSERT ON loam_entry BEGIN INSERT INTO loam_unplaced (entry) VALUES (NEW.id); END;
SQLITE CREATE TRIGGER loam_entry_stays BEFORE DELETE ON loam_entry BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_entry_fixed BEFORE UPDATE OF id, at, actor, behalf, session, act, action, object, record, outcome, facts, who_hash, what_hash ON loam_entry BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_entry_erased BEFORE UPDATE OF who_salt, who, what_salt, what ON loam_entry WHEN NOT ((NEW.who_salt IS NULL AND NEW.who IS NULL OR NEW.who_salt IS OLD.who_salt AND NEW.who IS OLD.who) AND (NEW.what_salt IS NULL AND NEW.what IS NULL OR NEW.what_salt IS OLD.what_salt AND NEW.what IS OLD.what)) BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_leaf_stays BEFORE DELETE ON loam_leaf BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_leaf_fixed BEFORE UPDATE ON loam_leaf BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_tile_stays BEFORE DELETE ON loam_tile BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_tile_fixed BEFORE UPDATE ON loam_tile BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_head_stays BEFORE DELETE ON loam_head BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_head_fixed BEFORE UPDATE ON loam_head BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
POSTGRES CREATE FUNCTION loam_waits() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO loam_unplaced (entry) SELECT id FROM written; RETURN NULL; END';
POSTGRES CREATE FUNCTION loam_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the ledger keeps its entries''; END';
POSTGRES CREATE FUNCTION loam_erases() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF (NEW.who_salt IS NULL AND NEW.who IS NULL OR NEW.who_salt IS NOT DISTINCT FROM OLD.who_salt AND NEW.who IS NOT DISTINCT FROM OLD.who) AND (NEW.what_salt IS NULL AND NEW.what IS NULL OR NEW.what_salt IS NOT DISTINCT FROM OLD.what_salt AND NEW.what IS NOT DISTINCT FROM OLD.what) AND ROW(NEW.id, NEW.at, NEW.actor, NEW.behalf, NEW.session, NEW.act, NEW.action, NEW.object, NEW.record, NEW.outcome, NEW.facts, NEW.who_hash, NEW.what_hash) IS NOT DISTINCT FROM ROW(OLD.id, OLD.at, OLD.actor, OLD.behalf, OLD.session, OLD.act, OLD.action, OLD.object, OLD.record, OLD.outcome, OLD.facts, OLD.who_hash, OLD.what_hash) THEN RETURN NEW; END IF; RAISE EXCEPTION ''the ledger keeps its entries''; END';
POSTGRES CREATE TRIGGER loam_entry_waits AFTER INSERT ON loam_entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION loam_waits();
POSTGRES CREATE TRIGGER loam_entry_stays BEFORE DELETE OR TRUNCATE ON loam_entry FOR EACH STATEMENT EXECUTE FUNCTION loam_stays();
POSTGRES CREATE TRIGGER loam_entry_fixed BEFORE UPDATE ON loam_entry FOR EACH ROW EXECUTE FUNCTION loam_erases();
POSTGRES CREATE TRIGGER loam_leaf_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON loam_leaf FOR EACH STATEMENT EXECUTE FUNCTION loam_stays();
POSTGRES CREATE TRIGGER loam_tile_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON loam_tile FOR EACH STATEMENT EXECUTE FUNCTION loam_stays();
POSTGRES CREATE TRIGGER loam_head_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON loam_head FOR EACH STATEMENT EXECUTE FUNCTION loam_stays();
";

/// What alarms look at beside refusals: what leaves, and who is given rights.
pub(super) const WATCHED: &str = "
CREATE INDEX loam_entry_watched ON loam_entry (id) WHERE action IN ('export', 'uncover', 'account.roles', 'account.make') AND outcome = 'done';
";

/// The ledger is the one log: a record's history is read from it. Of the tree, nodes are enough.
pub(super) const ALONE: &str = "
DROP TABLE loam_history;
DROP TABLE loam_tile;
CREATE TABLE loam_node (level INT NOT NULL, place INT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (level, place));
CREATE INDEX loam_entry_key ON loam_entry (id) WHERE action = 'ledger.key';
SQLITE CREATE TRIGGER loam_node_stays BEFORE DELETE ON loam_node BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
SQLITE CREATE TRIGGER loam_node_fixed BEFORE UPDATE ON loam_node BEGIN SELECT RAISE(ABORT, 'the ledger keeps its entries'); END;
POSTGRES CREATE TRIGGER loam_node_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON loam_node FOR EACH STATEMENT EXECUTE FUNCTION loam_stays();
";
