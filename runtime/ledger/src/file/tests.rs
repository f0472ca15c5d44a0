//! A ledger written to a file, and everything that may be done to it: each is found, and its first place is named. No
//! database, no network, only public keys.

use serde_json::json;

use super::*;
use crate::{
    Algorithm, Ended,
    audit::{ACCOUNT, ERASE, KEY},
    key::{SecretKey, Suite},
    merkle::{Edge, Run, Stretch},
};

/// A ledger in memory, as a writer at fault or in bad faith could keep it.
#[derive(Clone)]
struct Book {
    keys: Vec<SecretKey>,
    entries: Vec<(Entry, Option<Sealed>, Option<Sealed>)>,
    heads: Vec<u64>,
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::new(Suite::Standard, "loam-test", &[seed; 32]).unwrap()
}

fn id(n: u64) -> String {
    model::Uuid::from_u128((u128::from(n) << 80) | 0x7000_8000_0000_0000_0000).to_string()
}

impl Book {
    fn new() -> Self {
        Self { keys: vec![secret(1)], entries: Vec::new(), heads: Vec::new() }
    }

    fn hashing(&self) -> Algorithm {
        self.keys[0].suite().hashing()
    }

    /// Ten entries under three checkpoints: over 4, 7 and 10.
    fn written() -> Self {
        let mut book = Self::new();
        for n in 0..10 {
            book.write("update", json!({"after": {"salary": 1000 + n}}));
            if [4, 7, 10].contains(&(n + 1)) {
                book.heads.push(n + 1);
            }
        }
        book
    }

    fn write(&mut self, action: &str, what: serde_json::Value) -> &mut Entry {
        let n = self.entries.len() as u64;
        let salt = [u8::try_from(n).unwrap(); 16];
        let (who, who_hash) = Sealed::new(self.hashing(), salt, &json!({"login": "anna"}));
        let (what, what_hash) = Sealed::new(self.hashing(), salt, &what);
        let entry = Entry {
            act: id(1000 + n),
            action: action.to_owned(),
            actor: Some(id(1)),
            at: format!("2025-11-20T01:00:{n:02}.000Z"),
            id: id(2000 + n),
            object: "person".to_owned(),
            outcome: Ended::Done.word().to_owned(),
            record: Some(id(n % 3)),
            who: Some(who_hash.to_string()),
            what: Some(what_hash.to_string()),
            ..Entry::default()
        };
        self.entries.push((entry, Some(who), Some(what)));
        &mut self.entries.last_mut().unwrap().0
    }

    fn leaves(&self) -> Vec<[u8; 32]> {
        self.entries.iter().map(|(entry, _, _)| entry.leaf(self.hashing()).bytes).collect()
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        let mut edge = Edge::new(self.hashing());
        for leaf in self.leaves().into_iter().take(size as usize) {
            edge.push(leaf);
        }
        Checkpoint { origin: "loam-test".into(), size, root: edge.root(), at: "2025-11-20T02:00:00.000Z".into() }
    }

    fn note(&self, size: u64) -> String {
        self.checkpoint(size).signed(&self.keys).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![header("loam-test", self.entries.len() as u64)];
        for (n, (one, who, what)) in self.entries.iter().enumerate() {
            let leaf = one.leaf(self.hashing()).to_string();
            lines.push(entry(n as u64, &leaf, one, who.as_ref(), what.as_ref()));
            if self.heads.contains(&(n as u64 + 1)) {
                lines.push(head(&self.note(n as u64 + 1)));
            }
        }
        lines
    }

    fn prove(&self, position: u64, size: u64) -> Proof {
        let leaves = self.leaves();
        let of = |stretch: Stretch| leaves[stretch.from as usize..stretch.to as usize].to_vec();
        let root = |run: &Run| {
            let stretches: Vec<_> = run.stretches().into_iter().map(of).collect();
            Hash { algorithm: self.hashing(), bytes: Run::root(self.hashing(), &stretches) }
        };
        let path = merkle::inclusion(size, position).iter().map(root).collect();
        let (entry, who, what) = self.entries[position as usize].clone();
        Proof { position, entry, who, what, path, head: self.note(size) }
    }
}

fn read_with(lines: &[String], keys: &[PublicKey], witness: Option<Checkpoint>) -> Result<Report, Fault> {
    let mut reading = Reading::new(keys.to_vec(), witness);
    for line in lines {
        reading.line(line)?;
    }
    reading.finish()
}

