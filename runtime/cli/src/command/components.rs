//! `loam components`: what this program was built from, as a bill of materials.
//!
//! Made from the lock files as they were when it was built, so that it needs neither the sources nor a network.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Ended, say_json};

const EXAMPLE: &str = "\
Example:
  loam components > loam.cdx.json    for whoever compares components with advisories

The answer is a bill of materials in CycloneDX 1.5: every crate and browser package that Cargo.lock and package-lock.json pinned when
this program was built, each with its version, purl and checksum. It needs no network.";

const CRATES: &str = include_str!("../../../../Cargo.lock");
const PACKAGES: &str = include_str!("../../../../designer/package-lock.json");
/// The crate that makes the program.
const ROOT: &str = "cli";

/// Arguments of `loam components`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Components {}

/// A crate as Cargo.lock has it.
#[derive(Debug, Default, Clone)]
struct Crate<'l> {
    name: &'l str,
    version: &'l str,
    checksum: Option<&'l str>,
    /// Whether it is another's.
    foreign: bool,
    needs: Vec<&'l str>,
}

/// Carries out the command.
///
/// # Errors
/// A lock file in the program cannot be read, which is a fault of its build.
pub fn run(_: &Components) -> Result<Ended> {
    say_json(&bill(CRATES, PACKAGES)?);
    Ok(Ended::Fine)
}

/// The bill of materials.
fn bill(crates: &str, packages: &str) -> Result<Value> {
    let mut components: Vec<Value> = needed(&read(crates)).iter().map(component).collect();
    components.extend(browser(packages)?);
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": "loam", "name": "loam", "version": env!("CARGO_PKG_VERSION") } },
        "components": components,
    }))
}

/// The crates of a lock file. Cargo writes one line per property, and lists of one per line.
fn read(lock: &str) -> Vec<Crate<'_>> {
    let mut found: Vec<Crate<'_>> = Vec::new();
    for line in lock.lines() {
        if line == "[[package]]" {
            found.push(Crate::default());
            continue;
        }
        let Some(last) = found.last_mut() else { continue };
        match line.split_once(" = ").map(|(name, value)| (name, value.trim_matches('"'))) {
            Some(("name", name)) => last.name = name,
            Some(("version", version)) => last.version = version,
            Some(("source", _)) => last.foreign = true,
            Some(("checksum", checksum)) => last.checksum = Some(checksum),
            Some(_) => {}
            None => last.needs.extend(line.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix("\","))),
        }
    }
    found
}

/// Of all crates those that the program is made with, directly or through others, but our own.
fn needed<'l>(all: &[Crate<'l>]) -> Vec<Crate<'l>> {
    let (mut next, mut seen) = (vec![ROOT], BTreeSet::new());
    let mut found: BTreeMap<(&str, &str), Crate<'l>> = BTreeMap::new();
    while let Some(named) = next.pop() {
        if !seen.insert(named) {
            continue;
        }
        // A name alone where there is one version, else with it.
        let mut parts = named.split(' ');
        let (name, version) = (parts.next().unwrap_or_default(), parts.next());
        for one in all.iter().filter(|one| one.name == name && version.is_none_or(|version| version == one.version)) {
            next.extend(one.needs.iter().copied());
            if one.foreign {
                found.insert((one.name, one.version), one.clone());
            }
        }
    }
    found.into_values().collect()
}

fn component(one: &Crate<'_>) -> Value {
    let purl = format!("pkg:cargo/{}@{}", one.name, one.version);
    let mut component =
        json!({ "type": "library", "bom-ref": purl, "name": one.name, "version": one.version, "purl": purl });
    if let (Some(checksum), Some(members)) = (one.checksum, component.as_object_mut()) {
        members.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    component
}

/// The packages of the browser's part, but those that only develop or test it and those of other machines.
fn browser(lock: &str) -> Result<Vec<Value>> {
    let lock: Value = serde_json::from_str(lock).context("package-lock.json in this program")?;
    let flag = |package: &Value, name: &str| package.get(name).and_then(Value::as_bool).unwrap_or_default();
    let packages = lock.get("packages").and_then(Value::as_object).into_iter().flatten();
    let used = packages.filter_map(|(path, package)| {
        let (_, name) = path.rsplit_once("node_modules/")?;
        let version = package.get("version")?.as_str()?;
        if ["dev", "optional", "link"].into_iter().any(|kind| flag(package, kind)) {
            return None;
        }
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        let mut component =
            json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl });
        let hash = package.get("integrity").and_then(Value::as_str).and_then(|text| text.strip_prefix("sha512-"));
        if let (Some(bytes), Some(members)) =
            (hash.and_then(|text| STANDARD.decode(text).ok()), component.as_object_mut())
        {
            let content: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            members.insert("hashes".to_owned(), json!([{ "alg": "SHA-512", "content": content }]));
        }
        Some(component)
    });
    Ok(used.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_is_made_with_is_listed_and_nothing_else() {
        let lock = "version = 4\n\n[[package]]\nname = \"cli\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n \"b 2.0.0\",\n]\n\n\
            [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"aa\"\ndependencies = [\n \"c\",\n]\n\n\
            [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"b1\"\n\n\
            [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+x\"\nchecksum = \"b2\"\n\n\
            [[package]]\nname = \"c\"\nversion = \"1.0.0\"\ndependencies = [\n \"cli\",\n]\n\n\
            [[package]]\nname = \"xtask\"\nversion = \"0.1.0\"\n";
        let packages = r#"{"packages": {"": {"version": "1.0.0"}, "node_modules/@x/y": {"version": "3.0.0"},
            "node_modules/z": {"version": "1.0.0", "dev": true}, "packages/own": {"version": "1.0.0"}}}"#;
        let bill = bill(lock, packages).unwrap();
        let listed: Vec<&str> =
            bill["components"].as_array().unwrap().iter().filter_map(|one| one["purl"].as_str()).collect();
        assert_eq!(listed, ["pkg:cargo/a@1.0.0", "pkg:cargo/b@2.0.0", "pkg:npm/%40x/y@3.0.0"]);
        assert_eq!(bill["components"][1]["hashes"], json!([{"alg": "SHA-256", "content": "b2"}]));
    }

    #[test]
    fn ours_can_be_read() {
        let bill = bill(CRATES, PACKAGES).unwrap();
        let components = bill["components"].as_array().unwrap();
        let named = |name: &str| components.iter().find(|one| one["name"] == name);
        assert!(named("axum").unwrap()["hashes"][0]["content"].as_str().is_some_and(|hash| hash.len() == 64));
        let htmx = named("htmx.org").unwrap();
        assert_eq!(htmx["hashes"][0]["content"].as_str().map(str::len), Some(128), "{htmx}");
        assert!(named("server").is_none());
    }
}
