//! Says inside the workspace that something isn't there, or isn't theirs to do, so that the way on is at hand.

use askama::Template;

use super::Shell;

#[derive(Template)]
#[template(path = "missing.html")]
pub(super) struct Missing {
    shell: Shell,
    title: &'static str,
    heading: &'static str,
    words: &'static str,
    icon: &'static str,
}

impl Missing {
    pub(super) fn nowhere(shell: Shell) -> Self {
        Self {
            shell,
            title: "This isn’t here",
            heading: "This address leads nowhere",
            words: "It may have been removed, or it belongs to somebody else.",
            icon: "search",
        }
    }

    pub(super) fn not_theirs(shell: Shell, words: &'static str) -> Self {
        Self { shell, title: "Not yours to do", heading: "Your role here doesn’t allow this", words, icon: "stop" }
    }
}