fn read(lines: &[String]) -> Result<Report, Fault> {
    read_with(lines, &[secret(1).public()], None)
}

/// The kind and the place of the first fault.
fn first(lines: &[String]) -> (Kind, Option<u64>, Option<u64>) {
    let fault = read(lines).unwrap_err();
    (fault.kind, fault.position, fault.to)
}

#[test]
fn a_ledger_that_was_left_alone_is_whole() {
    let report = read(&Book::written().lines()).unwrap();
    assert_eq!((report.entries, report.heads, report.erased), (10, 3, 0));
    assert_eq!(read(&[header("loam-test", 0)]).unwrap().entries, 0);
}

#[test]
fn a_changed_entry_is_named() {
    for (from, to) in [("\"update\"", "\"create\""), ("01:00:05", "01:00:06"), ("\"done\"", "\"refused\"")] {
        let mut lines = Book::written().lines();
        assert!(lines[7].contains("\"position\":5"));
        lines[7] = lines[7].replace(from, to);
        assert_eq!(first(&lines), (Kind::Altered, Some(5), None), "{from}");
    }
    let mut lines = Book::written().lines();
    lines[7] = lines[7].replace("1005", "9005");
    assert_eq!(first(&lines), (Kind::ValueAltered, Some(5), None));
}

#[test]
fn a_deleted_entry_is_named() {
    let mut lines = Book::written().lines();
    lines.remove(7);
    assert_eq!(first(&lines), (Kind::Missing, Some(5), None));
}

#[test]
fn swapped_entries_are_named() {
    let mut lines = Book::written().lines();
    lines.swap(6, 7);
    assert_eq!(first(&lines), (Kind::Missing, Some(4), None));
    // With positions exchanged too the hashes still tell the stretch between two checkpoints.
    let mut book = Book::written();
    let before = book.note(7);
    book.entries.swap(4, 5);
    let mut lines = book.lines();
    lines[9] = head(&before);
    assert_eq!(first(&lines), (Kind::Stretch, Some(4), Some(6)));
}

#[test]
fn an_entry_put_in_is_found_between_its_checkpoints() {
    let honest = Book::written();
    let mut book = honest.clone();
    book.write("update", json!({}));
    let forged = book.entries.pop().unwrap();
    book.entries.insert(5, forged);
    let mut lines = book.lines();
    // The checkpoints cannot be made anew without the key.
    for line in lines.iter_mut().filter(|line| line.starts_with("{\"head\"")) {
        let size = Checkpoint::read(&serde_json::from_str::<Head>(line).unwrap().head).unwrap().size;
        *line = head(&honest.note(size));
    }
    assert_eq!(first(&lines), (Kind::Stretch, Some(4), Some(6)));
}

#[test]
fn a_cut_end_is_found() {
    let lines = Book::written().lines();
    assert_eq!(first(&lines[..lines.len() - 1]).0, Kind::Checkpoint);
    assert_eq!(first(&lines[..10]), (Kind::Cut, Some(7), Some(10)));
    // Cut at a checkpoint, the first line made to fit: only a checkpoint seen before tells.
    let book = Book::written();
    let mut cut = lines[..10].to_vec();
    cut[0] = header("loam-test", 7);
    assert_eq!(read(&cut).unwrap().entries, 7);
    let fault = read_with(&cut, &[secret(1).public()], Some(book.checkpoint(10))).unwrap_err();
    assert_eq!((fault.kind, fault.position, fault.to), (Kind::Cut, Some(7), Some(10)));
}

#[test]
fn a_past_written_anew_needs_the_key_and_then_does_not_fit_what_was_seen() {
    let honest = Book::written();
    let mut book = honest.clone();
    book.entries[5].0.action = "create".into();
    book.keys = vec![secret(9)];
    assert_eq!(first(&book.lines()), (Kind::Checkpoint, Some(4), None));
    book.keys = vec![secret(1)];
    assert!(read(&book.lines()).is_ok(), "whoever has the key can write another past");
    let seen = honest.checkpoint(7);
    let fault = read_with(&book.lines(), &[secret(1).public()], Some(seen)).unwrap_err();
    assert_eq!((fault.kind, fault.position), (Kind::Witness, Some(7)));
}

