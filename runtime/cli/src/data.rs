//! Where the data is, and how it is opened.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail};
use clap::Args;
use engine::Engine;
use store::{Blobs, Place, Store};

use crate::{apps, keys, world};

/// The data a command works on.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// Folder for data: the embedded database and files
    #[arg(
        id = "data-folder",
        long = "data",
        env = "LOAM_DATA",
        value_name = "FOLDER",
        default_value = "data",
        global = true,
        help_heading = "Data"
    )]
    pub folder: PathBuf,
    /// Database: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`; `loam.sqlite` in the data folder unless said
    #[arg(
        long,
        env = "LOAM_DATABASE",
        value_name = "PLACE",
        global = true,
        hide_env_values = true,
        help_heading = "Data"
    )]
    pub database: Option<String>,
}

impl Data {
    /// The database's place.
    ///
    /// # Errors
    /// It is no place.
    pub fn place(&self) -> Result<Place> {
        match &self.database {
            Some(text) => Ok(Place::parse(text)?),
            None => Ok(Place::Sqlite(self.folder.join("loam.sqlite"))),
        }
    }

    /// The place as it may be shown: without what may be a password.
    pub fn shown(&self) -> String {
        match self.place() {
            Ok(Place::Sqlite(file)) => format!("`{}`", file.display()),
            Ok(Place::Postgres(address)) => {
                format!("`{}`", address.rsplit_once('@').map_or(address.as_str(), |(_, host)| host))
            }
            Err(_) => "the database".to_owned(),
        }
    }

    /// Whether there is a database to open; a server is taken to be there.
    ///
    /// # Errors
    /// Its place is none.
    pub fn exists(&self) -> Result<bool> {
        Ok(match self.place()? {
            Place::Sqlite(file) => file.is_file(),
            Place::Postgres(_) => true,
        })
    }

    /// Opens the database, making it when it is not there.
    ///
    /// # Errors
    /// It cannot be made or reached, or is from a later version of this program.
    pub async fn open(&self) -> Result<Engine> {
        let engine = self.open_bare().await?;
        self.settled(&engine).await?;
        Ok(engine)
    }

    /// The same for a database that a backup is to fill, of which nothing is expected yet.
    ///
    /// # Errors
    /// As [`Data::open`].
    pub async fn open_bare(&self) -> Result<Engine> {
        self.around(self.open_store().await?).await
    }

    /// Sees that the keys are this database's, where there is something in it.
    ///
    /// # Errors
    /// They are not, or the database failed.
    pub async fn settled(&self, engine: &Engine) -> Result<()> {
        if engine.edition().version > 0 {
            engine.settle_secrets().await.with_context(|| format!("{} cannot be served", self.shown()))?;
        }
        Ok(())
    }

    async fn around(&self, store: Store) -> Result<Engine> {
        let engine = Engine::open(store, self.blobs()?, world::system(), apps::compile()).await;
        let engine = engine.with_context(|| format!("{} cannot be served", self.shown()))?;
        // The key stands beside the files, wherever those are.
        let folder = self.keys()?;
        engine.sign_with(keys::signing(&folder)?);
        engine.run_plugins_with(plugin_host::Host::shared());
        let secrets = engine.secrets_key().await?;
        if !secrets.is_empty() && keys::sealing_present(&folder)?.is_none() {
            bail!(
                "the secrets of this database are sealed with the key `{secrets}`, and there is no data.key in `{}`; put it back, or \
                 give LOAM_DATA_KEY",
                folder.display()
            );
        }
        keys::sealing(&folder)?;
        engine.keep_secrets_with(Arc::new(move || keys::sealing(&folder).map_err(|error| format!("{error:#}"))));
        if let Ok(days) = std::env::var("LOAM_LEDGER_KEEP_DAYS") {
            let days =
                days.parse().with_context(|| format!("LOAM_LEDGER_KEEP_DAYS is a number of days, not `{days}`"))?;
            engine.keep_values_for(days).context("LOAM_LEDGER_KEEP_DAYS")?;
        }
        Ok(engine)
    }

    /// Opens the database alone, making it when it is not there.
    ///
    /// # Errors
    /// As [`Data::open`].
    pub async fn open_store(&self) -> Result<Store> {
        let place = self.place()?;
        if let Place::Sqlite(file) = &place
            && let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
        }
        Store::open(&place).await.with_context(|| format!("{} cannot be opened", self.shown()))
    }

    /// Where attached files are kept.
    ///
    /// # Errors
    /// The database's place is none.
    pub fn blobs(&self) -> Result<Blobs> {
        // Files stand beside an embedded database, wherever that is.
        let place = self.place()?;
        Ok(Blobs::at(match (&place, &self.database) {
            (Place::Sqlite(_), Some(_)) => place.files(None),
            _ => place.files(Some(&self.folder)),
        }))
    }

    /// The folder of the keys.
    ///
    /// # Errors
    /// The database's place is none.
    pub fn keys(&self) -> Result<PathBuf> {
        Ok(match (self.place()?, &self.database) {
            (Place::Sqlite(file), Some(_)) => file.parent().map(PathBuf::from).unwrap_or_default(),
            _ => self.folder.clone(),
        })
    }

    /// Opens a database in which something was published.
    ///
    /// # Errors
    /// There is none; says what to do.
    pub async fn open_published(&self) -> Result<Engine> {
        let nothing = || {
            format!(
                "nothing is published in {}; publish an app with `loam apply FOLDER`, or see the demo with `loam demo`",
                self.shown()
            )
        };
        if !self.exists()? {
            bail!(nothing());
        }
        // Looked at before anything else: a folder in which there is nothing yet gets no keys, which might not be a backup's.
        let store = self.open_store().await?;
        if store.published_version().await? == 0 {
            store.close().await;
            bail!(nothing());
        }
        let engine = self.around(store).await?;
        self.settled(&engine).await?;
        Ok(engine)
    }
}
