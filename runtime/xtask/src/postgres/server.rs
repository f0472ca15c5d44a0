//! One server: prepare its folder, start it, and make sure it ends.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use super::binaries::Binaries;
use crate::shell;

/// The user PostgreSQL runs as when we are root, because it refuses to run as root: "nobody", who owns nothing.
const NOBODY: u32 = 65534;

/// So much memory must be free, in KiB, before the database stands in it: it takes less than one gigabyte at its fullest.
const PLENTY_KIB: u64 = 8 << 20;

/// Waits for the end of our pipe, then stops the server at once and removes its folder. `$1` is the folder.
const WATCHER: &str = r#"
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$1"
"#;

/// A server and the watcher that will end it.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    watcher: Child,
}

impl Server {
    /// Makes an empty database in a temporary folder and starts a server on a free port of the loopback address.
    pub(crate) fn start(found: &Binaries) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("loam-postgres-")
            .tempdir_in(place())
            .context("cannot make a temporary folder")?
            .keep();
        let user = unprivileged()?;
        // The watcher comes first, so that whatever fails from here on leaves nothing behind.
        let mut server = Self { port: free_port()?, watcher: watch(&folder)? };
        server.prepare(found, &folder, user)?;
        Ok(server)
    }

    /// The superuser's address. There is no password: the server trusts the loopback address and lives for minutes.
    pub(crate) fn url(&self) -> String {
        format!("postgres://loam@127.0.0.1:{}/postgres", self.port)
    }

    fn prepare(&mut self, found: &Binaries, folder: &Path, user: Option<u32>) -> anyhow::Result<()> {
        open_to(folder, user)?;
        let bin = match found {
            Binaries::System(bin) => bin.clone(),
            Binaries::Package(native) => copied(native, folder)?,
        };
        let data = folder.join("data");
        fs::create_dir(&data)?;
        open_to(&data, user)?;
        let mut initdb = Command::new(bin.join("initdb"));
        initdb
            .args(["--username=loam", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(&data);
        shell::output(as_user(&mut initdb, folder, user)?).context("PostgreSQL could not make its database")?;
        // Nothing here outlives the tests, so nothing waits for the disk.
        let options = format!(
            "-h 127.0.0.1 -p {} -k {} -F -c max_connections=200 -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off",
            self.port,
            folder.display()
        );
        let log = folder.join("log");
        let mut start = Command::new(bin.join("pg_ctl"));
        start
            .args(["start", "--wait", "--timeout=60", "--pgdata"])
            .arg(&data)
            .arg("--log")
            .arg(&log)
            .args(["--options", &options]);
        // pg_ctl leaves the server behind with its own output; a pipe would stay open for as long as that lives.
        let status = as_user(&mut start, folder, user)?.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if !status.success() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("PostgreSQL did not start: {}", said.lines().last().unwrap_or("it left no log"));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing the pipe is the sign; waiting makes sure the folder is gone when we say we are done.
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn watch(folder: &Path) -> anyhow::Result<Child> {
    let mut command = Command::new("sh");
    command
        .args(["-c", WATCHER, "watcher"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    // A group of its own: an interrupt from the keyboard must end us and not the one that tidies up after us.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().context("`sh` could not be started: set `LOAM_TEST_POSTGRES` to a running server instead")
}

/// Where the database stands: in memory where there is plenty, since every test makes some hundred files of tables and removes
/// them again; else where temporary files are.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() && available(memory).is_some_and(|kib| kib >= PLENTY_KIB) {
        memory.to_path_buf()
    } else {
        std::env::temp_dir()
    }
}

/// What a file system in memory has left, in KiB: its own bound, or what the machine can spare.
fn available(folder: &Path) -> Option<u64> {
    let told = shell::output(Command::new("df").args(["-Pk"]).arg(folder)).ok()?;
    let left: u64 = told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let spare = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(left.min(spare.trim().trim_end_matches(" kB").parse().ok()?))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("no port of the loopback address is free")?.local_addr()?.port())
}

/// The user to become, when we are root.
fn unprivileged() -> anyhow::Result<Option<u32>> {
    let user = shell::output(Command::new("id").arg("-u"))?;
    Ok((user.trim() == "0").then_some(NOBODY))
}

#[cfg(unix)]
fn as_user<'a>(command: &'a mut Command, folder: &Path, user: Option<u32>) -> anyhow::Result<&'a mut Command> {
    use std::os::unix::process::CommandExt;
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    // A working folder the other user may enter; a group of its own, so that an interrupt is left to the watcher.
    Ok(command.current_dir(folder).process_group(0))
}

#[cfg(not(unix))]
fn as_user<'a>(_: &'a mut Command, _: &Path, _: Option<u32>) -> anyhow::Result<&'a mut Command> {
    bail!("starting PostgreSQL is not supported on this platform: set `LOAM_TEST_POSTGRES` to a running server")
}

#[cfg(unix)]
fn open_to(folder: &Path, user: Option<u32>) -> anyhow::Result<()> {
    use std::os::unix::fs::{PermissionsExt, chown};
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    if let Some(user) = user {
        chown(folder, Some(user), Some(user)).context("cannot hand the folder to an unprivileged user")?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn open_to(_: &Path, _: Option<u32>) -> anyhow::Result<()> {
    Ok(())
}

/// A copy of the package's files that every user can read, with the library links that its install script would have made.
fn copied(native: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let copy = folder.join("native");
    copy_tree(native, &copy).with_context(|| format!("cannot copy `{}`", native.display()))?;
    let links = fs::read_to_string(native.join("pg-symlinks.json")).unwrap_or_default();
    for (source, target) in links_in(&links) {
        let (Some(name), link) = (Path::new(source).file_name(), folder.join(target)) else { continue };
        if fs::symlink_metadata(&link).is_err() {
            symlink(Path::new(name), &link).with_context(|| format!("cannot link `{}`", link.display()))?;
        }
    }
    Ok(copy.join("bin"))
}

/// The pairs of a list like `[{"source":"native/lib/a.so.1","target":"native/lib/a.so"}]`. Paths hold no quotes or backslashes.
fn links_in(list: &str) -> Vec<(&str, &str)> {
    let value = |object: &'_ str, key: &str| -> Option<(usize, usize)> {
        let start = object.find(&format!("\"{key}\""))? + key.len() + 2;
        let open = start + object.get(start..)?.find('"')? + 1;
        Some((open, open + object.get(open..)?.find('"')?))
    };
    list.split('}')
        .filter_map(|object| {
            let ((a, b), (c, d)) = (value(object, "source")?, value(object, "target")?);
            Some((object.get(a..b)?, object.get(c..d)?))
        })
        .collect()
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if fs::metadata(&source)?.is_dir() {
            copy_tree(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
            readable(&target)?;
        }
    }
    readable(to)
}

#[cfg(unix)]
fn readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(name: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(name, link)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_links_are_read_from_the_package() {
        let list =
            r#"[{"source":"native/lib/a.so.1.2","target":"native/lib/a.so"},{ "source" : "b.1", "target" : "b" }]"#;
        assert_eq!(links_in(list), [("native/lib/a.so.1.2", "native/lib/a.so"), ("b.1", "b")]);
        assert!(links_in("").is_empty());
    }
}