#[test]
fn every_changed_byte_of_a_checkpoint_is_found() {
    let book = Book::written();
    let (note, keys) = (book.note(7), [secret(1).public()]);
    assert!(Checkpoint::believe(&note, &keys, &[]).is_ok());
    for at in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(other) = String::from_utf8(bytes) else { continue };
        assert!(Checkpoint::believe(&other, &keys, &[]).is_err(), "byte {at}: {other}");
    }
}

#[test]
fn every_changed_byte_of_a_file_is_found() {
    let mut book = Book::new();
    for n in 0..2 {
        book.write("update", json!({"after": {"salary": n}}));
    }
    book.heads.push(2);
    let lines = book.lines();
    for (number, line) in lines.iter().enumerate() {
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(other) = String::from_utf8(bytes) else { continue };
            let mut changed = lines.clone();
            changed[number] = other;
            assert!(read(&changed).is_err(), "line {number}, byte {at}: {}", changed[number]);
        }
    }
}

#[test]
fn a_file_without_some_contents_is_verified_and_says_how_many() {
    let book = Book::written();
    let mut lines = book.lines();
    let left = [2_usize, 5];
    for at in left {
        let place = lines.iter().position(|line| line.starts_with(&format!("{{\"position\":{at},"))).unwrap();
        let (one, who, _) = &book.entries[at];
        lines[place] = entry_without(at as u64, &one.leaf(book.hashing()).to_string(), one, who.as_ref());
    }
    let has = |salary: u64| lines.concat().contains(&format!("salary\\\":{salary}"));
    assert!(!has(1002) && !has(1005) && has(1003));
    let report = read(&lines).unwrap();
    assert_eq!((report.entries, report.not_included, report.erased), (10, 2, 0));
    assert_eq!((report.root, read(&book.lines()).unwrap().not_included), (read(&book.lines()).unwrap().root, 0));
    // What is left out must be said: a content that is merely gone is a fault as ever.
    let silent: Vec<String> = lines.iter().map(|line| line.replace(",\"not_included\":true", "")).collect();
    assert_eq!(read(&silent).unwrap_err().kind, Kind::ValueGone);
    // Nor can a line say so and bring one all the same, or say so of an entry that has none.
    let both: Vec<String> = book
        .lines()
        .into_iter()
        .map(|line| match line.starts_with("{\"position\":2,") {
            true => format!("{},\"not_included\":true}}", line.strip_suffix('}').unwrap()),
            false => line,
        })
        .collect();
    assert_eq!(read(&both).unwrap_err().kind, Kind::Form);
    let mut none = Book::new();
    none.write("session.end", json!({})).what = None;
    none.entries[0].2 = None;
    none.heads.push(1);
    let mut lines = none.lines();
    let (one, who, _) = &none.entries[0];
    lines[1] = entry_without(0, &one.leaf(none.hashing()).to_string(), one, who.as_ref());
    assert_eq!(read(&lines).unwrap_err().kind, Kind::ValueAltered);
    // An entry that was changed is found, its content there or not.
    let mut changed = book.lines();
    let (one, who, _) = &book.entries[2];
    let place = changed.iter().position(|line| line.starts_with("{\"position\":2,")).unwrap();
    let other = Entry { object: "task".to_owned(), ..one.clone() };
    changed[place] = entry_without(2, &one.leaf(book.hashing()).to_string(), &other, who.as_ref());
    assert_eq!(read(&changed).unwrap_err().kind, Kind::Altered);
}

#[test]
fn keys_change_and_old_proofs_hold() {
    let mut book = Book::new();
    let announce = |book: &mut Book, key: &SecretKey| {
        let facts = crate::canonical::of(&json!({"key": key.public().to_string()}));
        book.write(KEY, json!({})).facts = Some(facts);
    };
    announce(&mut book, &secret(1));
    book.write("update", json!({}));
    let old = book.prove(1, 2);
    book.heads.push(2);
    let mut lines = book.lines();
    for next in [2, 3] {
        announce(&mut book, &secret(next));
        book.keys = vec![secret(next - 1), secret(next)];
        let size = book.entries.len() as u64;
        book.heads = vec![size];
        let added = book.lines();
        lines.extend(added[added.len() - 2..].to_vec());
    }
    lines[0] = header("loam-test", book.entries.len() as u64);
    // Whoever knows the first key alone follows the changes; the last alone is not enough for the beginning.
    assert_eq!(read(&lines).unwrap().heads, 3);
    assert!(old.check(&[secret(1).public()]).is_ok());
    assert_eq!(read_with(&lines, &[secret(3).public()], None).unwrap_err().kind, Kind::Checkpoint);
}

