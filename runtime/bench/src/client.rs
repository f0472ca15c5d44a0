//! Load: keep-alive HTTP/1.1 connections that each send the next request when the last is answered. Hand-written, so that
//! the client costs little beside the servers it shares two cores with.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Makes the bytes of the n-th request.
pub(crate) type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Requests per second that `connections` connections got answered within `time`.
///
/// # Errors
/// A connection failed, or an answer was not of the 2xx kind.
pub(crate) async fn rate(address: SocketAddr, connections: usize, time: Duration, make: &Make) -> Result<f64> {
    let start = Instant::now();
    let end = start + time;
    let answered = send(address, connections, make, Arc::new(move |_| Instant::now() < end)).await?;
    Ok(answered as f64 / start.elapsed().as_secs_f64())
}

/// How long `connections` connections took for requests 0 to `count`.
///
/// # Errors
/// As for [`rate`].
pub(crate) async fn all(address: SocketAddr, connections: usize, count: u64, make: &Make) -> Result<Duration> {
    let start = Instant::now();
    send(address, connections, make, Arc::new(move |n| n < count)).await?;
    Ok(start.elapsed())
}

/// Sends requests as long as `more` says so of the number of the next; answers how many were answered.
async fn send(
    address: SocketAddr,
    connections: usize,
    make: &Make,
    more: Arc<dyn Fn(u64) -> bool + Send + Sync>,
) -> Result<u64> {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let (next, make, more) = (next.clone(), make.clone(), more.clone());
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut buffer = Vec::with_capacity(64 * 1024);
            let mut answered = 0_u64;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if !more(number) {
                    break;
                }
                stream.write_all(&make(number)).await?;
                answer(&mut stream, &mut buffer).await?;
                answered += 1;
            }
            Ok::<u64, anyhow::Error>(answered)
        }));
    }
    let mut answered = 0;
    for task in tasks {
        answered += task.await??;
    }
    Ok(answered)
}

/// One request on a connection of its own; answers the body. For preparations.
///
/// # Errors
/// As for [`rate`].
pub(crate) async fn once(address: SocketAddr, request: &[u8]) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut buffer = Vec::new();
    let body = answer(&mut stream, &mut buffer).await?;
    let head = String::from_utf8_lossy(buffer.get(..body).unwrap_or_default()).into_owned();
    let body = String::from_utf8_lossy(buffer.get(body..).unwrap_or_default()).into_owned();
    Ok((head, body))
}

/// Reads one answer into the buffer; answers where its body starts.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<usize> {
    buffer.clear();
    let head = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
    };
    let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_ascii_lowercase();
    if !text.starts_with("http/1.1 2") {
        let rest = String::from_utf8_lossy(buffer.get(head..).unwrap_or_default()).into_owned();
        bail!("the server answered {text}{rest}");
    }
    if let Some(length) = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()) {
        let length: usize = length.trim().parse().context("a length that is no number")?;
        while buffer.len() < head + length {
            if stream.read_buf(buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
    } else if text.contains("transfer-encoding: chunked") {
        while !buffer.ends_with(b"0\r\n\r\n") {
            if stream.read_buf(buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
    }
    Ok(head)
}

fn find(buffer: &[u8], needle: &[u8]) -> Option<usize> {
    buffer.windows(needle.len()).position(|window| window == needle)
}

/// Signs in somebody whose password is their login. Answers what their requests carry as `authorization`.
///
/// # Errors
/// As for [`rate`]; or the answer holds no token.
pub(crate) async fn signed_in(address: SocketAddr, login: &str) -> Result<Arc<str>> {
    let sign_in = format!("{{\"login\":\"{login}\",\"password\":\"{login}\",\"token\":true}}");
    let (_, body) = once(address, &request("POST", "/api/v1/session", &[], &sign_in)).await?;
    let session: serde_json::Value = serde_json::from_str(&body).with_context(|| body.clone())?;
    let token = session.get("token").and_then(|token| token.as_str()).context("no token")?;
    Ok(format!("Bearer {token}").into())
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
