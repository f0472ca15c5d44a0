//! `cargo xtask test`: every check there is, in one command, each step with its time; stops at the first that fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};

use super::generate::{self, SCHEMAS};
use crate::postgres::Postgres;
use crate::{node, repository, shell};

/// Without flags every step runs; `--only` and `--skip` are for work at one's own machine.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only this step (may be given several times)
    #[arg(long, value_enum)]
    only: Vec<Step>,
    /// Leave this step out (may be given several times)
    #[arg(long, value_enum)]
    skip: Vec<Step>,
    /// Compare rights on so many random apps per database, instead of the usual few (step `rust`)
    #[arg(long, value_name = "APPS")]
    differential: Option<u64>,
    /// End the server at every commit of a case, on both sides of it, instead of at a few (step `rust`)
    #[arg(long)]
    kills: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    Tidy,
    Format,
    Lint,
    Generated,
    Rust,
    Frontend,
    Browser,
}

const STEPS: [Step; 7] =
    [Step::Tidy, Step::Format, Step::Lint, Step::Generated, Step::Rust, Step::Frontend, Step::Browser];

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Generated => "generated",
            Self::Rust => "rust",
            Self::Frontend => "frontend",
            Self::Browser => "browser",
        }
    }

    fn run(self, root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
        match self {
            Self::Tidy => super::tidy::run(),
            Self::Format => shell::run(shell::cargo(root).args(["fmt", "--all", "--check"])).context("run `cargo fmt`"),
            Self::Lint => {
                shell::run(shell::cargo(root).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
            }
            Self::Generated => generated(root),
            Self::Rust => rust(root, arguments),
            Self::Frontend => frontend(root),
            Self::Browser => browser(root),
        }
    }
}

/// Runs the chosen steps and closes with `N passed, N failed`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = repository::root()?;
    let chosen =
        |step: &Step| (arguments.only.is_empty() || arguments.only.contains(step)) && !arguments.skip.contains(step);
    let mut passed = 0;
    for step in STEPS.into_iter().filter(chosen) {
        println!("==> {}", step.name());
        let start = Instant::now();
        if let Err(problem) = step.run(&root, arguments) {
            eprintln!("error: step `{}` failed after {:.1} s: {problem:#}", step.name(), start.elapsed().as_secs_f64());
            println!("{passed} passed, 1 failed");
            bail!("fix step `{}`, then run `cargo xtask test --only {}`", step.name(), step.name());
        }
        println!("<== {} in {:.1} s", step.name(), start.elapsed().as_secs_f64());
        passed += 1;
    }
    if passed == 0 {
        bail!("no step is left to run: check `--only` and `--skip`");
    }
    println!("{passed} passed, 0 failed");
    Ok(())
}

fn generated(root: &Path) -> anyhow::Result<()> {
    let fresh = tempfile::tempdir().context("cannot make a temporary folder")?;
    super::schemas_into(root, fresh.path())?;
    let (committed, made) = (files(&root.join(SCHEMAS))?, files(fresh.path())?);
    let mut stale: Vec<&String> =
        made.iter().filter(|(name, content)| committed.get(*name) != Some(content)).map(|(name, _)| name).collect();
    stale.extend(committed.keys().filter(|name| !made.contains_key(*name)));
    if let Some(first) = stale.first() {
        bail!("`{SCHEMAS}/{first}` is not what the code generates: run `cargo xtask generate` and commit the result");
    }
    for app in generate::apps(root)? {
        for (file, made) in generate::tables(root, &app)? {
            if fs::read_to_string(app.join(file)).unwrap_or_default() != made {
                let app = app.strip_prefix(root).unwrap_or(&app).display();
                bail!(
                    "`{app}/{file}` is not what the app says: run `cargo xtask generate`, read the difference and commit it"
                );
            }
        }
    }
    Ok(())
}

fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)
        .with_context(|| format!("cannot read `{}`: run `cargo xtask generate`", folder.display()))?
    {
        let entry = entry?;
        found.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
    }
    Ok(found)
}

fn rust(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let postgres = Postgres::start(root)?;
    let mut test = shell::cargo(root);
    test.args(["test", "--workspace"]).env("LOAM_TEST_POSTGRES", postgres.url());
    if let Some(apps) = arguments.differential {
        test.env("LOAM_DIFFERENTIAL", apps.to_string());
    }
    if arguments.kills {
        test.env("LOAM_KILLS", "all");
    }
    shell::run(&mut test)
}

fn frontend(root: &Path) -> anyhow::Result<()> {
    node::install_designer(root)?;
    node::install_e2e(root)?;
    node::compile(root, "packages/elements")?;
    node::compile(root, "packages/e2e")?;
    node::test(root, "packages/elements", &[])
}

/// Drives the `loam` binary of the dev profile, which `cargo test` has built already, as a person with a browser would.
fn browser(root: &Path) -> anyhow::Result<()> {
    node::install_designer(root)?;
    node::install_e2e(root)?;
    shell::run(shell::cargo(root).args(["build", "-p", "cli", "--bin", "loam"]))?;
    let binary = repository::target_folder(root)?.join("debug").join(format!("loam{}", std::env::consts::EXE_SUFFIX));
    let binary = binary.to_str().context("the target folder's path is not valid text")?.to_owned();
    let postgres = Postgres::start(root)?;
    node::test(root, "packages/e2e", &[("LOAM_BIN", &binary), ("LOAM_TEST_POSTGRES", postgres.url())])
}
