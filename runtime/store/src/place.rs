//! Where the data is.

use std::path::{Path, PathBuf};

use crate::StoreError;

/// A database to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file, made when it is not there. Its folder must exist.
    Sqlite(PathBuf),
    /// A server, by `postgres://user:password@host/database`.
    Postgres(String),
}

impl Place {
    /// Reads `sqlite:<file>` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Place`] for anything else. The message leaves out what may be a password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let file = text.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match file {
            Some(file) if !file.is_empty() => Ok(Self::Sqlite(PathBuf::from(file))),
            _ => Err(StoreError::Place(text.split_once("://").map_or(text, |(scheme, _)| scheme).to_owned())),
        }
    }

    /// The folder for files that belong to the database: `<database>.files` beside a SQLite database; for a server there is
    /// none, so a folder must be given.
    pub fn files(&self, data: Option<&Path>) -> PathBuf {
        match (data, self) {
            (Some(data), _) => data.join("files"),
            (None, Self::Sqlite(file)) => {
                let mut name = file.as_os_str().to_owned();
                name.push(".files");
                PathBuf::from(name)
            }
            (None, Self::Postgres(_)) => PathBuf::from("loam-files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_passwords_not_repeated() {
        assert_eq!(Place::parse("sqlite:/tmp/a.db").unwrap(), Place::Sqlite("/tmp/a.db".into()));
        assert_eq!(Place::parse("sqlite:a.db").unwrap(), Place::Sqlite("a.db".into()));
        assert!(matches!(Place::parse("postgres://u:p@h/d").unwrap(), Place::Postgres(_)));
        let message = Place::parse("mysql://root:secret@h/d").unwrap_err().to_string();
        assert!(!message.contains("secret"), "{message}");
        assert!(Place::parse("sqlite:").is_err());
    }
}
