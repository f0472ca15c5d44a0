//! Where entries of the ledger are sent as they happen: to a file that a collector reads, or to an address that takes lines of JSON.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, bail};
use engine::send::Receiver;

/// Says where.
const TO: &str = "LOAM_LEDGER_SEND";
/// What an address is shown, as `Authorization: Bearer`.
const TOKEN: &str = "LOAM_LEDGER_SEND_TOKEN";
/// How much of a file's end is read to find its last line; no line is longer.
const END: u64 = 1 << 20;

/// Who takes entries, if the environment says so.
///
/// # Errors
/// It says something else.
pub fn receiver() -> Result<Option<Arc<dyn Receiver>>> {
    let Ok(to) = std::env::var(TO) else { return Ok(None) };
    match to.trim() {
        "" => Ok(None),
        to if to.starts_with("http://") || to.starts_with("https://") => {
            let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
            Ok(Some(Arc::new(Address { address: to.to_owned(), token })))
        }
        to => match to.strip_prefix("file:") {
            Some(file) if !file.is_empty() => Ok(Some(Arc::new(Lines(PathBuf::from(file))))),
            _ => bail!("{TO} is `file:PATH` or an address that begins with `https://`, not `{to}`"),
        },
    }
}

/// A file to which lines are added. It may be moved away and begins anew then.
struct Lines(PathBuf);

impl Lines {
    /// The last line that is whole and where it ends.
    fn end(&self, file: &mut File) -> std::io::Result<(u64, Option<(i64, String)>)> {
        let size = file.seek(SeekFrom::End(0))?;
        let from = size.saturating_sub(END);
        file.seek(SeekFrom::Start(from))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let Some(ends) = text.iter().rposition(|byte| *byte == b'\n') else { return Ok((from, None)) };
        let whole = text.get(..ends).unwrap_or_default();
        let last = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = serde_json::from_slice::<serde_json::Value>(last).ok();
        let place =
            line.and_then(|line| Some((line.get("position")?.as_i64()?, line.get("leaf")?.as_str()?.to_owned())));
        Ok((from + ends as u64 + 1, place))
    }

    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o640);
        }
        options.open(&self.0)
    }

    fn said(&self, error: &std::io::Error) -> String {
        format!("`{}` does not take entries of the ledger: {error}", self.0.display())
    }
}

impl Receiver for Lines {
    fn last(&self) -> Result<Option<(i64, String)>, String> {
        let mut file = self.open().map_err(|error| self.said(&error))?;
        self.end(&mut file).map(|(_, last)| last).map_err(|error| self.said(&error))
    }

    fn take(&self, _: i64, lines: &[String]) -> Result<(), String> {
        let write = || {
            let mut file = self.open()?;
            // Half a line is what was being written when something died: it comes again, whole.
            let (ends, _) = self.end(&mut file)?;
            file.set_len(ends)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all((lines.join("\n") + "\n").as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error| self.said(&error))
    }
}

/// An address that takes lines of JSON and answers with a status of success once it has them.
struct Address {
    address: String,
    token: Option<String>,
}

impl Receiver for Address {
    fn last(&self) -> Result<Option<(i64, String)>, String> {
        Ok(None)
    }

    fn take(&self, from: i64, lines: &[String]) -> Result<(), String> {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).max_redirects(0);
        let agent: ureq::Agent = config.build().into();
        let mut request = agent
            .post(&self.address)
            .header("content-type", "application/x-ndjson")
            .header("idempotency-key", format!("ledger-{from}-{}", lines.len()));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let sent = request.send(lines.join("\n") + "\n");
        let answer =
            sent.map_err(|error| format!("`{}` does not take entries of the ledger: {error}", self.address))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!("`{}` does not take entries of the ledger: it answered {}", self.address, answer.status()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_whole_lines_and_says_how_far_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.ndjson");
        let lines = Lines(file.clone());
        assert_eq!(lines.last(), Ok(None));
        let line = |n: i64| format!("{{\"position\":{n},\"leaf\":\"sha256:{n}\"}}");
        lines.take(0, &[line(0), line(1)]).unwrap();
        assert_eq!(lines.last(), Ok(Some((1, "sha256:1".to_owned()))));
        // Killed in the middle of a line.
        let mut half = std::fs::read_to_string(&file).unwrap();
        half.push_str("{\"posi");
        std::fs::write(&file, half).unwrap();
        assert_eq!(lines.last(), Ok(Some((1, "sha256:1".to_owned()))));
        lines.take(2, &[line(2)]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{}\n{}\n{}\n", line(0), line(1), line(2)));
        // Moved away: it begins anew, and says nothing of what was before.
        std::fs::rename(&file, folder.path().join("old")).unwrap();
        assert_eq!(lines.last(), Ok(None));
        let nowhere = Lines(folder.path().join("no/such/folder/x"));
        assert!(nowhere.take(0, &[line(0)]).unwrap_err().contains("does not take"));
    }
}
