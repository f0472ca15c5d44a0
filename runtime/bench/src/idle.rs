//! What the demo costs when nobody uses it: time until it is ready with data in place, and resident memory.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

const PORT: u16 = 18_473;

/// Starts the demo twice with the `loam` built beside this program: the first start makes the data, the second is measured.
///
/// # Errors
/// The program is not there or does not become ready.
pub(crate) fn report(folder: &Path) -> Result<()> {
    let loam = std::env::current_exe()?.with_file_name("loam");
    if !loam.exists() {
        println!("\nidle: left out, build it first: `cargo build --release -p cli`");
        return Ok(());
    }
    let data = folder.join("idle");
    let (first, mut child) = start(&loam, &data, Duration::from_secs(180))?;
    // What the data leads to (kept numbers, rules) is done behind the first page; a demo is idle when that has ended.
    settle(child.id());
    let after = resident(child.id());
    stop(&mut child)?;
    let (second, mut child) = start(&loam, &data, Duration::from_secs(30))?;
    settle(child.id());
    let idle = resident(child.id());
    stop(&mut child)?;
    println!(
        "\nidle demo\n  first start, data made     {first:?}\n  resident, its work done    {after}\n  ready with data in place   {second:?}\n  resident memory            {idle}"
    );
    Ok(())
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

fn resident(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("not known here").trim().to_owned()
}

fn start(loam: &Path, data: &Path, most: Duration) -> Result<(Duration, Child)> {
    let begin = Instant::now();
    let mut child = Command::new(loam)
        .arg("demo")
        .env("LOAM_DATA", data)
        .env("PORT", PORT.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("the demo does not start")?;
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
