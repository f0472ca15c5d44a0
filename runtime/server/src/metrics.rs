//! Figures about requests, as OpenMetrics text: counts by route, method and status, and how long they took.
//!
//! Routes are templates (`/api/v1/{app}/{entity}`), so there are never more series than addresses in `routes`.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::{Method, StatusCode};

/// Upper ends of the buckets, in milliseconds.
const BUCKETS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000];

#[derive(Default)]
struct Route {
    counts: HashMap<(Method, StatusCode), u64>,
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

/// The figures of this process.
#[derive(Default)]
pub(crate) struct Registry(Mutex<BTreeMap<String, Route>>);

impl Registry {
    /// Notes a request that was answered.
    pub(crate) fn note(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match routes.get_mut(route) {
            Some(known) => known,
            None => routes.entry(route.to_owned()).or_default(),
        };
        // A method that is not one of the usual is counted with the others, or a caller could make series at will.
        let method = if is_usual(method) { method.clone() } else { Method::OPTIONS };
        *known.counts.entry((method, status)).or_default() += 1;
        known.count += 1;
        known.sum += took;
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if let Some(at) = BUCKETS.iter().position(|end| millis < *end)
            && let Some(bucket) = known.buckets.get_mut(at)
        {
            *bucket += 1;
        }
    }

    /// The figures as text, without the final `# EOF`.
    pub(crate) fn text(&self) -> String {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from(
            "# TYPE loam_http_requests counter\n# HELP loam_http_requests Requests answered, by route, method and status.\n",
        );
        for (name, route) in routes.iter() {
            for ((method, status), count) in &route.counts {
                let status = status.as_u16();
                let _ = writeln!(
                    text,
                    "loam_http_requests_total{{route=\"{name}\",method=\"{method}\",status=\"{status}\"}} {count}"
                );
            }
        }
        text.push_str(
            "# TYPE loam_http_request_seconds histogram\n# UNIT loam_http_request_seconds seconds\n\
             # HELP loam_http_request_seconds Time to answer, by route.\n",
        );
        for (name, route) in routes.iter() {
            let mut so_far = 0;
            for (end, count) in BUCKETS.iter().zip(route.buckets) {
                so_far += count;
                let end = Duration::from_millis(*end).as_secs_f64();
                let _ = writeln!(text, "loam_http_request_seconds_bucket{{route=\"{name}\",le=\"{end:?}\"}} {so_far}");
            }
            let _ = writeln!(
                text,
                "loam_http_request_seconds_bucket{{route=\"{name}\",le=\"+Inf\"}} {count}\n\
                 loam_http_request_seconds_sum{{route=\"{name}\"}} {sum:.6}\n\
                 loam_http_request_seconds_count{{route=\"{name}\"}} {count}",
                count = route.count,
                sum = route.sum.as_secs_f64(),
            );
        }
        text
    }
}

fn is_usual(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_count_up() {
        let registry = Registry::default();
        registry.note("/a", &Method::GET, StatusCode::OK, Duration::from_millis(3));
        registry.note("/a", &Method::GET, StatusCode::OK, Duration::from_secs(60));
        let text = registry.text();
        for line in [
            "loam_http_requests_total{route=\"/a\",method=\"GET\",status=\"200\"} 2",
            "loam_http_request_seconds_bucket{route=\"/a\",le=\"0.002\"} 0",
            "loam_http_request_seconds_bucket{route=\"/a\",le=\"0.005\"} 1",
            "loam_http_request_seconds_bucket{route=\"/a\",le=\"+Inf\"} 2",
            "loam_http_request_seconds_sum{route=\"/a\"} 60.003000",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