#[test]
fn proofs_prove_one_entry_at_one_place() {
    let book = Book::written();
    let keys = [secret(1).public()];
    for position in 0..7 {
        let proof = Proof::read(&book.prove(position, 7).written()).unwrap();
        assert_eq!(proof.check(&keys).unwrap().size, 7);
        let other = Proof { position: position + 1, ..proof.clone() };
        assert_eq!(other.check(&keys), Err(NoProof::Path));
        let other = Proof { head: book.note(10), ..proof.clone() };
        assert_eq!(other.check(&keys), Err(NoProof::Path), "another size");
        let mut other = proof.clone();
        other.entry.action = "delete".into();
        assert_eq!(other.check(&keys), Err(NoProof::Path));
        let mut other = proof.clone();
        other.what = Some(Sealed { value: "{}".into(), ..other.what.unwrap() });
        assert_eq!(other.check(&keys), Err(NoProof::Value));
        assert!(matches!(proof.check(&[secret(9).public()]), Err(NoProof::Head(_))));
    }
}

#[test]
fn erased_values_leave_every_proof_and_cannot_be_guessed() {
    let mut book = Book::written();
    let proof = book.prove(4, 7);
    let (hash, salary) = (book.entries[4].0.what.clone().unwrap(), book.entries[4].2.take());
    // Without a word on the ledger the gap is a fault.
    assert_eq!(first(&book.lines()), (Kind::ValueGone, Some(4), None));
    let record = book.entries[4].0.record.clone();
    book.entries[1].2 = None;
    book.entries[7].2 = None;
    book.write(ERASE, json!({})).record = record;
    book.heads.push(11);
    let report = read(&book.lines()).unwrap();
    assert_eq!((report.entries, report.erased), (11, 3));
    assert!(Proof { what: None, ..proof }.check(&[secret(1).public()]).is_ok());
    // Every salary there is, tried without the salt.
    let salt = [0; 16];
    assert!((0..5_000).all(|n| {
        let (guess, _) = Sealed::new(Algorithm::Sha256, salt, &json!({"after": {"salary": n}}));
        !guess.opens(&hash)
    }));
    assert!(salary.unwrap().opens(&hash));
    // Erasing one thing does not excuse another, nor what came later.
    book.entries[3].2 = None;
    assert_eq!(first(&book.lines()), (Kind::ValueGone, Some(3), None));
}

#[test]
fn erasing_an_account_takes_who_acted_with_it() {
    let mut book = Book::written();
    for (_, who, _) in &mut book.entries {
        *who = None;
    }
    let entry = book.write(ERASE, json!({}));
    (entry.object, entry.record) = (ACCOUNT.to_owned(), Some(id(1)));
    book.heads.push(11);
    assert_eq!(read(&book.lines()).unwrap().erased, 10);
}

#[test]
fn the_national_algorithms_do_the_same() {
    let key = SecretKey::new(Suite::Gm, "loam-test", &[7; 32]).unwrap();
    let mut book = Book::new();
    book.keys = vec![SecretKey::read(&key.written()).unwrap()];
    for n in 0..5 {
        book.write("update", json!({"after": n}));
    }
    book.heads.push(5);
    let public = PublicKey::read(&key.public().to_string()).unwrap();
    let report = read_with(&book.lines(), std::slice::from_ref(&public), None).unwrap();
    assert!(report.root.to_string().starts_with("sm3:"));
    assert!(book.prove(3, 5).check(&[public]).is_ok());
    assert_eq!(first(&book.lines()), (Kind::Altered, Some(0), None), "another ledger's key hashes otherwise");
}

#[test]
fn keys_are_read_as_they_are_written() {
    let key = secret(3);
    assert_eq!(SecretKey::read(&key.written()).unwrap().public(), key.public());
    let written = key.public().to_string();
    assert_eq!(PublicKey::read(&written).unwrap(), key.public());
    for wrong in ["", "loam-test+00000000+AQ==", &written.replace("loam-test", "loam-other"), "a+b"] {
        assert!(PublicKey::read(wrong).is_err(), "{wrong}");
    }
    assert!(!format!("{key:?}").contains(&crate::hash::hex(&[3; 32])), "a secret is not shown by accident");
}
