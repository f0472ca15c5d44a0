//! What Loam costs where nobody uses it: the time until the demo is ready with its data in place, the memory it then holds, and
//! the time of a check of the flagship.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::report::{self, Goal, head, tell};

const PORT: u16 = 18_473;
/// Milliseconds until the demo is ready with its data in place.
const MADE: Goal = Goal::AtMost(20_000.0);
/// Milliseconds until it is ready when the data is there.
const READY: Goal = Goal::AtMost(300.0);
/// Megabytes it holds when nobody uses it.
const HOLDS: Goal = Goal::AtMost(80.0);
/// Milliseconds of a check.
const CHECKED: Goal = Goal::AtMost(200.0);
/// The app that is checked.
const FLAGSHIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates/performance-management");
/// How often it is checked.
const CHECKS: usize = 11;

/// The `loam` built beside this program; without it what is measured of it is left out, and said to be.
///
/// # Errors
/// Where this program is cannot be found out.
pub(crate) fn loam() -> Result<Option<PathBuf>> {
    let loam = std::env::current_exe()?.with_file_name("loam");
    if loam.exists() {
        return Ok(Some(loam));
    }
    println!("\n`loam` itself: left out, build it first: `cargo build --release -p cli`");
    Ok(None)
}

/// Starts the demo twice: the first start makes the data, the second is measured. Its data is in a folder of its own, unless it is
/// given the address of an empty database.
///
/// # Errors
/// The program does not become ready.
pub(crate) fn report(name: &str, data: &Path, database: Option<&str>) -> Result<()> {
    let Some(loam) = loam()? else { return Ok(()) };
    let demo = || {
        let mut demo = Command::new(&loam);
        demo.arg("demo").env("LOAM_DATA", data).env("PORT", PORT.to_string());
        match database {
            Some(database) => demo.env("LOAM_DATABASE", database),
            None => demo.env_remove("LOAM_DATABASE"),
        };
        demo
    };
    let (first, mut child) = start(demo(), Duration::from_secs(300))?;
    // What the data leads to (kept numbers, rules) is done behind the first page; a demo is idle when that has ended.
    settle(child.id());
    let after = resident(child.id());
    stop(&mut child)?;
    let (second, mut child) = start(demo(), Duration::from_secs(30))?;
    settle(child.id());
    let idle = resident(child.id());
    stop(&mut child)?;
    head(&format!("{name}, idle demo"));
    tell("first start, data made", Some(milliseconds(first)), "ms", MADE);
    tell("resident memory, its work done", after, "MB", Goal::None);
    tell("ready with data in place", Some(milliseconds(second)), "ms", READY);
    tell("resident memory", idle, "MB", HOLDS);
    Ok(())
}

/// Checks the flagship, as its author does after every change.
///
/// # Errors
/// It has faults.
pub(crate) fn check() -> Result<()> {
    let Some(loam) = loam()? else { return Ok(()) };
    let mut times = Vec::with_capacity(CHECKS);
    // The first reads the files from the disk.
    for round in 0..=CHECKS {
        let start = Instant::now();
        let status = Command::new(&loam).args(["check", FLAGSHIP]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.context("`loam check` does not start")?;
        ensure!(status.success(), "`loam check` ended with {status}");
        if round > 0 {
            times.push(milliseconds(start.elapsed()));
        }
    }
    head("loam check");
    tell("templates/performance-management", Some(report::median(times.into_iter())), "ms", CHECKED);
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Waits until the process has used next to no time for a while, at most two minutes.
fn settle(process: u32) {
    let mut quiet = 0;
    let mut before = used(process);
    for _ in 0..120 {
        std::thread::sleep(Duration::from_secs(1));
        let now = used(process);
        quiet = if now.saturating_sub(before) <= 5 { quiet + 1 } else { 0 };
        before = now;
        if quiet == 5 {
            return;
        }
    }
}

/// Hundredths of a second that the process has computed.
fn used(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name may hold spaces; what follows its bracket does not.
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// Megabytes the process holds; `None` where the system does not tell.
fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1024.0)
}

fn start(mut demo: Command, most: Duration) -> Result<(Duration, Child)> {
    let begin = Instant::now();
    let mut child = demo.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("the demo does not start")?;
    while begin.elapsed() < most {
        if ready() {
            return Ok((begin.elapsed(), child));
        }
        if let Some(status) = child.try_wait()? {
            bail!("the demo ended with {status}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    stop(&mut child)?;
    bail!("the demo was not ready within {most:?}")
}

fn ready() -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", PORT))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

fn stop(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}
