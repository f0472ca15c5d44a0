//! The scanner for malware that files are shown to: clamd, by its command `INSTREAM`, over TCP or a socket of the machine.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, bail};
use engine::scan::{Scanner, WhenDown};

/// Says where.
const AT: &str = "LOAM_SCANNER";
/// Says what becomes of files when it does not answer: `refuse`, unless it says `take`.
const DOWN: &str = "LOAM_SCANNER_DOWN";
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes sent at once.
const CHUNK: usize = 64 * 1024;
/// Longest answer.
const ANSWER: u64 = 4096;

/// The scanner, if the environment names one.
///
/// # Errors
/// It says something else.
pub fn scanner() -> Result<Option<(Arc<dyn Scanner>, WhenDown)>> {
    let Ok(at) = std::env::var(AT) else { return Ok(None) };
    let down = match std::env::var(DOWN).unwrap_or_default().trim() {
        "" | "refuse" => WhenDown::Refuse,
        "take" => WhenDown::Take,
        other => bail!("{DOWN} is `refuse` or `take`, not `{other}`"),
    };
    match at.trim() {
        "" => Ok(None),
        at => match Clamd::at(at) {
            Some(clamd) => Ok(Some((Arc::new(clamd), down))),
            None => bail!("{AT} is `clamd://HOST:PORT`, or `clamd:/PATH` for a socket of this machine, not `{at}`"),
        },
    }
}

/// Where clamd listens.
#[derive(Debug, PartialEq, Eq)]
enum Clamd {
    Tcp(String),
    Socket(String),
}

impl Clamd {
    fn at(text: &str) -> Option<Self> {
        if let Some(address) = text.strip_prefix("clamd://") {
            let (host, port) = address.rsplit_once(':')?;
            return (!host.is_empty() && port.parse::<u16>().is_ok()).then(|| Self::Tcp(address.to_owned()));
        }
        let path = text.strip_prefix("clamd:")?;
        (path.starts_with('/') && cfg!(unix)).then(|| Self::Socket(path.to_owned()))
    }

    fn ask(&self, content: &[u8]) -> std::io::Result<String> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                asked(stream, content)
            }
            #[cfg(unix)]
            Self::Socket(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                asked(stream, content)
            }
            #[cfg(not(unix))]
            Self::Socket(_) => Err(std::io::ErrorKind::Unsupported.into()),
        }
    }
}

/// Sends the content in pieces, each after its length, and reads the answer.
fn asked(mut stream: impl Read + Write, content: &[u8]) -> std::io::Result<String> {
    stream.write_all(b"zINSTREAM\0")?;
    for chunk in content.chunks(CHUNK) {
        stream.write_all(&u32::try_from(chunk.len()).unwrap_or_default().to_be_bytes())?;
        stream.write_all(chunk)?;
    }
    stream.write_all(&0_u32.to_be_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']).to_owned())
}

impl Scanner for Clamd {
    fn scan(&self, content: &[u8]) -> Result<Option<String>, String> {
        let answer = self.ask(content).map_err(|error| format!("clamd does not answer: {error}"))?;
        match answer.strip_prefix("stream: ") {
            Some("OK") => Ok(None),
            Some(found) if found.ends_with(" FOUND") => Ok(Some(found.trim_end_matches(" FOUND").to_owned())),
            _ => Err(format!("clamd answers `{answer}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// The test file that every scanner knows, in two parts, so that none takes this one for it.
    const EICAR: [&str; 2] = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

    /// Answers as clamd does, so many times.
    fn fake(times: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(times) {
                let mut stream = stream.unwrap();
                let mut command = [0; 10];
                stream.read_exact(&mut command).unwrap();
                assert_eq!(&command, b"zINSTREAM\0");
                let mut content = Vec::new();
                loop {
                    let mut length = [0; 4];
                    stream.read_exact(&mut length).unwrap();
                    let mut chunk = vec![0; u32::from_be_bytes(length) as usize];
                    if chunk.is_empty() {
                        break;
                    }
                    stream.read_exact(&mut chunk).unwrap();
                    content.extend(chunk);
                }
                let found = String::from_utf8_lossy(&content).contains(&EICAR.concat());
                let answer: &[u8] = if found { b"stream: Eicar-Test-Signature FOUND\0" } else { b"stream: OK\0" };
                stream.write_all(answer).unwrap();
            }
        });
        format!("clamd://{address}")
    }

    #[test]
    fn what_clamd_finds_is_told() {
        let clamd = Clamd::at(&fake(3)).unwrap();
        assert_eq!(clamd.scan(b"a letter"), Ok(None));
        assert_eq!(clamd.scan(&vec![b'x'; 3 * CHUNK + 1]), Ok(None));
        assert_eq!(clamd.scan(EICAR.concat().as_bytes()), Ok(Some("Eicar-Test-Signature".to_owned())));
    }

    #[test]
    fn who_does_not_answer_finds_nothing() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        drop(silent);
        assert!(Clamd::at(&format!("clamd://{address}")).unwrap().scan(b"x").is_err());
        for wrong in ["clamav:3310", "clamd://", "clamd://host", "clamd:relative", "tcp://host:3310"] {
            assert_eq!(Clamd::at(wrong), None, "{wrong}");
        }
    }
}
