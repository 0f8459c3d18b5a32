//! The chromedriver process, what is asked of a session, and which of its errors pass. What a test does with the browser is
//! in `chrome`.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use thirtyfour::common::command::{Command as Ask, FormatRequestData};
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;
use thirtyfour::{LoggingPrefsLogLevel, RequestData, SessionId};

/// The chromedriver process and, in the same process group, the browsers that it starts.
pub struct Driver {
    child: Child,
    /// Where on 127.0.0.1 it listens.
    pub port: u16,
}

impl Driver {
    /// Starts the program on a port that it chooses itself; panics when it does not start, tried a few times: another
    /// program may take the port between its choosing and its listening.
    #[track_caller]
    pub fn start(program: &Path) -> Driver {
        let started = (0..5).find_map(|_| Driver::try_start(program));
        started.unwrap_or_else(|| panic!("{} ended without naming its port", program.display()))
    }

    fn try_start(program: &Path) -> Option<Driver> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(GUARD).arg(program).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let rest = line.split_once("started successfully on port ")?.1;
            rest.trim_end_matches('.').parse().ok()
        });
        // Without a port it is ended when it is dropped.
        let driver = Driver { child, port: port.unwrap_or_default() };
        port?;
        // Read on, or the driver would stop at a full pipe.
        thread::spawn(move || lines.for_each(drop));
        Some(driver)
    }

    /// Ends the driver and its browsers, at once.
    pub fn end(&mut self) {
        // SAFETY: the group is the guard's own, and its number is not reused before the guard is waited for.
        unsafe { libc::kill(-(self.child.id() as libc::pid_t), libc::SIGKILL) };
        let _ = self.child.wait();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

/// A driver that is killed leaves its browsers running, so a shell leads their group and kills all of it when the test
/// process, which holds the other end of its standard input, is gone. What the driver says ends with the driver: the shell lets
/// go of its output.
const GUARD: &str = r#""$0" --port=0 </dev/null & exec >/dev/null; read -r _; kill -KILL 0"#;

/// What to ask of a new session: headless, silent on the network, its files in `profile`, errors of the console kept.
pub fn capabilities(profile: &Path, width: u32, height: u32) -> WebDriverResult<Capabilities> {
    let mut wanted = DesiredCapabilities::chrome();
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
    ] {
        wanted.add_arg(flag)?;
    }
    wanted.add_arg(&format!("--window-size={width},{height}"))?;
    wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    wanted.set_browser_log_level(LoggingPrefsLogLevel::Severe)?;
    Ok(wanted.into())
}

/// Whether an error is one that a page in motion causes and a later attempt may not meet.
pub fn passing(error: &WebDriverError) -> bool {
    matches!(
        **error,
        WebDriverErrorInner::NoSuchElement(_)
            | WebDriverErrorInner::StaleElementReference(_)
            | WebDriverErrorInner::ElementClickIntercepted(_)
            | WebDriverErrorInner::ElementNotInteractable(_)
            | WebDriverErrorInner::InvalidElementState(_)
    )
}

/// An error without the driver's stack trace, which says nothing to the reader of a test.
pub fn brief(error: &WebDriverError) -> String {
    let told = error.to_string();
    told.split("Stacktrace:").next().unwrap_or(&told).trim().to_owned()
}

/// Chromedriver's own way to the DevTools, which is not in the WebDriver standard.
#[derive(Debug)]
pub struct DevTools(pub Value);

impl FormatRequestData for DevTools {
    fn format_request(&self, session: &SessionId) -> RequestData {
        // Any command that is POSTed will do as the form: its address and body are replaced.
        let mut request = Ask::Refresh.format_request(session);
        request.uri = format!("session/{session}/goog/cdp/execute").into();
        request.body = Some(self.0.clone());
        request
    }
}
