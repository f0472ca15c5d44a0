//! Progress: a bar where there is a terminal, a line now and then where there is none.

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::note;

/// How far something is.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    total: Option<u64>,
    done: u64,
    said: u64,
}

impl Progress {
    /// Begins; `total` where it is known.
    pub fn new(what: &str, total: Option<u64>) -> Self {
        let bar = console::user_attended_stderr().then(|| {
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let template = match total {
                Some(_) => "{msg:<22} {wide_bar} {human_pos}/{human_len} {elapsed}",
                None => "{msg:<22} {spinner} {human_pos} {elapsed}",
            };
            // The templates are fixed and well-formed; the plain style would do as well.
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.with_style(style).with_message(what.to_owned())
        });
        Self { bar, what: what.to_owned(), total, done: 0, said: 0 }
    }

    /// Says what is being done now.
    pub fn stage(&mut self, what: &str) {
        what.clone_into(&mut self.what);
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// So many more are done.
    pub fn add(&mut self, more: u64) {
        self.to(self.done + more);
    }

    /// So many are done altogether.
    pub fn to(&mut self, done: u64) {
        self.done = done;
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None => {
                let step = self.total.map_or(10_000, |total| (total / 10).max(1));
                if done / step > self.said {
                    self.said = done / step;
                    match self.total {
                        Some(total) => note(format!("{done} of {total} ({})", self.what)),
                        None => note(format!("{done} ({})", self.what)),
                    }
                }
            }
        }
    }

    /// Ends; the bar goes away.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
