//! The browser side, built by Node.js at compile time and embedded in the binary.
//!
//! In: `packages/elements` (styles, custom elements, icons), bundled by `build.rs`. Out: [`url`], the path a page links to, and
//! [`asset`], the bytes behind that path. Names carry a hash of their content, so an answer may be cached for ever; a path with
//! another hash is not found. There is no folder to serve from at run time and nothing is compressed per request.

/// One file as it is served.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// The content as built (minified).
    pub bytes: &'static [u8],
    /// The same content gzipped at the highest level; absent where that would not be smaller.
    pub gzip: Option<&'static [u8]>,
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// Whether the name holds the content's hash, so that it may be cached without asking again.
    pub immutable: bool,
}

struct Entry {
    name: &'static str,
    url: &'static str,
    asset: Asset,
}

// The table `ENTRIES`, written by build.rs.
include!(concat!(env!("OUT_DIR"), "/entries.rs"));

/// The asset at `path`, which is a request path (`/assets/app-1a2b3c4d.css`) or its last part.
pub fn asset(path: &str) -> Option<Asset> {
    let file = path.strip_prefix("/assets/").unwrap_or(path);
    ENTRIES.iter().find(|entry| entry.url.strip_prefix("/assets/") == Some(file)).map(|entry| entry.asset)
}

/// The path a page links to for a logical name: `app.css`, `app.js`, `icons.svg` or `icon.svg`. An unknown name gives `/assets/`,
/// which is never found, so that a misspelt link shows up as a 404 and not as a crash.
pub fn url(name: &str) -> &'static str {
    ENTRIES.iter().find(|entry| entry.name == name).map_or("/assets/", |entry| entry.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_bytes() {
        for name in ["app.css", "app.js", "icons.svg", "icon.svg"] {
            let found = asset(url(name)).unwrap_or_else(|| panic!("`{name}` is not embedded"));
            assert!(!found.bytes.is_empty() && found.immutable, "`{name}`");
        }
        assert!(asset("/assets/app.css").is_none(), "only hashed names are served");
        assert_eq!(url("nothing.css"), "/assets/");
    }

    #[test]
    fn a_first_load_stays_small() {
        let total: usize = ["app.css", "app.js", "icons.svg"]
            .into_iter()
            .filter_map(|name| asset(url(name)))
            .map(|asset| asset.gzip.unwrap_or(asset.bytes).len())
            .sum();
        assert!(total < 60 * 1024, "styles, scripts and icons weigh {total} bytes compressed, the limit is 60 KiB");
    }
}
